package org.glacis.runtime.train

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlin.math.abs
import kotlin.math.max
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.BatchNorm
import org.glacis.spec.BatchNormStatistics
import org.glacis.spec.Constant
import org.glacis.spec.Conv2d
import org.glacis.spec.CrossEntropy
import org.glacis.spec.CrownIbp
import org.glacis.spec.Dense
import org.glacis.spec.Dropout
import org.glacis.spec.ExpIbp
import org.glacis.spec.Experiment
import org.glacis.spec.Flatten
import org.glacis.spec.IntervalWidth
import org.glacis.spec.Linear
import org.glacis.spec.LossSpec
import org.glacis.spec.ModelSpec
import org.glacis.spec.MtlIbp
import org.glacis.spec.OrthogonalityRegularizer
import org.glacis.spec.Pgd
import org.glacis.spec.Relu
import org.glacis.spec.Reshape
import org.glacis.spec.Sabr
import org.glacis.spec.Sgd
import org.glacis.spec.Shape
import org.glacis.spec.SoftHkr
import org.glacis.spec.StatisticsOf
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WarmUpRegularizer

/** Normalised images and numbers, and noise: whatever could tell a part from the whole. */
private val EVERYTHING =
  ModelSpec(
    Shape(4),
    listOf(Reshape(Shape(2, 2, 1)), Conv2d(3, 2, bias = false), BatchNorm(), Relu, Dropout(0.2)) +
      listOf(Flatten, Dense(8, bias = false), BatchNorm(0.2), Relu, Dense(3)),
  )

private fun experiment(
  parts: Int,
  loss: LossSpec,
  statistics: BatchNormStatistics = BatchNormStatistics(),
  steps: Int = 2,
): Experiment =
  toy(
      model = EVERYTHING,
      train =
        TrainingSpec(
          3,
          loss,
          epsilon = Linear(start = 2, length = 1),
          optimizer = Sgd(0.1, momentum = 0.9),
          gradientClip = 1.0,
          attack = Pgd(steps, stepSize = 0.5, restarts = 2),
          regularizer = WarmUpRegularizer(lastEpoch = 3).takeIf { loss.needsBounds },
          l1 = 1e-3,
          orthogonality = OrthogonalityRegularizer(Linear(1, 3, 0.1, 0.2), Constant(0.1)),
          batchNorm = statistics,
          accumulation = parts,
        ),
    )
    .validated()

private class Trained(val weights: Weights, val metrics: List<List<Float>>)

/** Batches of 7, at radius 0 and above it. */
private fun trained(experiment: Experiment): Trained =
  TrainingProgram(experiment, TOY_DATA.train(), ONE_THREAD, 0).use { program ->
    program.initialize()
    val measured = mutableListOf<List<Float>>()
    for (step in 0 until 3 * program.stepsPerEpoch()) {
      val metrics = program.step(step.toLong(), IntArray(7) { (step * 7 + it) % 46 })
      measured += metrics.values.toList()
    }
    Trained(program.weights(), measured)
  }

private fun distance(a: Weights, b: Weights): Double =
  a.paths().maxOf { path ->
    a[path].values.indices.maxOf { abs(a[path].values[it].toDouble() - b[path].values[it]) }
  }

class AccumulationTest :
  FunSpec({
    val losses =
      listOf(MtlIbp(0.5) to listOf(2, 3, 7)) +
        listOf(ExpIbp(0.5), Sabr(0.5), CrownIbp(), CrossEntropy + IntervalWidth, SoftHkr()).map {
          it to listOf(3)
        }
    for ((loss, cuts) in losses) {
      test("a step over parts is the step of the whole batch: $loss") {
        val whole = trained(experiment(1, loss))
        for (parts in cuts) {
          val parted = trained(experiment(parts, loss))
          withClue("$parts parts") {
            distance(parted.weights, whole.weights) shouldBeLessThan 2e-5
            parted.metrics.size shouldBe whole.metrics.size
            parted.metrics.zip(whole.metrics).forEach { (a, b) ->
              a.size shouldBe b.size
              a.zip(b).forEach { (x, y) ->
                (abs(x - y) / max(1f, abs(y))).toDouble() shouldBeLessThan 2e-5
              }
            }
          }
        }
      }
    }

    for (statistics in
      listOf(
        BatchNormStatistics(StatisticsOf.CLEAN, StatisticsOf.CLEAN),
        BatchNormStatistics(StatisticsOf.CLEAN, StatisticsOf.CLEAN, detached = true),
        BatchNormStatistics(StatisticsOf.POPULATION),
        BatchNormStatistics(detached = true, reestimated = true),
      )) {
      test("a step over parts is the step of the whole batch: $statistics") {
        val whole = trained(experiment(1, MtlIbp(0.3), statistics))
        val parted = trained(experiment(3, MtlIbp(0.3), statistics))
        distance(parted.weights, whole.weights) shouldBeLessThan 2e-5
      }
    }

    test("a step over parts is the step of the whole batch: an attack of many steps") {
      val whole = trained(experiment(1, MtlIbp(0.3), steps = 6))
      val parted = trained(experiment(3, MtlIbp(0.3), steps = 6))
      distance(parted.weights, whole.weights) shouldBeLessThan 2e-5
    }

    test("the samples of other parts matter") {
      // Each batch cut to its first four samples.
      val whole = trained(experiment(1, MtlIbp(0.5)))
      val alone =
        TrainingProgram(experiment(1, MtlIbp(0.5)), TOY_DATA.train(), ONE_THREAD, 0).use { program
          ->
          program.initialize()
          for (step in 0 until 3 * program.stepsPerEpoch()) {
            program.step(step.toLong(), IntArray(4) { (step * 7 + it) % 46 })
          }
          program.weights()
        }
      distance(alone, whole.weights) shouldBeGreaterThan 1e-3
    }

    test("a number that is not finite is found in a part too") {
      val broken =
        experiment(3, MtlIbp(0.5)).run { copy(train = train.copy(optimizer = Sgd(1e38))) }
      TrainingProgram(broken, TOY_DATA.train(), ONE_THREAD, 0).use { program ->
        program.initialize()
        val thrown =
          shouldThrow<NotFiniteException> {
            for (step in 0L until 4L) program.step(step, IntArray(7) { it })
          }
        thrown.message!! shouldContain "the first tensor that is not finite is"
      }
    }
  })
