package org.glacis.runtime.train

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.nio.file.Path
import kotlin.math.abs
import org.glacis.runtime.Glacis
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.graph.WeightsFile
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.Adam
import org.glacis.spec.BatchNorm
import org.glacis.spec.CcIbp
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.ExpIbp
import org.glacis.spec.Experiment
import org.glacis.spec.IbpLoss
import org.glacis.spec.Linear
import org.glacis.spec.Linf
import org.glacis.spec.LossSpec
import org.glacis.spec.ModelSpec
import org.glacis.spec.MtlIbp
import org.glacis.spec.Pgd
import org.glacis.spec.Relu
import org.glacis.spec.Sabr
import org.glacis.spec.Sgd
import org.glacis.spec.Shape
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WarmUpRegularizer

private val PLAIN = ModelSpec(Shape(4), listOf(Dense(12), Relu, Dense(8), Relu, Dense(3)))

/**
 * Normalisations that are merged into the layer before them, and one that is not. A bias before one
 * would follow rounding errors: its true gradient is 0.
 */
val NORMALIZED: ModelSpec =
  ModelSpec(
    Shape(4),
    listOf(Dense(12, bias = false), BatchNorm(), Relu, BatchNorm(0.2)) +
      listOf(Dense(8, bias = false), BatchNorm(), Relu, Dense(3)),
  )

/**
 * The weights after 50 steps: some at radius 0, some on the ramp, some at the full radius. Where a
 * later normalisation undoes what a weight does, its gradient is a rounding error, which Adam would
 * make as large as any other.
 */
private fun trained(loss: LossSpec, model: ModelSpec): Weights {
  val train =
    TrainingSpec(
      9,
      loss,
      epsilon = Linear(start = 2, length = 3),
      optimizer = if (model == PLAIN) Adam(0.01) else Sgd(0.05),
      gradientClip = 10.0,
      attack = Pgd(steps = 1, stepSize = 10.0),
    )
  // Boxes that no range cuts: the small box of SABR is then the whole one at lambda 1.
  val experiment =
    toy(model = model, train = train).copy(perturbation = Linf(Epsilon(0.05), null)).validated()
  return TrainingProgram(experiment, TOY_DATA.train(), ONE_THREAD, 0).use { program ->
    program.initialize()
    for (step in 0 until 50) program.step(step.toLong(), IntArray(8) { (step * 8 + it) % 46 })
    program.weights()
  }
}

private fun distance(a: Weights, b: Weights): Double =
  a.paths().maxOf { path ->
    a[path].values.indices.maxOf { abs(a[path].values[it].toDouble() - b[path].values[it]) }
  }

/** Everything that has a state: batch normalisation, attack, regulariser, schedules. */
private fun expressive(loss: LossSpec): Experiment =
  toy(
    model = NORMALIZED,
    epochs = 4,
    train =
      TrainingSpec(
        4,
        loss,
        epsilon = Linear(start = 2, length = 2),
        optimizer = Adam(0.01),
        gradientClip = 10.0,
        attack = Pgd(steps = 6, stepSize = 0.5, restarts = 2),
        regularizer = WarmUpRegularizer(),
        l1 = 1e-5,
      ),
  )

private fun outcome(run: Path): Map<String, Any> =
  mapOf(
    "weights" to WeightsFile.read(run.resolve("weights.npz")).bits(),
    "state" to
      WeightsFile.read(run.resolve("checkpoint/last.npz")).bits().filterKeys {
        !it.endsWith("/seconds") && it != "progress/stepMillis"
      },
    "metrics" to metricsOf(run),
  )

class ExpressiveTrainingTest :
  FunSpec({
    for ((name, model) in listOf("without" to PLAIN, "with" to NORMALIZED)) {
      test("at a coefficient of 1 every loss trains as IBP does, $name batch normalisation") {
        val interval = trained(IbpLoss(), model)
        for (loss in listOf(MtlIbp(1.0), CcIbp(1.0), ExpIbp(1.0), Sabr(1.0))) {
          withClue(loss) { distance(trained(loss, model), interval) shouldBeLessThan 1e-5 }
        }
        for (loss in listOf(MtlIbp(0.5), CcIbp(0.5), ExpIbp(0.5), Sabr(0.5))) {
          withClue(loss) { distance(trained(loss, model), interval) shouldBeGreaterThan 1e-3 }
        }
      }
    }

    val loss = MtlIbp(0.3)
    test("interrupted in the middle of an epoch and resumed, a run ends with equal numbers") {
      inFolder { folder ->
        val whole = folder.resolve("whole")
        val cut = folder.resolve("cut")
        val options = TOY_OPTIONS.withOut(cut)
        Glacis.run(expressive(loss), TOY_OPTIONS.withOut(whole)).finished() shouldBe true
        // Six steps an epoch: once at radius 0, once on the ramp.
        for ((steps, resume) in listOf(4 to false, 5 to true)) {
          val interruption = Interruption()
          Glacis.run(
              expressive(loss),
              options
                .withResume(resume)
                .withInterruption(interruption)
                .withListener(StopAfter(steps, interruption)),
            )
            .finished() shouldBe false
        }
        Glacis.run(expressive(loss), options.withResume(true)).finished() shouldBe true
        val expected = outcome(whole)
        val actual = outcome(cut)
        for ((part, value) in expected) withClue(part) { actual[part] shouldBe value }
      }
    }

    test("one seed twice gives equal numbers, another seed does not") {
      fun trained(seed: Long): Pair<Any, Any> {
        val recorder = Recorder()
        val options = TOY_OPTIONS.withListener(recorder)
        return Glacis.train(expressive(loss).withSeed(seed), options).use {
          it.weights().bits() to recorder.metrics
        }
      }
      val first = trained(1)
      trained(1) shouldBe first
      trained(2).first shouldNotBe first.first
    }
  })
