package org.glacis.cli

import java.io.ByteArrayOutputStream
import java.io.OutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import java.util.stream.Collectors
import org.glacis.runtime.train.Interruption

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
val SHORT =
  arrayOf(
    "run",
    "interval-digits",
    "--set",
    "train.epochs=12",
    "--set",
    "train.epsilon.start=4",
    "--set",
    "train.epsilon.length=6",
    "--threads",
    "1",
  )

/** One finished run for all tests that only read it; each takes a copy. */
object Finished {
  private val home: Path by lazy {
    val directory = Files.createTempDirectory("glacis-cli")
    val outcome = glacis(directory, *SHORT, "--out", "run")
    check(outcome.code == 0) { outcome.err }
    directory.resolve("run")
  }

  /** A copy in a new directory, under the name `run`; the directory. */
  fun copy(): Path {
    val directory = Files.createTempDirectory("glacis-cli")
    home.toFile().copyRecursively(directory.resolve("run").toFile())
    return directory
  }
}

/** `metrics.csv` without the seconds, which no two runs share. */
fun metrics(run: Path): List<String> {
  val rows = Files.readAllLines(run.resolve("metrics.csv")).map { it.split(",") }
  val seconds = rows[0].indexOf("seconds")
  return rows.map { row -> row.filterIndexed { i, _ -> i != seconds }.joinToString(",") }
}
