package org.glacis.evidence.holistic

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.math.abs
import org.glacis.evidence.Json
import org.glacis.evidence.file.Fields

private val ORDERS =
  mapOf("HD" to EventOrder.SAMPLE_THEN_CORRUPT, "HR" to EventOrder.CORRUPT_THEN_SAMPLE)

/** Weights and bounds in 50 digits, or by nested roots whose duality gap is known. */
class GoldenHolisticTest :
  FunSpec({
    val file =
      System.getProperty("glacis.shared")
        ?.let { Path.of(it, "golden", "hr.json") }
        ?.takeIf(Files::isRegularFile)
    if (file == null)
      test("hr.json needs the folder that -Dglacis.shared names").config(enabled = false) {}
    else golden(Fields.of("golden", Json.parse(Files.readString(file), file.toString())))
  })

private fun FunSpec.golden(golden: Fields) {
  for (case in golden.objects("hr")) {
    test(case.text("id")) {
      val order = ORDERS.getValue(case.text("mode"))
      val plain = HolisticRisk(case.number("alpha"), case.number("r")).with(order)
      val worst = case.value("worst") as? Number
      val risk = if (worst == null) plain else plain.withWorst(worst.toDouble())
      val found = risk.of(*case.numbers("losses"))
      val value = case.number("value")
      abs(found.value - value) shouldBeLessThan 1e-9 * maxOf(1e-3, abs(value))
      val weights = case.numbers("weights")
      weights.indices.maxOf { abs(found.weights[it] - weights[it]) } shouldBeLessThan 1e-6
      abs(found.extraWeight - case.number("extra_weight")) shouldBeLessThan 1e-6
    }
  }
  for (case in golden.objects("certificate")) {
    test(case.text("id")) {
      fun bound(order: EventOrder) =
        HeldOutBound.of(
          case.number("errors").toLong(),
          case.number("n").toLong(),
          case.number("alpha"),
          case.number("delta"),
          order,
        )
      bound(EventOrder.SAMPLE_THEN_CORRUPT) shouldBe (case.number("hd_bound") plusOrMinus 1e-10)
      bound(EventOrder.CORRUPT_THEN_SAMPLE) shouldBe (case.number("hr_bound") plusOrMinus 1e-10)
    }
  }
}
