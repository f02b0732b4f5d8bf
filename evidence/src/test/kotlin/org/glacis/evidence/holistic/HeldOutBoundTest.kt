package org.glacis.evidence.holistic

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.comparables.shouldBeGreaterThanOrEqualTo
import io.kotest.matchers.comparables.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.math.BigDecimal
import java.math.MathContext
import java.util.SplittableRandom
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.sqrt
import kotlin.random.Random

private val DIGITS = MathContext(60)

private const val DRAWS = 1000

private fun exact(x: Double) = BigDecimal(x)

/** The natural logarithm in 50 digits or more: halves and doubles, then the series of artanh. */
private fun ln(x: BigDecimal): BigDecimal {
  val two = BigDecimal(2)
  fun series(m: BigDecimal): BigDecimal {
    val y = m.subtract(BigDecimal.ONE).divide(m.add(BigDecimal.ONE), DIGITS)
    var power = y
    var sum = y
    for (i in 3..91 step 2) {
      power = power.multiply(y, DIGITS).multiply(y, DIGITS)
      sum = sum.add(power.divide(BigDecimal(i), DIGITS), DIGITS)
    }
    return sum.multiply(two)
  }
  var rest = x
  var halvings = 0
  while (rest > BigDecimal("1.5")) rest = rest.divide(two, DIGITS).also { halvings++ }
  while (rest < BigDecimal("0.75")) rest = rest.multiply(two, DIGITS).also { halvings-- }
  return series(rest).add(series(two).multiply(BigDecimal(halvings)), DIGITS)
}

private fun divergence(e: BigDecimal, p: BigDecimal): BigDecimal {
  fun term(a: BigDecimal, b: BigDecimal) =
    if (a.signum() == 0) BigDecimal.ZERO else a.multiply(ln(a.divide(b, DIGITS)), DIGITS)
  return term(e, p).add(term(BigDecimal.ONE.subtract(e), BigDecimal.ONE.subtract(p)), DIGITS)
}

class HeldOutBoundTest :
  FunSpec({
    test("in 60 digits the bound is no lower than the inverse divergence, and hardly higher") {
      val random = Random(5)
      repeat(100) { round ->
        val n = exp(random.nextDouble(0.0, 23.0)).toLong() + 1
        val errors =
          when (round % 4) {
            0 -> 0L
            1 -> n - 1
            else -> random.nextLong(n)
          }
        val delta = exp(-random.nextDouble(0.0, 40.0))
        val bound = HeldOutBound.of(errors, n, 0.0, delta, EventOrder.SAMPLE_THEN_CORRUPT)
        val e = BigDecimal(errors).divide(BigDecimal(n), DIGITS)
        val radius = ln(exact(delta)).negate().divide(BigDecimal(n), DIGITS)
        withClue("$errors of $n, delta $delta: $bound") {
          if (bound < 1) {
            divergence(e, exact(bound)) shouldBeGreaterThanOrEqualTo radius
            val lower = exact(bound) - exact(1e-9).multiply(exact(bound) - e) - exact(4e-15)
            if (lower > e) divergence(e, lower) shouldBeLessThan radius
          } else {
            divergence(e, exact(1 - 1e-14)) shouldBeLessThan radius
          }
        }
      }
    }

    test("all errors give 1, and a bound is never above it") {
      for (order in EventOrder.entries) {
        HeldOutBound.of(7, 7, 0.0, 0.5, order) shouldBe 1.0
        HeldOutBound.of(3, 7, 1.0, 0.5, order) shouldBe 1.0
        HeldOutBound.of(0, 1, 0.0, Double.MIN_VALUE, order) shouldBeLessThanOrEqual 1.0
      }
    }

    test("without errors and corruption the bound is 1 - delta^(1/n)") {
      for (n in listOf(1L, 10L, 300L, 100_000L)) {
        val bound = HeldOutBound.of(0, n, 0.0, 0.05, EventOrder.CORRUPT_THEN_SAMPLE)
        abs(bound + Math.expm1(Math.log(0.05) / n)) shouldBeLessThanOrEqual 1e-14
      }
    }

    test(
      "more errors, more corruption and a smaller delta give a higher bound, more samples a lower"
    ) {
      for (order in EventOrder.entries) {
        fun bound(k: Long = 20, n: Long = 200, alpha: Double = 0.02, delta: Double = 0.05) =
          HeldOutBound.of(k, n, alpha, delta, order)
        bound(k = 21) shouldBeGreaterThanOrEqualTo bound() + 1e-3
        bound(alpha = 0.03) shouldBeGreaterThanOrEqualTo bound() + 1e-3
        bound(delta = 0.01) shouldBeGreaterThanOrEqualTo bound() + 1e-3
        bound(k = 40, n = 400) + 1e-3 shouldBeLessThan bound()
      }
    }

    // The adversary hides as many errors as it may: the worst that the hypotheses allow.
    context(
      "over 1,000 draws the bound fails at most delta + 3 sqrt(delta (1 - delta) / 1000) of the time:"
    ) {
      for (order in EventOrder.entries) for (n in listOf(50, 360, 10_000)) {
        for ((alpha, delta) in listOf(0.0 to 0.05, 0.0 to 0.01, 0.05 to 0.05, 0.1 to 0.01)) {
          test("$order, $n samples, alpha $alpha, delta $delta") {
            val random = SplittableRandom(1000L * n + (1000 * alpha + 100 * delta).toLong())
            val bounds = HashMap<Int, Double>()
            for (rate in listOf(0.01, 0.06, 0.1, 0.3, 0.5, 0.9)) {
              // The law that samples come from, and what happens to them then.
              val drawn =
                if (order == EventOrder.CORRUPT_THEN_SAMPLE) max(0.0, rate - alpha) else rate
              val hidden =
                if (order == EventOrder.SAMPLE_THEN_CORRUPT) floor(alpha * n).toInt() else 0
              var failures = 0
              var near = 0
              repeat(DRAWS) {
                var errors = 0
                repeat(n) { if (random.nextDouble() < drawn) errors++ }
                val seen = max(0, errors - hidden)
                val bound =
                  bounds.getOrPut(seen) {
                    HeldOutCertificate.of(seen, n, delta, alpha, order).errorBound
                  }
                if (bound < rate) failures++
                if (abs(bound - rate) <= 0.03) near++
              }
              withClue("rate $rate") {
                failures / DRAWS.toDouble() shouldBeLessThanOrEqual
                  delta + 3 * sqrt(delta * (1 - delta) / DRAWS)
                if (n == 10_000 && alpha == 0.0)
                  (near / DRAWS.toDouble()).shouldBeBetween(1 - delta, 1.0, 0.0)
              }
            }
          }
        }
      }
    }

    test("a bound for no corruption fails where there is some") {
      val random = SplittableRandom(3)
      var failures = 0
      repeat(DRAWS) {
        var errors = 0
        repeat(360) { if (random.nextDouble() < 0.3) errors++ }
        val bound =
          HeldOutBound.of(max(0L, errors - 36L), 360, 0.0, 0.05, EventOrder.SAMPLE_THEN_CORRUPT)
        if (bound < 0.3) failures++
      }
      (failures > DRAWS / 2) shouldBe true
    }
  })
