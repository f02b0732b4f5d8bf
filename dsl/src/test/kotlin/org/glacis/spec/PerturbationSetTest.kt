package org.glacis.spec

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.dsl.l2
import org.glacis.dsl.linf
import org.glacis.dsl.range

class PerturbationSetTest :
  FunSpec({
    test("a set says its radius and its range") {
      linf(0.1).toString() shouldBe "linf(0.1) in [0.0, 1.0]"
      linf(listOf(0.0, 0.2), range(-1.0, 2.0)).toString() shouldBe "linf(up to 0.2) in [-1.0, 2.0]"
      l2(0.5, null).toString() shouldBe "l2(0.5) without limits"
    }

    test("a range has its ends and what is between them, and no NaN") {
      val range = range(-1.0, 2.0)
      listOf(-1.0, 0.0, 2.0).all { it in range } shouldBe true
      listOf(-1.001, 2.001, Double.NaN, Double.POSITIVE_INFINITY).none { it in range } shouldBe true
    }
  })
