package org.glacis.runtime.train

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import kotlin.math.sqrt
import org.glacis.runtime.Glacis
import org.glacis.spec.AveragingSpec
import org.glacis.spec.BatchNorm
import org.glacis.spec.BatchNormStatistics
import org.glacis.spec.Dense
import org.glacis.spec.ModelSpec
import org.glacis.spec.Relu
import org.glacis.spec.Shape

/** The unbiased variance. */
private fun variance(values: List<Double>): Double {
  val mean = values.average()
  return values.sumOf { (it - mean) * (it - mean) } / (values.size - 1)
}

class ReestimationTest :
  FunSpec({
    test("an epoch ends with the plain means of the statistics of its batches") {
      // The first layer sees the inputs themselves, and every batch is one of three.
      val model = ModelSpec(Shape(4), listOf(BatchNorm(momentum = 0.3), Dense(5), Relu, Dense(3)))
      val declared =
        toy(model = model, batch = 16).let {
          it.copy(
            train =
              it.train.copy(
                shuffle = false,
                dropLast = true,
                batchNorm = BatchNormStatistics(reestimated = true),
              )
          )
        }
      val weights = Glacis.train(declared, TOY_OPTIONS).use { it.weights() }
      val inputs = List(32) { TOY_DATA.train().input(it) }
      for (feature in 0 until 4) {
        val batches = inputs.map { it[feature].toDouble() }.chunked(16)
        withClue("feature $feature") {
          weights["layers/0/mean"].values[feature].toDouble() shouldBe
            (batches.map { it.average() }.average() plusOrMinus 1e-6)
          weights["layers/0/variance"].values[feature].toDouble() shouldBe
            (batches.map(::variance).average() plusOrMinus 1e-6)
        }
      }
    }

    test("where weights are averaged, the statistics are those of the averaged network") {
      val declared = averaging(AveragingSpec(start = 2, every = 3))
      val weights = Glacis.train(declared, TOY_OPTIONS).use { it.weights() }
      fun of(path: String) = weights[path].values.map(Float::toDouble)
      val kernel = of("layers/1/kernel")
      val bias = of("layers/1/bias")
      val inputs = List(32) { TOY_DATA.train().input(it).map(Float::toDouble) }
      // What the second normalisation gets where the first takes the statistics of its batch.
      val batches =
        inputs.chunked(16).map { batch ->
          val normalized =
            List(4) { feature ->
              val values = batch.map { it[feature] }
              val deviation = sqrt(variance(values) * 15 / 16 + 1e-5)
              values.map {
                (it - values.average()) / deviation * of("layers/0/gamma")[feature] +
                  of("layers/0/beta")[feature]
              }
            }
          List(5) { unit ->
            List(16) { i ->
              bias[unit] + (0 until 4).sumOf { normalized[it][i] * kernel[it * 5 + unit] }
            }
          }
        }
      for (unit in 0 until 5) {
        withClue("unit $unit") {
          weights["layers/2/mean"].values[unit].toDouble() shouldBe
            (batches.map { it[unit].average() }.average() plusOrMinus 1e-5)
          weights["layers/2/variance"].values[unit].toDouble() shouldBe
            (batches.map { variance(it[unit]) }.average() plusOrMinus 1e-5)
        }
      }
    }

    test("the estimate for averaged weights leaves the training as it is") {
      fun trained(averaging: AveragingSpec?) = inFolder { folder ->
        Glacis.run(averaging(averaging), TOY_OPTIONS.withOut(folder.resolve("run")))
        Checkpoint(folder.resolve("run/checkpoint")).read().variables().bits()
      }
      trained(AveragingSpec(start = 2, every = 3)) shouldBe trained(null)
    }
  })

/** Two normalisations; batches of 16 in the order of the data. */
private fun averaging(averaging: AveragingSpec?) =
  toy(
    model =
      ModelSpec(Shape(4), listOf(BatchNorm(), Dense(5), BatchNorm(momentum = 0.3), Relu, Dense(3))),
    batch = 16,
    watching = {
      copy(
        shuffle = false,
        dropLast = true,
        batchNorm = BatchNormStatistics(reestimated = true),
        averaging = averaging,
      )
    },
  )
