package org.glacis.evidence.holistic

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.max
import kotlin.math.min
import kotlin.random.Random
import org.glacis.evidence.EvidenceException

private const val GOLDEN_SECTION = 0.6180339887498949

/** The least value of a convex function on an interval, from above. */
private fun least(low: Double, high: Double, steps: Int, of: (Double) -> Double): Double {
  var (a, b) = low to high
  var (c, d) = b - GOLDEN_SECTION * (b - a) to a + GOLDEN_SECTION * (b - a)
  var (fc, fd) = of(c) to of(d)
  repeat(steps) {
    if (fc <= fd) {
      b = d
      d = c
      fd = fc
      c = b - GOLDEN_SECTION * (b - a)
      fc = of(c)
    } else {
      a = c
      c = d
      fc = fd
      d = a + GOLDEN_SECTION * (b - a)
      fd = of(d)
    }
  }
  return minOf(fc, fd, minOf(of(low), of(high)))
}

/**
 * The dual of the order "sample, then corrupt" in three variables, as the source's companion paper
 * has it: any of its values is at least the risk. Only for `r > 0`.
 */
private fun dualSampledFirst(losses: DoubleArray, alpha: Double, r: Double, worst: Double): Double {
  val spread = max(worst - losses.min(), 1e-9)
  fun at(u: Double, lambda: Double): Double {
    fun cost(loss: Double) = if (lambda == 0.0) 0.0 else lambda * ln(lambda / (u + (worst - loss)))
    // Linear in beta but for the maxima: it is least where one of them turns.
    val top = cost(worst)
    val turns = losses.map { max(0.0, top - cost(it)) } + 0.0
    val best =
      turns.minOf { beta ->
        losses.sumOf { max(cost(it), top - beta) } / losses.size + beta * alpha
      }
    return best + lambda * (r - 1) + worst + u
  }
  val reach = 40 * spread * (1 + 1 / r)
  return least(ln(1e-12 * spread), ln(reach), 90) { logU ->
    least(0.0, 2 * reach, 90) { at(exp(logU), it) }
  }
}

/** The dual of the other order in two variables. */
private fun dualCorruptedFirst(
  losses: DoubleArray,
  alpha: Double,
  r: Double,
  worst: Double,
): Double {
  val gaps = losses.map { worst - it }
  val spread = max(gaps.max(), 1e-9)
  return worst +
    least(0.0, spread, 100) { beta ->
      alpha * beta +
        least(0.0, 20 * spread * (1 + 1 / r), 100) { u ->
          u - exp(-r + gaps.sumOf { ln(max(u + min(it, beta), 1e-300)) } / gaps.size)
        }
    }
}

private val RADII = listOf(1e-3, 0.02, 0.1, 0.5, 2.0)
private val SHARES = listOf(0.0, 0.01, 0.05, 0.25, 0.6, 1.0)

/** Losses of different laws, some of them tied. */
private fun Random.losses(n: Int): DoubleArray {
  val kind = nextInt(4)
  return DoubleArray(n) {
    when (kind) {
      0 -> -ln(nextDouble(1e-9, 1.0))
      1 -> nextInt(3).toDouble()
      2 -> exp(nextDouble(-9.0, 2.0))
      else -> nextDouble(-1.0, 1.0)
    }
  }
}

class HolisticRiskTest :
  FunSpec({
    for (order in EventOrder.entries) {
      test("$order: the value is the least of a dual that knows nothing of the method") {
        val random = Random(11)
        repeat(120) {
          val losses = random.losses(random.nextInt(1, 12))
          val (alpha, r) = SHARES.random(random) to RADII.random(random)
          val worst = losses.max() + if (random.nextBoolean()) 0.0 else random.nextDouble(0.1, 3.0)
          val found = HolisticRisk(alpha, r).with(order).withWorst(worst).of(*losses)
          val dual =
            if (order == EventOrder.SAMPLE_THEN_CORRUPT) dualSampledFirst(losses, alpha, r, worst)
            else dualCorruptedFirst(losses, alpha, r, worst)
          val scale = max(1e-6, worst - losses.min())
          found.value shouldBeLessThanOrEqual dual + 1e-9 * scale
          found.value shouldBeGreaterThanOrEqual dual - 2e-5 * scale
        }
      }

      test("$order: weights are a law, the value is its mean, and the gradient is the weights") {
        val random = Random(12)
        repeat(200) {
          val losses =
            random.losses(random.nextInt(2, 40)).apply {
              indices.forEach { i ->
                // No ties: there the risk has no gradient.
                this[i] += 1e-3 * i
              }
            }
          val risk =
            HolisticRisk(SHARES.random(random), RADII.random(random)).with(order).let {
              if (random.nextBoolean()) it else it.withWorst(losses.max() + 1)
            }
          val found = risk.of(*losses)
          (found.weights.sum() + found.extraWeight) shouldBe (1.0 plusOrMinus 1e-12)
          found.weights.min() shouldBeGreaterThanOrEqual 0.0
          val worst = if (risk.worst.isPresent) risk.worst.asDouble else losses.max()
          val mean =
            losses.indices.sumOf { found.weights[it] * losses[it] } + found.extraWeight * worst
          mean shouldBe (found.value plusOrMinus 1e-11)
          val i = random.nextInt(losses.size)
          fun moved(by: Double) = risk.of(*losses.copyOf().also { it[i] += by }).value
          (moved(1e-6) - moved(-1e-6)) / 2e-6 shouldBe (found.weights[i] plusOrMinus 2e-4)
        }
      }

      test("$order: the risk rises with alpha, with r and with the worst loss") {
        val random = Random(13)
        repeat(100) {
          val losses = random.losses(random.nextInt(1, 30))
          val worst = losses.max() + 0.5
          fun risk(alpha: Double, r: Double, top: Double) =
            HolisticRisk(alpha, r).with(order).withWorst(top).of(*losses).value
          for (r in listOf(0.0) + RADII) SHARES.map { risk(it, r, worst) }
            .zipWithNext { a, b -> b shouldBeGreaterThanOrEqual a - 1e-12 }
          for (alpha in SHARES) (listOf(0.0) + RADII)
            .map { risk(alpha, it, worst) }
            .zipWithNext { a, b -> b shouldBeGreaterThanOrEqual a - 1e-12 }
          risk(0.05, 0.1, worst + 1) shouldBeGreaterThan risk(0.05, 0.1, worst)
        }
      }

      test("$order: without alpha and r it is the mean, with alpha 1 the worst loss") {
        val losses = doubleArrayOf(0.5, 3.0, 1.0, 1.0)
        val mean = HolisticRisk(0.0, 0.0).with(order).of(*losses)
        mean.value shouldBe (1.375 plusOrMinus 1e-15)
        mean.weights.toList() shouldBe List(4) { 0.25 }
        val all = HolisticRisk(1.0, 0.3).with(order).of(*losses)
        all.value shouldBe 3.0
        all.weights.toList() shouldBe listOf(0.0, 1.0, 0.0, 0.0)
        HolisticRisk(1.0, 0.3).with(order).withWorst(4.0).of(*losses).extraWeight shouldBe 1.0
      }

      test("$order: r = 0 trims alpha from below") {
        val losses = doubleArrayOf(1.0, 2.0, 3.0, 4.0)
        val risk = HolisticRisk(0.375, 0.0).with(order).of(*losses)
        // 0.375 leaves the 1 (0.25) and half of the 2 (0.125) for the worst, 4.
        risk.value shouldBe (0.125 * 2 + 0.25 * 3 + 0.25 * 4 + 0.375 * 4 plusOrMinus 1e-14)
        val weights = listOf(0.0, 0.125, 0.25, 0.625)
        weights.indices.forEach { risk.weights[it] shouldBe (weights[it] plusOrMinus 1e-14) }
      }

      test("$order: equal losses below the worst move towards it by 1 - exp(-r)") {
        val risk = HolisticRisk(0.0, 0.2).with(order).withWorst(3.0).of(1.0, 1.0, 1.0)
        risk.value shouldBe (1 + 2 * (1 - exp(-0.2)) plusOrMinus 1e-14)
      }

      test("$order: tied losses have equal weights, and one loss has all of it") {
        val risk = HolisticRisk(0.3, 0.1).with(order)
        val tied = risk.of(0.2, 0.9, 0.2, 0.2, 0.5, 0.9).weights
        setOf(tied[0], tied[2], tied[3]).size shouldBe 1
        tied[1] shouldBe tied[5]
        risk.of(7.0).weights.toList() shouldBe listOf(1.0)
        risk.of(2.0, 2.0).weights.toList() shouldBe listOf(0.5, 0.5)
      }

      test("$order: scaling and shifting losses scales and shifts the risk, from 1e-150 to 1e150") {
        val losses = doubleArrayOf(0.25, 0.5, 2.0, 1.0, 0.125)
        val risk = HolisticRisk(0.1, 0.05).with(order)
        val plain = risk.of(*losses)
        for (scale in listOf(1e-150, 1e-9, 1e9, 1e150)) {
          val scaled = risk.of(*DoubleArray(5) { losses[it] * scale })
          scaled.value / scale shouldBe (plain.value plusOrMinus 1e-12)
        }
        risk.of(*DoubleArray(5) { losses[it] + 1000 }).value shouldBe
          (plain.value + 1000 plusOrMinus 1e-9)
      }
    }

    test("no random batch is given up, with any settings") {
      val random = Random(14)
      repeat(100_000) {
        val losses = random.losses(random.nextInt(1, 24))
        val alpha = if (random.nextInt(5) == 0) 0.0 else random.nextDouble()
        val r = if (random.nextInt(5) == 0) 0.0 else exp(random.nextDouble(-14.0, 3.0))
        val order = EventOrder.entries.random(random)
        val found = HolisticRisk(alpha, r).with(order).of(*losses)
        check(abs(found.weights.sum() - 1) < 1e-10 && found.weights.min() >= 0)
        val mean = losses.average()
        check(found.value >= mean - 1e-9 * abs(mean) && found.value <= losses.max() + 1e-12)
      }
    }

    test("the weights of 0/1 losses are those of the inverse divergence") {
      for ((errors, alpha, r) in
        listOf(Triple(3, 0.05, 0.01), Triple(0, 0.1, 0.2), Triple(40, 0.0, 0.05))) {
        val losses = DoubleArray(100) { if (it < errors) 1.0 else 0.0 }
        val risk = HolisticRisk(alpha, r).withWorst(1.0)
        risk.of(*losses).value shouldBe
          (HeldOutBound.inverse(errors / 100.0 + alpha, r) plusOrMinus 1e-9)
        risk.with(EventOrder.CORRUPT_THEN_SAMPLE).of(*losses).value shouldBe
          (min(1.0, HeldOutBound.inverse(errors / 100.0, r) + alpha) plusOrMinus 1e-9)
      }
    }

    test("weights of single precision are those of the same numbers") {
      val single = floatArrayOf(0.5f, 0.25f, 3f)
      HolisticWeights.of(single, 0.1, 0.1).weights.toList() shouldBe
        HolisticWeights.of(doubleArrayOf(0.5, 0.25, 3.0), 0.1, 0.1).weights.toList()
    }

    for ((what, call, found) in
      listOf<Triple<String, () -> Any, String>>(
        Triple("alpha below 0", { HolisticRisk(-0.1, 0.0) }, "alpha is -0.1"),
        Triple("alpha above 1", { HolisticRisk(1.5, 0.0) }, "alpha is 1.5"),
        Triple("alpha that is no number", { HolisticRisk(Double.NaN, 0.0) }, "alpha is NaN"),
        Triple("r below 0", { HolisticRisk(0.0, -1.0) }, "r is -1.0"),
        Triple("infinite r", { HolisticRisk(0.0, Double.POSITIVE_INFINITY) }, "r is Infinity"),
        Triple("no losses", { HolisticRisk(0.0, 0.0).of() }, "there are no losses"),
        Triple(
          "a loss that is NaN",
          { HolisticRisk(0.0, 0.0).of(1.0, Double.NaN) },
          "loss 1 is NaN",
        ),
        Triple(
          "an infinite loss",
          { HolisticRisk(0.1, 0.1).of(Double.POSITIVE_INFINITY) },
          "loss 0 is Infinity",
        ),
        Triple(
          "a worst loss below a loss",
          { HolisticRisk(0.1, 0.1).withWorst(2.0).of(1.0, 2.5) },
          "loss 1 is 2.5, above the worst that is possible, 2.0",
        ),
        Triple(
          "more errors than samples",
          { HeldOutBound.of(3, 2, 0.0, 0.1, EventOrder.SAMPLE_THEN_CORRUPT) },
          "3 errors among 2 samples",
        ),
        Triple(
          "delta 0",
          { HeldOutBound.of(1, 2, 0.0, 0.0, EventOrder.SAMPLE_THEN_CORRUPT) },
          "delta is 0.0",
        ),
      )) {
      test("$what is refused, with the value") {
        shouldThrow<EvidenceException> { call() }.message shouldContain found
      }
    }
  })
