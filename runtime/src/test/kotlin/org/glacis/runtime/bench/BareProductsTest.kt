package org.glacis.runtime.bench

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.train.TOY_DATA
import org.glacis.runtime.train.TrainingProgram
import org.glacis.runtime.train.toy
import org.glacis.spec.Adam
import org.glacis.spec.Constant
import org.glacis.spec.MtlIbp
import org.glacis.spec.Pgd
import org.glacis.spec.TrainingSpec

class BareProductsTest :
  FunSpec({
    fun products(steps: Int): List<String> {
      val train = TrainingSpec(1, MtlIbp(0.5), Constant(1.0), Adam(0.01), attack = Pgd(steps, 0.5))
      TrainingProgram(toy(train = train), TOY_DATA.train(), ONE_THREAD, 0).use { program ->
        program.initialize()
        BareProducts(program.updates(0), 8, ONE_THREAD).use {
          it.run()
          return it.descriptions()
        }
      }
    }

    fun count(lines: List<String>) = lines.sumOf { it.substringBefore(" x ").toInt() }

    test("the steps of an attack count, written out or in a loop") {
      val counts = listOf(3, 4, 6, 9).associateWith { count(products(it)) }
      val each = counts.getValue(4) - counts.getValue(3)
      each shouldBeGreaterThan 0
      counts.getValue(6) shouldBe counts.getValue(4) + 2 * each
      counts.getValue(9) shouldBe counts.getValue(4) + 5 * each
    }

    test("products are told with their shapes") {
      // Four inputs and three classes; a batch of eight.
      products(1).any { Regex("\\d+ x MatMul \\[8, 4] \\[4, \\d+]").matches(it) } shouldBe true
    }
  })
