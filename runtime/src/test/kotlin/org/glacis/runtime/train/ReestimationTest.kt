package org.glacis.runtime.train

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import org.glacis.runtime.Glacis
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
  })
