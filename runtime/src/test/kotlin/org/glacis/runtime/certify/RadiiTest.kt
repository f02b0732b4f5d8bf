package org.glacis.runtime.certify

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeMonotonicallyDecreasing
import io.kotest.matchers.collections.shouldHaveAtMostSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import kotlin.math.pow
import kotlin.random.Random

private fun rows(vararg radii: Double) =
  radii.mapIndexed { i, radius ->
    val verdict = if (radius.isNaN()) Verdict.MISCLASSIFIED else Verdict.CERTIFIED
    Certificate(i, 0.0, 0.0, verdict, "", Double.NaN, listOf(), radius)
  }

/** The integral of the staircase. */
private fun area(curve: List<Certifier.CurvePoint>) =
  curve.zipWithNext { a, b -> a.certified * (b.epsilon - a.epsilon) }.sum()

class RadiiTest :
  FunSpec({
    // Two of eight are wrong, one is right without a radius above 0.
    val eight = rows(0.5, Double.NaN, 0.25, 0.25, 0.0, 1.5, Double.NaN, 0.125)

    test("the mean counts samples that are decided wrongly as 0") {
      Radii.of(eight).mean() shouldBe 2.625 / 8
    }

    test("the curve falls at each radius, and holds in between") {
      Radii.of(eight).curve() shouldBe
        listOf(0.0 to 5, 0.125 to 4, 0.25 to 2, 0.5 to 1, 1.5 to 0).map { (radius, above) ->
          Certifier.CurvePoint(radius, above / 8.0, Double.NaN, 8)
        }
    }

    test("a radius proves nothing of the points at its own distance") {
      Radii.of(eight).shareAbove(0.25) shouldBe 2 / 8.0
      Radii.of(eight).shareAbove(0.2499) shouldBe 4 / 8.0
    }

    test("the area under the curve is the mean radius") {
      val random = Random(1)
      repeat(20) {
        val some = DoubleArray(200) { random.nextDouble().pow(3) }
        val radii = Radii.of(rows(*some, Double.NaN))
        area(radii.curve()) shouldBe (some.sum() / 201 plusOrMinus 1e-12)
      }
    }

    test("where no decision is right there is one point, 0 at 0") {
      Radii.of(rows(0.0, Double.NaN)).curve() shouldBe
        listOf(Certifier.CurvePoint(0.0, 0.0, Double.NaN, 2))
    }

    test("of many radii the curve never says more than is proved, and little less") {
      val random = Random(2)
      val many = DoubleArray(5000) { 3 * random.nextDouble() }
      val radii = Radii.of(rows(*many))
      val curve = radii.curve()
      curve shouldHaveAtMostSize 1002
      curve.map { it.certified }.shouldBeMonotonicallyDecreasing()
      curve.forEach { it.certified shouldBeLessThanOrEqual radii.shareAbove(it.epsilon) }
      area(curve).shouldBeBetween(radii.mean() - many.max() / 1000, radii.mean(), 1e-12)
    }
  })
