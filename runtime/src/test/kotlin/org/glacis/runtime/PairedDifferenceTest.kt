package org.glacis.runtime

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import kotlin.math.PI
import kotlin.math.sqrt
import kotlin.math.tan

class PairedDifferenceTest :
  FunSpec({
    test("quantiles of Student's t are those of printed tables") {
      val table = mapOf(1 to 12.706, 2 to 4.303, 3 to 3.182, 4 to 2.776, 9 to 2.262, 30 to 2.042)
      for ((degrees, value) in table) {
        PairedDifference.student(degrees, 0.95) shouldBe (value plusOrMinus 5.1e-4)
      }
    }

    test("with one and two degrees of freedom they have closed forms") {
      for (p in listOf(0.5, 0.9, 0.99)) {
        PairedDifference.student(1, p) shouldBe (tan(PI * p / 2) plusOrMinus 1e-9)
        PairedDifference.student(2, p) shouldBe (p * sqrt(2 / (1 - p * p)) plusOrMinus 1e-9)
      }
    }

    test("differences are taken seed by seed") {
      val d = PairedDifference.of(listOf(5.0, 7.0, 9.0), listOf(4.0, 5.0, 6.0))
      d.mean shouldBe (2.0 plusOrMinus 1e-12)
      d.least shouldBe 1.0
      d.most shouldBe 3.0
      d.halfWidth shouldBe (4.30265 / sqrt(3.0) plusOrMinus 1e-4)
    }

    test("one seed has no interval") {
      PairedDifference.of(listOf(1.0), listOf(0.5)).halfWidth.isNaN() shouldBe true
    }
  })
