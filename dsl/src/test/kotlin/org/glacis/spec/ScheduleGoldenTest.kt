package org.glacis.spec

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.core.test.Enabled
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long

/** The epsilon at each step as auto_LiRPA's schedulers give it. */
class ScheduleGoldenTest :
  FunSpec({
    test("schedules equal the golden vectors of sixty steps and fewer") {
      val text = ScheduleGoldenTest::class.java.getResource("epsilon-schedules.json")!!.readText()
      Json.parseToJsonElement(text).jsonObject.compare() shouldBe 204
    }

    val whole: Path? =
      System.getProperty("glacis.shared")
        ?.let { Path.of(it, "golden", "ibp.json") }
        ?.takeIf(Files::exists)
    test("schedules equal all golden vectors").config(
      enabledOrReasonIf = {
        if (whole == null) Enabled.disabled("no golden/ibp.json under -Dglacis.shared")
        else Enabled.enabled
      }
    ) {
      Json.parseToJsonElement(Files.readString(whole))
        .jsonObject
        .getValue("eps_schedules")
        .jsonObject
        .compare() shouldBe 290
    }
  })

/** Compares every value to 1e-12 of the largest; how many there were. */
private fun JsonObject.compare(): Int =
  getValue("cases")
    .jsonArray
    .map { it.jsonObject }
    .sumOf { case ->
      val schedule = schedule(case)
      val most = case.getValue("max_eps").jsonPrimitive.double
      val perEpoch = case.getValue("batches_per_epoch").jsonPrimitive.int
      val all = case["eps_per_step_from_step0"]?.jsonArray
      val values = (all ?: case.getValue("eps_at_steps").jsonArray).map { it.jsonPrimitive.double }
      val steps =
        if (all != null) values.indices.map(Int::toLong)
        else case.getValue("steps").jsonArray.map { it.jsonPrimitive.long }
      steps.zip(values).forEach { (step, value) ->
        withClue("$schedule at step $step") {
          schedule.value(step, perEpoch) * most shouldBe (value plusOrMinus 1e-12 * most)
        }
      }
      steps.size
    }

private fun schedule(case: JsonObject): ScheduleSpec {
  val (start, length) =
    Regex("""start=(\d+),length=(\d+)""")
      .find(case.getValue("opts").jsonPrimitive.content)!!
      .destructured
  return when (val kind = case.getValue("kind").jsonPrimitive.content) {
    "smoothed" -> Smoothed(start.toInt(), length.toInt())
    "linear" -> Linear(start.toInt(), length.toInt())
    else -> error("no schedule $kind")
  }
}
