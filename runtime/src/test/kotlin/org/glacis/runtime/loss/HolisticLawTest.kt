package org.glacis.runtime.loss

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.random.Random
import kotlinx.serialization.json.double
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.evidence.holistic.HolisticRisk
import org.glacis.runtime.Glacis
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.goldenTests
import org.glacis.runtime.oracle.numbers
import org.glacis.runtime.train.TOY_OPTIONS
import org.glacis.runtime.train.toy
import org.glacis.spec.CrossEntropy
import org.glacis.spec.EventOrder
import org.glacis.spec.HolisticRobust
import org.glacis.spec.TrainingSpec

private fun inGraph(
  losses: DoubleArray,
  alpha: Double,
  r: Double,
  worst: Double?,
): Pair<DoubleArray, Double> {
  val (weights, extra) =
    evaluate { tf ->
      val x = Element.FLOAT64.constant(tf, losses, losses.size.toLong())
      val found = HolisticLaw(tf, alpha, r, worst).of(x)
      listOf(found.weights, found.extra)
    }
  return weights to extra.single()
}

class HolisticLawTest :
  FunSpec({
    goldenTests("hr.json") { golden ->
      for (case in golden.getValue("hr").jsonArray.map { it.jsonObject }) {
        if (case.getValue("mode").jsonPrimitive.content != "HD") continue
        test("${case.getValue("id").jsonPrimitive.content} in a graph") {
          fun number(key: String) = case.getValue(key).jsonPrimitive.double
          val losses = case.getValue("losses").numbers()
          val worst = case.getValue("worst").jsonPrimitive.doubleOrNull
          val (weights, extra) = inGraph(losses, number("alpha"), number("r"), worst)
          val expected = case.getValue("weights").numbers()
          expected.indices.maxOf { abs(weights[it] - expected[it]) } shouldBeLessThan 1e-6
          extra shouldBe (number("extra_weight") plusOrMinus 1e-6)
          val value = losses.indices.sumOf { weights[it] * losses[it] } + extra * (worst ?: 0.0)
          abs(value - number("value")) shouldBeLessThan 1e-9 * maxOf(1e-3, abs(number("value")))
        }
      }
    }

    test("random batches have the weights that the host finds") {
      val random = Random(21)
      repeat(60) {
        val n = listOf(1, 2, 7, 64, 128).random(random)
        val tied = random.nextInt(4) == 0
        val losses =
          DoubleArray(n) {
            if (tied) random.nextInt(3).toDouble() else -ln(random.nextDouble(1e-12, 1.0))
          }
        val alpha = listOf(0.0, 1e-6, 0.05, 0.5, 0.99, 1.0).random(random)
        val r = listOf(0.0, 1e-9, exp(random.nextDouble(-12.0, 2.5))).random(random)
        val worst = if (random.nextBoolean()) null else losses.max() + random.nextInt(3)
        val plain = HolisticRisk(alpha, r)
        val expected = (if (worst == null) plain else plain.withWorst(worst)).of(*losses)
        val (weights, extra) = inGraph(losses, alpha, r, worst)
        withClue("n $n, alpha $alpha, r $r, worst $worst, tied $tied") {
          losses.indices.maxOf { abs(weights[it] - expected.weights[it]) } shouldBeLessThan 1e-8
          extra shouldBe (expected.extraWeight plusOrMinus 1e-8)
        }
      }
    }

    fun trained(order: EventOrder, alpha: Double): Weights {
      val loss = HolisticRobust(CrossEntropy, alpha, 0.2, order)
      return Glacis.train(toy(train = TrainingSpec(3, loss)), TOY_OPTIONS).use { it.weights() }
    }

    test("without corruption both orders of events train the same network") {
      val one = trained(EventOrder.SAMPLE_THEN_CORRUPT, 0.0)
      val other = trained(EventOrder.CORRUPT_THEN_SAMPLE, 0.0)
      for ((path, entry) in one.entries()) {
        val values = other.get(path).values
        entry.values.indices
          .maxOf { abs(entry.values[it] - values[it]) }
          .toDouble() shouldBeLessThan 1e-5
      }
    }

    test("with corruption they do not") {
      val one = trained(EventOrder.SAMPLE_THEN_CORRUPT, 0.3)
      val other = trained(EventOrder.CORRUPT_THEN_SAMPLE, 0.3)
      one.entries().any { (path, entry) ->
        entry.values.indices.any { abs(entry.values[it] - other.get(path).values[it]) > 1e-3 }
      } shouldBe true
    }
  })
