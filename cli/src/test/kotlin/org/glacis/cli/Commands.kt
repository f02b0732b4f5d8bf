package org.glacis.cli

import io.kotest.core.TestConfiguration
import io.kotest.engine.spec.tempdir
import java.io.ByteArrayOutputStream
import java.io.OutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import java.util.stream.Collectors
import org.glacis.dsl.digits
import org.glacis.dsl.experiment
import org.glacis.dsl.linf
import org.glacis.dsl.pgd
import org.glacis.dsl.ramp
import org.glacis.dsl.robustCrossEntropy
import org.glacis.runtime.train.Interruption
import org.glacis.spec.Experiment

/** What a command said, and how it ended. */
data class Outcome(val code: Int, val out: String, val err: String)

/** Runs `glacis` in this process. Paths are relative to [directory]. */
fun glacis(directory: Path, vararg args: String): Outcome = interrupted(directory, "", *args)

/**
 * Runs `glacis` in this process and interrupts it when it prints [interruptAt]; an empty text never
 * does.
 */
fun interrupted(directory: Path, interruptAt: String, vararg args: String): Outcome {
  val interruption = Interruption()
  val out = ByteArrayOutputStream()
  val err = ByteArrayOutputStream()
  val watched =
    object : OutputStream() {
      override fun write(byte: Int) = write(byteArrayOf(byte.toByte()), 0, 1)

      override fun write(bytes: ByteArray, offset: Int, length: Int) {
        out.write(bytes, offset, length)
        if (interruptAt.isNotEmpty() && interruptAt in out.toString(Charsets.UTF_8))
          interruption.request()
      }
    }
  val terminal =
    Terminal(
      PrintStream(watched, true, Charsets.UTF_8),
      PrintStream(err, true, Charsets.UTF_8),
      directory,
      interruption,
      false,
      false,
    )
  val code = Main.execute(arrayOf(*args), terminal)
  return Outcome(code, out.toString(Charsets.UTF_8), err.toString(Charsets.UTF_8))
}

/**
 * Starts `glacis` as a process of its own, which finds no data but those in [directory].
 *
 * @param java options for its Java
 */
fun process(
  directory: Path,
  args: List<String>,
  java: List<String> = emptyList(),
  environment: Map<String, String> = emptyMap(),
): Process {
  val command =
    listOf(Path.of(System.getProperty("java.home"), "bin", "java").toString()) +
      java +
      listOf("-cp", System.getProperty("java.class.path"), "org.glacis.cli.Main") +
      args
  return ProcessBuilder(command)
    .directory(directory.toFile())
    .apply { environment().remove("GLACIS_DATA") }
    .apply { environment().putAll(environment) }
    .start()
}

/** Every file below [directory] with its length and time of change. */
fun files(directory: Path): List<String> =
  Files.walk(directory).use { all ->
    all
      .filter(Files::isRegularFile)
      .map {
        "${directory.relativize(it)} ${Files.size(it)} ${Files.getLastModifiedTime(it).toMillis()}"
      }
      .sorted()
      .collect(Collectors.toList())
  }

/** A few epochs on the embedded digits: enough for accuracies above chance, and a certificate. */
val DIGITS: Experiment =
  experiment("short-digits") {
    data(digits) { batch = 64 }
    perturbation = linf(0.02)
    model { input(8, 8, 1).flatten().dense(100).relu().dense(100).relu().dense(10) }
    train(epochs = 12) {
      loss = robustCrossEntropy()
      epsilon = ramp(4, 6)
    }
    certify(linf(0.02)) { attack(pgd(40, 0.1, 1)).ibp() }
  }

/** What all tests read; gone when they are over. */
object Shared {
  private val home = lazy { Files.createTempDirectory("glacis-cli") }

  val digits: String by lazy {
    Files.writeString(home.value.resolve("short-digits.json"), DIGITS.toJson()).toString()
  }

  val finished: Path by lazy {
    val outcome = glacis(home.value, *SHORT, "--out", "run")
    check(outcome.code == 0) { outcome.err }
    home.value.resolve("run")
  }

  fun delete() {
    if (home.isInitialized()) home.value.toFile().deleteRecursively()
  }
}

/** [DIGITS] as a file. */
val DIGITS_FILE: String
  get() = Shared.digits

/** Runs [DIGITS] with one thread, which makes it equal bit for bit whenever it runs. */
val SHORT: Array<String>
  get() = arrayOf("run", DIGITS_FILE, "--threads", "1")

/** A new directory with a finished run of [SHORT] in it, under the name `run`. */
fun TestConfiguration.finishedRun(): Path {
  val directory = tempdir().toPath()
  Shared.finished.toFile().copyRecursively(directory.resolve("run").toFile())
  return directory
}

/** `metrics.csv` without the seconds, which no two runs share. */
fun metrics(run: Path): List<String> {
  val rows = Files.readAllLines(run.resolve("metrics.csv")).map { it.split(",") }
  val seconds = rows[0].indexOf("seconds")
  return rows.map { row -> row.filterIndexed { i, _ -> i != seconds }.joinToString(",") }
}
