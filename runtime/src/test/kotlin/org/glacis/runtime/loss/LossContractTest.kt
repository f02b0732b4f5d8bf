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
import kotlin.math.pow
import kotlin.random.Random
import org.glacis.evidence.holistic.HolisticRisk
import org.glacis.runtime.lower.members
import org.glacis.spec.Adversarial
import org.glacis.spec.CcIbp
import org.glacis.spec.Clipped
import org.glacis.spec.Constant
import org.glacis.spec.CrossEntropy
import org.glacis.spec.CrownIbp
import org.glacis.spec.ExpIbp
import org.glacis.spec.HolisticRobust
import org.glacis.spec.IbpLoss
import org.glacis.spec.IntervalWidth
import org.glacis.spec.LossSpec
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.MtlIbp
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.RobustMeanSquaredError
import org.glacis.spec.Sabr
import org.glacis.spec.Task
import org.glacis.spec.Term
import org.glacis.spec.Trades
import org.glacis.spec.WeightedSum
import org.glacis.spec.times

internal const val SAMPLES = 4
internal const val OUTPUTS = 3

/** Each loss, and the formula that it must equal: of outputs, attacked ones, bounds and truth. */
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
    Adversarial() to { p -> crossEntropy(p.attacked, p.truth) },
    Adversarial(MeanSquaredError) to
      { p ->
        mean { (p.attacked[it] - p.truth[it]).let { e -> e * e } }
      },
    Adversarial(Clipped(1.5)) to
      { p ->
        crossEntropies(p.attacked, p.truth).map { minOf(it, 1.5) }.average()
      },
    HolisticRobust(Adversarial(), 0.3, 0.1) to
      { p ->
        HolisticRisk(0.3, 0.1).of(*crossEntropies(p.attacked, p.truth)).value
      },
    IbpLoss() to ::worst,
    IbpLoss(kappa = Constant(0.375)) to ::mostlyRobust,
    // The program is linear: linear bounds are exact, and so are interval bounds.
    CrownIbp(mixing = false) to ::worst,
    CrownIbp(kappa = Constant(0.375), mixing = true) to ::mostlyRobust,
    CrownIbp(mixing = false, fusion = true) to ::worst,
    CcIbp(0.25) to
      { p ->
        ofMargins(p) { label, other ->
          0.25 * (p.lower[label] - p.upper[other]) + 0.75 * (p.attacked[label] - p.attacked[other])
        }
      },
    MtlIbp(0.25) to { p -> 0.25 * worst(p) + 0.75 * crossEntropy(p.attacked, p.truth) },
    ExpIbp(0.25) to { p -> worst(p).pow(0.25) * crossEntropy(p.attacked, p.truth).pow(0.75) },
    Sabr(0.375) to ::smallBox,
    Trades(6.0) to { p -> crossEntropy(p.output, p.truth) + 6 * divergence(p) },
    HolisticRobust(CrossEntropy, 0.3, 0.1) to
      { p ->
        HolisticRisk(0.3, 0.1).of(*crossEntropies(p.output, p.truth)).value
      },
    HolisticRobust(MeanSquaredError, 0.0, 0.5) to
      { p ->
        HolisticRisk(0.0, 0.5).of(*squares(p)).value
      },
    HolisticRobust(Clipped(40.0, 0.5 * MeanSquaredError), 0.1, 0.02) to
      { p ->
        HolisticRisk(0.1, 0.02).withWorst(40.0).of(*halves(squares(p))).value
      },
    HolisticRobust(MtlIbp(0.25), 0.4, 0.0) to
      { p ->
        val bounds = crossEntropies(worstLogits(p), p.truth)
        val attacked = crossEntropies(p.attacked, p.truth)
        val each = DoubleArray(SAMPLES) { 0.25 * bounds[it] + 0.75 * attacked[it] }
        HolisticRisk(0.4, 0.0).of(*each).value
      },
    Clipped(1.5) to { p -> crossEntropies(p.output, p.truth).map { minOf(it, 1.5) }.average() },
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

/** Losses that ask for other passes than those before them. */
private val MIXED: Map<LossSpec, (LossPoint) -> Double> =
  mapOf(
    WeightedSum(listOf(Term(Sabr(0.375)), Term(IbpLoss(), Constant(2.0)))) to
      { p ->
        smallBox(p) + 2 * worst(p)
      },
    WeightedSum(listOf(Term(RobustCrossEntropy(true)), Term(Sabr(0.375), Constant(2.0)))) to
      { p ->
        worst(p) + 2 * smallBox(p)
      },
    WeightedSum(listOf(Term(Sabr(0.375)), Term(Sabr(1.0), Constant(0.5)))) to
      { p ->
        smallBox(p) + 0.5 * worst(p)
      },
    WeightedSum(listOf(Term(MtlIbp(0.25)), Term(CrownIbp()), Term(Adversarial()))) to
      { p ->
        1.25 * worst(p) + 1.75 * crossEntropy(p.attacked, p.truth)
      },
  )

internal fun mean(value: (Int) -> Double) =
  (0 until SAMPLES * OUTPUTS).sumOf(value) / (SAMPLES * OUTPUTS)

internal fun crossEntropy(logits: DoubleArray, truth: DoubleArray): Double =
  crossEntropies(logits, truth).average()

/** One number a sample. */
private fun crossEntropies(logits: DoubleArray, truth: DoubleArray): DoubleArray =
  DoubleArray(SAMPLES) { i ->
    val row = logits.copyOfRange(i * OUTPUTS, (i + 1) * OUTPUTS)
    val most = row.max()
    val label = (0 until OUTPUTS).first { truth[i * OUTPUTS + it] == 1.0 }
    most + ln(row.sumOf { exp(it - most) }) - row[label]
  }

private fun squares(p: LossPoint) =
  DoubleArray(SAMPLES) { i ->
    (i * OUTPUTS until (i + 1) * OUTPUTS).map { (p.output[it] - p.truth[it]).pow(2) }.average()
  }

private fun halves(values: DoubleArray) = DoubleArray(values.size) { values[it] / 2 }

private fun worstLogits(p: LossPoint) =
  DoubleArray(p.output.size) { if (p.truth[it] == 1.0) p.lower[it] else p.upper[it] }

private fun worst(p: LossPoint): Double = crossEntropy(worstLogits(p), p.truth)

private fun mostlyRobust(p: LossPoint): Double =
  0.375 * crossEntropy(p.output, p.truth) + 0.625 * worst(p)

/** The mean of `log(1 + sum_j exp(-margin))`; a margin is asked for by two places of the output. */
private fun ofMargins(p: LossPoint, margin: (Int, Int) -> Double): Double =
  (0 until SAMPLES).sumOf { i ->
    val places = (i * OUTPUTS until (i + 1) * OUTPUTS).toList()
    val label = places.first { p.truth[it] == 1.0 }
    val margins = places.filter { it != label }.map { margin(label, it) }
    val least = minOf(0.0, margins.min())
    ln(exp(least) + margins.sumOf { exp(least - it) }) - least
  } / SAMPLES

/**
 * Robust cross-entropy of a box of 3/8 of the radius around what the attack finds, moved inwards.
 */
private fun smallBox(p: LossPoint): Double {
  fun small(at: Int) = 0.375 * (p.upper[at] - p.lower[at]) / 2
  fun centre(at: Int) = p.attacked[at].coerceIn(p.lower[at] + small(at), p.upper[at] - small(at))
  return ofMargins(p) { label, other ->
    centre(label) - small(label) - centre(other) - small(other)
  }
}

/**
 * The mean of `sum_j p_j log(p_j / q_j)` with the probabilities of outputs and attacked outputs.
 */
private fun divergence(p: LossPoint): Double =
  (0 until SAMPLES).sumOf { i ->
    fun probabilities(logits: DoubleArray): List<Double> {
      val powers = (i * OUTPUTS until (i + 1) * OUTPUTS).map { exp(logits[it]) }
      return powers.map { it / powers.sum() }
    }
    val attacked = probabilities(p.attacked)
    probabilities(p.output).zip(attacked).sumOf { (clean, other) -> clean * ln(clean / other) }
  } / SAMPLES

private fun point(random: Random, task: Task?, radius: Double = 1.0): LossPoint {
  val output = DoubleArray(SAMPLES * OUTPUTS) { random.nextDouble(-3.0, 3.0) }
  val truth =
    if (task == Task.CLASSIFICATION) {
      val labels = IntArray(SAMPLES) { random.nextInt(OUTPUTS) }
      DoubleArray(SAMPLES * OUTPUTS) { if (labels[it / OUTPUTS] == it % OUTPUTS) 1.0 else 0.0 }
    } else {
      DoubleArray(SAMPLES * OUTPUTS) { random.nextDouble(-3.0, 3.0) }
    }
  val lower = DoubleArray(output.size) { output[it] - radius * random.nextDouble() }
  val upper = DoubleArray(output.size) { output[it] + radius * random.nextDouble() }
  val attacked =
    DoubleArray(output.size) { lower[it] + (upper[it] - lower[it]) * random.nextDouble() }
  return LossPoint(output, attacked, lower, upper, truth)
}

class LossContractTest :
  FunSpec({
    for ((loss, formula) in LOSSES + MARGIN_LOSSES + MIXED) {
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

    test("at radius 0 TRADES is natural training") {
      atRadiusZero(Trades(6.0)) { crossEntropy(it.output, it.truth) }
    }

    test("at radius 0 the robust squared error is the squared error, and the width is 0") {
      atRadiusZero(RobustMeanSquaredError) { LOSSES.getValue(MeanSquaredError)(it) }
      atRadiusZero(IntervalWidth) { 0.0 }
    }

    test("every loss keeps this contract") {
      (members(LossSpec::class.java) - (LOSSES + MARGIN_LOSSES).keys.map { it.javaClass }.toSet())
        .shouldBeEmpty()
    }
  })
