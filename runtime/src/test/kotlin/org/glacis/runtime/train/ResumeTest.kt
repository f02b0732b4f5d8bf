package org.glacis.runtime.train

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import org.glacis.runtime.Glacis
import org.glacis.runtime.RunOptions
import org.glacis.runtime.data.Dataset
import org.glacis.runtime.data.Samples
import org.glacis.spec.InputException
import org.glacis.spec.Shape

/** [TOY_DATA] with another value in its first training sample, or its first test sample. */
private fun changed(train: Boolean): Dataset {
  fun first(samples: Samples, other: Boolean) =
    if (!other) samples
    else Samples.table(Shape(4), samples.values().clone().also { it[0] = 0.5f }, samples.labels())
  return Dataset.of("toy", first(TOY_DATA.train(), train), first(TOY_DATA.test(), !train))
    .withOutputs(3)
}

/** Runs [toy] in [out] until so many steps are made. */
private fun interrupted(out: Path, steps: Int) {
  val interruption = Interruption()
  Glacis.run(
      toy(),
      TOY_OPTIONS.withOut(out)
        .withInterruption(interruption)
        .withListener(StopAfter(steps, interruption)),
    )
    .finished() shouldBe false
}

private fun resumed(out: Path, options: RunOptions = TOY_OPTIONS) =
  Glacis.run(toy(), options.withOut(out).withResume(true))

class ResumeTest :
  FunSpec({
    test("a run is not resumed with other data, and nothing is overwritten") {
      val out = tempdir().toPath().resolve("run")
      interrupted(out, 8)
      val before = contents(out)
      for (train in listOf(true, false)) {
        val other = changed(train)
        val fault = shouldThrow<InputException> { resumed(out, TOY_OPTIONS.withDataset(other)) }
        val message = fault.message.orEmpty()
        message shouldContain "data \"toy\": found other samples than the run was made with"
        message shouldContain other.sha256()
        message shouldContain "expected ${TOY_DATA.sha256()}, as $out/checkpoint/data.json has it"
        message shouldContain "give the data of the run, or begin a new run in another directory"
        contents(out) shouldBe before
      }
      resumed(out).finished() shouldBe true
    }

    test("the summary covers the whole training, the part before an interruption included") {
      val out = tempdir().toPath().resolve("run")
      interrupted(out, 8)
      val checkpoint = Checkpoint(out.resolve("checkpoint"))
      val state = checkpoint.read()
      val then = state.progress()
      then.stepMillis() shouldHaveSize 8
      then.history() shouldHaveSize 1
      // As if those steps and the epoch that was cut had taken long.
      checkpoint.write(
        Progress.State(
          state.variables(),
          Progress(
            then.epoch(),
            then.step(),
            then.sums(),
            then.samples(),
            then.history(),
            1e6,
            List(100) { 1e5 },
            then.average(),
          ),
        )
      )
      val summary = resumed(out).summary()
      summary["stepMillisMedian"] shouldBe 1e5
      (summary["trainSeconds"] as Double) shouldBeGreaterThanOrEqual 1e6
      val end = checkpoint.read().progress()
      // 30 steps in 5 epochs: 46 samples in batches of 8.
      end.stepMillis() shouldHaveSize 100 + 30 - 8
      end.history()[1].values().getValue("seconds") shouldBeGreaterThanOrEqual 1e6
      val seconds = end.history().sumOf { it.values().getValue("seconds") }
      // The order of the sum is free.
      summary["trainSeconds"] as Double shouldBe (seconds plusOrMinus 1e-12 * seconds)
    }

    test("epochs that were made without a state to go on from are a fault that names the file") {
      val out = tempdir().toPath().resolve("run")
      interrupted(out, 8)
      Files.delete(out.resolve("checkpoint/last.npz"))
      val before = contents(out)
      val fault = shouldThrow<InputException> { resumed(out) }
      fault.message shouldBe
        "$out/checkpoint/last.npz: is missing, but metrics.csv has 1 epoch that were made; " +
          "put the file back, or begin anew with glacis run $out --out ANOTHER"
      contents(out) shouldBe before
    }

    test("a run that was killed in its first epoch begins again") {
      val out = tempdir().toPath().resolve("run")
      interrupted(out, 3)
      Files.delete(out.resolve("checkpoint/last.npz"))
      val recorder = Recorder()
      resumed(out, TOY_OPTIONS.withListener(recorder)).finished() shouldBe true
      recorder.firstEpochs shouldBe listOf(1)
      recorder.losses shouldHaveSize 30
    }

    test("a finished run that is resumed is returned, and no file of it is touched") {
      val out = tempdir().toPath().resolve("run")
      val run = Glacis.run(toy(), TOY_OPTIONS.withOut(out))
      val before = contents(out)
      // Nothing is read of the data either: they may be gone.
      val again = Glacis.run(toy(), RunOptions.defaults().withOut(out).withResume(true))
      again.finished() shouldBe true
      again.directory() shouldBe out
      again.figures() shouldBe run.figures()
      contents(out) shouldBe before
    }

    test("the files of a training that fails are closed, with what its epochs measured") {
      val out = tempdir().toPath().resolve("run")
      val failing =
        object : TrainingListener {
          override fun stepDone(epoch: Int, step: Int, metrics: StepMetrics) {
            check(epoch < 3) { "no more" }
          }
        }
      shouldThrow<IllegalStateException> {
        Glacis.run(toy(), TOY_OPTIONS.withOut(out).withListener(failing))
      }
      open(out).shouldBeEmpty()
      metricsOf(out) shouldHaveSize 3
      val events =
        Files.list(out).use { all ->
          all.filter { it.fileName.toString().startsWith("events.out") }.toList()
        }
      val text = String(Files.readAllBytes(events.single()), Charsets.ISO_8859_1)
      text.split("cleanAccuracy").size shouldBe 3
    }
  })

/** The files below [folder] that this process holds open, where the system tells. */
private fun open(folder: Path): List<String> {
  val handles = Path.of("/proc/self/fd")
  if (!Files.isDirectory(handles)) return emptyList()
  return Files.list(handles).use { all ->
    all
      .map { handle -> runCatching { Files.readSymbolicLink(handle).toString() }.getOrDefault("") }
      .filter { it.startsWith(folder.toRealPath().toString()) }
      .toList()
  }
}
