package org.glacis.runtime.train

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.random.Random
import org.glacis.runtime.Glacis
import org.glacis.runtime.RunDirectory
import org.glacis.runtime.RunOptions
import org.glacis.runtime.graph.WeightsFile
import org.glacis.spec.AveragingSpec
import org.glacis.spec.BatchNorm
import org.glacis.spec.BatchNormStatistics
import org.glacis.spec.Dense
import org.glacis.spec.Dropout
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.InputException
import org.glacis.spec.Linear
import org.glacis.spec.ModelSpec
import org.glacis.spec.MtlIbp
import org.glacis.spec.Pgd
import org.glacis.spec.Relu
import org.glacis.spec.Shape
import org.glacis.spec.ValidationSpec
import org.glacis.spec.WarmUpRegularizer

private const val STEPS_PER_EPOCH = 5

/**
 * Validation and averaging, so that the best weights and the mean ones are kept too, and statistics
 * that the mean ones alone have.
 */
private val EXPERIMENT =
  toy(
    model =
      ModelSpec(
        Shape(4),
        listOf(Dense(12), BatchNorm(), Relu, Dropout(0.2), Dense(8), Relu, Dense(3)),
      ),
    validation = 0.2,
    watching = {
      copy(
        loss = MtlIbp(0.3),
        attack = Pgd(steps = 2, stepSize = 0.5),
        regularizer = WarmUpRegularizer(),
        epsilon = Linear(start = 2, length = 1),
        validation = ValidationSpec(keepBest = 2),
        averaging = AveragingSpec(start = 3, every = 2),
        batchNorm = BatchNormStatistics(reestimated = true),
      )
    },
  )

private fun run(experiment: Experiment, options: RunOptions) = Glacis.run(experiment, options)

/** All that must be equal, however often a run was interrupted. */
private fun outcome(run: Path): Map<String, Any> =
  mapOf(
    "weights" to WeightsFile.read(run.resolve("weights.npz")).bits(),
    "best" to best(run).mapValues { WeightsFile.read(it.value).bits() },
    "selection" to (RunDirectory.open(run).summary()["selection"] ?: ""),
    "state" to
      WeightsFile.read(run.resolve("checkpoint/last.npz")).bits().filterKeys {
        !it.endsWith("/seconds") && it != "progress/stepMillis"
      },
    "metrics" to metricsOf(run),
  )

/** The files of the best weights, by epoch. */
private fun best(run: Path): Map<Int, Path> =
  (1..EXPERIMENT.train.epochs)
    .associateWith { run.resolve("checkpoint/best-epoch-$it.npz") }
    .filterValues(Files::exists)

class ReproducibilityTest :
  FunSpec({
    test("one seed twice gives equal numbers, bit for bit; another seed does not") {
      fun trained(seed: Long): Pair<Any, Any> {
        val recorder = Recorder()
        return Glacis.train(EXPERIMENT.withSeed(seed), TOY_OPTIONS.withListener(recorder)).use {
          it.weights().bits() to (recorder.metrics to recorder.epochs.map { e -> e.figures() })
        }
      }
      val first = trained(1)
      trained(1) shouldBe first
      trained(2).first shouldNotBe first.first
    }

    test("one radius for all features is the same as equal radii, bit for bit") {
      fun trained(epsilon: Epsilon) =
        Glacis.train(toy(epsilon = epsilon, epochs = 4), TOY_OPTIONS).use { it.weights().bits() }
      trained(Epsilon(0.05)) shouldBe trained(Epsilon(List(4) { 0.05 }))
    }

    test("interrupted at any steps and resumed, a run ends as if nothing had happened") {
      inFolder { folder ->
        val whole = folder.resolve("whole")
        run(EXPERIMENT, TOY_OPTIONS.withOut(whole)).finished() shouldBe true
        val expected = outcome(whole)
        val random = Random(3)
        repeat(3) { n ->
          val out = folder.resolve("cut$n")
          val cuts = mutableListOf<Int>()
          var finished = false
          while (!finished) {
            cuts += if (n == 0) STEPS_PER_EPOCH else random.nextInt(1, 12)
            val interruption = Interruption()
            val options =
              TOY_OPTIONS.withOut(out)
                .withResume(cuts.size > 1)
                .withInterruption(interruption)
                .withListener(StopAfter(cuts.last(), interruption))
            finished = run(EXPERIMENT, options).finished()
          }
          cuts.size shouldBeGreaterThan 1
          withClue("interrupted after $cuts steps") {
            val actual = outcome(out)
            for ((part, value) in expected) withClue(part) { actual[part] shouldBe value }
          }
        }
      }
    }

    test("a run that was asked to stop before its first step leaves a checkpoint to go on from") {
      inFolder { folder ->
        val stopped = Interruption().apply { request() }
        val recorder = Recorder()
        val options = TOY_OPTIONS.withOut(folder.resolve("run"))
        run(toy(), options.withInterruption(stopped).withListener(recorder)).finished() shouldBe
          false
        recorder.losses shouldHaveSize 0
        recorder.interrupted shouldBe true
        run(toy(), options.withResume(true)).finished() shouldBe true
      }
    }

    test("killed at a random moment and resumed, a run ends as if nothing had happened") {
      inFolder { folder ->
        val whole = folder.resolve("whole")
        run(EXPERIMENT, TOY_OPTIONS.withOut(whole))
        val out = folder.resolve("killed")
        // The 19 steps after it take 950 ms at least.
        val moment = Random.nextLong(900)
        val errors = folder.resolve("errors.txt")
        val process =
          ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-cp",
              System.getProperty("java.class.path"),
              SlowRun::class.java.name,
              out.toString(),
            )
            .redirectError(errors.toFile())
            .start()
        try {
          process.inputStream.bufferedReader().useLines { lines ->
            withClue({ "the run ended early: ${Files.readString(errors)}" }) {
              lines.firstOrNull { it == "epoch 2 step 1" } shouldNotBe null
            }
            Thread.sleep(moment)
          }
        } finally {
          process.destroyForcibly()
          process.waitFor(60, TimeUnit.SECONDS)
        }
        Files.exists(out.resolve("weights.npz")) shouldBe false
        Files.exists(out.resolve("checkpoint/last.npz")) shouldBe true
        withClue("killed $moment ms after the first step of epoch 2") {
          run(EXPERIMENT, TOY_OPTIONS.withOut(out).withResume(true)).finished() shouldBe true
          val expected = outcome(whole)
          val actual = outcome(out)
          for ((part, value) in expected) withClue(part) { actual[part] shouldBe value }
        }
      }
    }

    test("a truncated checkpoint is refused, and nothing is overwritten") {
      inFolder { folder ->
        val out = folder.resolve("run")
        val interruption = Interruption()
        run(
          EXPERIMENT,
          TOY_OPTIONS.withOut(out)
            .withInterruption(interruption)
            .withListener(StopAfter(7, interruption)),
        )
        val checkpoint = out.resolve("checkpoint/last.npz")
        val bytes = Files.readAllBytes(checkpoint)
        for (length in listOf(0, 10, bytes.size / 2, bytes.size - 1)) {
          Files.write(checkpoint, bytes.copyOf(length))
          val before = contents(out)
          withClue("$length of ${bytes.size} bytes") {
            val fault =
              shouldThrow<InputException> {
                run(EXPERIMENT, TOY_OPTIONS.withOut(out).withResume(true))
              }
            fault.message.orEmpty() shouldContain "last.npz"
            contents(out) shouldBe before
          }
        }
        Files.write(checkpoint, bytes)
        run(EXPERIMENT, TOY_OPTIONS.withOut(out).withResume(true)).finished() shouldBe true
      }
    }

    test("a run directory is not resumed with another experiment, nor begun twice") {
      inFolder { folder ->
        val out = folder.resolve("run")
        run(toy(epochs = 4), TOY_OPTIONS.withOut(out))
        val before = contents(out)
        shouldThrow<InputException> {
            run(toy(epochs = 5), TOY_OPTIONS.withOut(out).withResume(true))
          }
          .message
          .orEmpty() shouldContain "another experiment"
        shouldThrow<InputException> { run(toy(epochs = 4), TOY_OPTIONS.withOut(out)) }
          .message
          .orEmpty() shouldContain "nothing is overwritten"
        contents(out) shouldBe before
      }
    }

    test("a row of metrics that was lost after the last epoch comes back on resuming") {
      inFolder { folder ->
        val out = folder.resolve("run")
        run(EXPERIMENT, TOY_OPTIONS.withOut(out))
        val rows = metricsOf(out)
        val lines = Files.readAllLines(out.resolve("metrics.csv"))
        Files.write(out.resolve("metrics.csv"), lines.dropLast(1))
        // Killed between the checkpoint and the row, it never came to its summary.
        Files.delete(out.resolve("summary.json"))
        run(EXPERIMENT, TOY_OPTIONS.withOut(out).withResume(true))
        metricsOf(out) shouldBe rows
      }
    }

    test(
      "a run is not resumed without the best weights that it needs, and nothing is overwritten"
    ) {
      inFolder { folder ->
        val out = folder.resolve("run")
        val interruption = Interruption()
        run(
          EXPERIMENT,
          TOY_OPTIONS.withOut(out)
            .withInterruption(interruption)
            .withListener(StopAfter(4 * STEPS_PER_EPOCH, interruption)),
        )
        val history = Checkpoint(out.resolve("checkpoint")).read().progress().history()
        val epoch = Ranking(EXPERIMENT).best(history).first().epoch()
        val file = best(out).getValue(epoch)
        val bytes = Files.readAllBytes(file)
        Files.delete(file)
        val before = contents(out)
        shouldThrow<InputException> { run(EXPERIMENT, TOY_OPTIONS.withOut(out).withResume(true)) }
          .message shouldBe
          "$file: is missing, but epoch $epoch is one of the best; put the file back, or begin anew in another directory"
        contents(out) shouldBe before
        Files.write(file, bytes)
        run(EXPERIMENT, TOY_OPTIONS.withOut(out).withResume(true)).finished() shouldBe true
      }
    }
  })

/** The same run in a process of its own, slow enough to be killed. */
object SlowRun {
  @JvmStatic
  fun main(arguments: Array<String>) {
    val slow =
      object : TrainingListener {
        override fun stepDone(epoch: Int, step: Int, metrics: StepMetrics) {
          println("epoch $epoch step $step")
          System.out.flush()
          if (epoch > 1) Thread.sleep(50)
        }
      }
    Glacis.run(EXPERIMENT, TOY_OPTIONS.withOut(Path.of(arguments[0])).withListener(slow))
  }
}
