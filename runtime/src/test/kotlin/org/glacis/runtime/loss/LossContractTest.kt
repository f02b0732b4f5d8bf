package org.glacis.runtime.loss

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.random.Random
import org.glacis.runtime.lower.members
import org.glacis.spec.Constant
import org.glacis.spec.CrossEntropy
import org.glacis.spec.IntervalWidth
import org.glacis.spec.LossSpec
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.RobustMeanSquaredError
import org.glacis.spec.Task
import org.glacis.spec.Term
import org.glacis.spec.WeightedSum

private const val SAMPLES = 4
private const val OUTPUTS = 3

/** Each loss, and the formula that it must equal: of outputs, lower and upper bounds and truth. */
private val LOSSES: Map<LossSpec, (LossPoint) -> Double> =
  mapOf(
    CrossEntropy to { p -> crossEntropy(p.output, p.truth) },
    RobustCrossEntropy() to ::worst,
    RobustCrossEntropy(elision = true) to ::worst,
    IntervalWidth to { p -> mean { (p.upper[it] - p.lower[it]).let { w -> w * w } } },
    MeanSquaredError to { p -> mean { (p.output[it] - p.truth[it]).let { e -> e * e } } },
    RobustMeanSquaredError to
      { p ->
        mean {
          val e = maxOf(abs(p.lower[it] - p.truth[it]), abs(p.upper[it] - p.truth[it]))
          e * e
        }
      },
    WeightedSum(listOf(Term(RobustCrossEntropy(), Constant(0.25)), Term(CrossEntropy))) to
      { p ->
        0.25 * worst(p) + crossEntropy(p.output, p.truth)
      },
    WeightedSum(
      listOf(Term(IntervalWidth, Constant(2.0)), Term(MeanSquaredError, Constant(0.5)))
    ) to
      { p ->
        2 * mean { (p.upper[it] - p.lower[it]).let { w -> w * w } } +
          0.5 * mean { (p.output[it] - p.truth[it]).let { e -> e * e } }
      },
  )

private fun mean(value: (Int) -> Double) =
  (0 until SAMPLES * OUTPUTS).sumOf(value) / (SAMPLES * OUTPUTS)

private fun crossEntropy(logits: DoubleArray, truth: DoubleArray): Double =
  (0 until SAMPLES).sumOf { i ->
    val row = logits.copyOfRange(i * OUTPUTS, (i + 1) * OUTPUTS)
    val most = row.max()
    val label = (0 until OUTPUTS).first { truth[i * OUTPUTS + it] == 1.0 }
    most + ln(row.sumOf { exp(it - most) }) - row[label]
  } / SAMPLES

private fun worst(p: LossPoint): Double =
  crossEntropy(
    DoubleArray(p.output.size) { if (p.truth[it] == 1.0) p.lower[it] else p.upper[it] },
    p.truth,
  )

private fun point(random: Random, task: Task?, radius: Double = 1.0): LossPoint {
  val output = DoubleArray(SAMPLES * OUTPUTS) { random.nextDouble(-3.0, 3.0) }
  val truth =
    if (task == Task.CLASSIFICATION) {
      val labels = IntArray(SAMPLES) { random.nextInt(OUTPUTS) }
      DoubleArray(SAMPLES * OUTPUTS) { if (labels[it / OUTPUTS] == it % OUTPUTS) 1.0 else 0.0 }
    } else {
      DoubleArray(SAMPLES * OUTPUTS) { random.nextDouble(-3.0, 3.0) }
    }
  return LossPoint(
    output,
    DoubleArray(output.size) { output[it] - radius * random.nextDouble() },
    DoubleArray(output.size) { output[it] + radius * random.nextDouble() },
    truth,
  )
}

class LossContractTest :
  FunSpec({
    for ((loss, formula) in LOSSES) {
      test("$loss is a finite scalar that equals its formula") {
        val random = Random(1)
        LossGraph(loss, SAMPLES, OUTPUTS).use { graph ->
          repeat(10) {
            val at = point(random, loss.task)
            val value = graph.at(at)
            value.rank shouldBe 0
            value.loss shouldBe (formula(at) plusOrMinus 1e-12)
          }
        }
      }

      test("$loss has the gradient that finite differences find") {
        val random = Random(2)
        LossGraph(loss, SAMPLES, OUTPUTS).use { graph ->
          val at = point(random, loss.task)
          val gradients = graph.at(at).gradients
          val step = 1e-5
          for (place in gradients.indices) {
            val ahead = graph.at(at.moved(place, step)).loss
            val behind = graph.at(at.moved(place, -step)).loss
            withClue("at $place") {
              abs(gradients[place] - (ahead - behind) / (2 * step)) shouldBeLessThan 1e-8
            }
          }
        }
      }

      test("$loss stays finite at logits in the thousands") {
        val random = Random(3)
        LossGraph(loss, SAMPLES, OUTPUTS).use { graph ->
          val at = point(random, loss.task, 1000.0)
          val value = graph.at(at)
          value.loss.isFinite() shouldBe true
          value.gradients.all(Double::isFinite) shouldBe true
        }
      }
    }

    fun atRadiusZero(loss: LossSpec, plain: (LossPoint) -> Double) {
      LossGraph(loss, SAMPLES, OUTPUTS).use { graph ->
        val at = point(Random(4), loss.task, 0.0)
        graph.at(at).loss shouldBe (plain(at) plusOrMinus 1e-12)
      }
    }

    test("at radius 0 robust cross-entropy is cross-entropy") {
      atRadiusZero(RobustCrossEntropy()) { crossEntropy(it.output, it.truth) }
      atRadiusZero(RobustCrossEntropy(true)) { crossEntropy(it.output, it.truth) }
    }

    test("at radius 0 the robust squared error is the squared error, and the width is 0") {
      atRadiusZero(RobustMeanSquaredError) { LOSSES.getValue(MeanSquaredError)(it) }
      atRadiusZero(IntervalWidth) { 0.0 }
    }

    test("every loss keeps this contract") {
      (members(LossSpec::class.java) - LOSSES.keys.map { it.javaClass }.toSet()).shouldBeEmpty()
    }
  })
