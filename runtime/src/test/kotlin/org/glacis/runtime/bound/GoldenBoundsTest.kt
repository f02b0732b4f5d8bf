package org.glacis.runtime.bound

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.core.test.Enabled
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.Golden
import org.glacis.runtime.oracle.GoldenBounds
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.flatten
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.program.Elementwise
import org.glacis.runtime.program.ForwardPass
import org.glacis.spec.DataRange
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.family.TFloating

/**
 * Everything golden of one case, computed here: logits, boxes, margins, boxes before activations.
 */
private fun <T : TFloating> computed(case: GoldenBounds, element: Element<T>): List<DoubleArray> =
  evaluate { tf: Ops ->
    val program = case.network.lowered(tf, element)
    val input = case.network.model.input
    val outputs = case.network.model.output.size
    val count = case.labels.size
    val x = element.constant(tf, case.inputs.flatten(), count.toLong(), *input.toArray().longs())
    val labels =
      element.constant(
        tf,
        batchOf(case.inputs, case.labels, outputs).truth,
        count.toLong(),
        outputs.toLong(),
      )
    val rounding = Rounding.ignored(element)
    val epsilon = element.constant(tf, case.epsilon)
    val box = Box.around(tf, element, x, epsilon, DataRange.UNIT, rounding)
    val bounds = IntervalPass().bounds(tf, program, box, rounding)
    val activations = program.nodes.filter { it.operation is Elementwise<*> }
    listOf<Operand<T>>(
      ForwardPass.output(tf, "forward", program, x),
      bounds.output().lower(tf),
      bounds.output().upper(tf),
      Margins.elided(tf, element, bounds, labels),
      Margins.ofBox(tf, element, bounds, labels),
    ) +
      activations.flatMap {
        val entering = bounds.values[it.input()]
        listOf(entering.lower(tf), entering.upper(tf))
      }
  }

private fun IntArray.longs() = LongArray(size) { this[it].toLong() }

/** Margins over the other classes, in rising order, from a row for each sample with all of them. */
private fun withoutLabels(margins: DoubleArray, labels: IntArray): DoubleArray {
  val classes = margins.size / labels.size
  return labels
    .flatMapIndexed { i, y ->
      (0 until classes).filter { it != y }.map { margins[i * classes + it] }
    }
    .toDoubleArray()
}

class GoldenBoundsTest :
  FunSpec({
    val kept = Golden.kept("interval-bounds.json").jsonObject
    val cases =
      kept.getValue("cases").jsonArray.map {
        GoldenBounds(kept.getValue("nets").jsonObject, it.jsonObject)
      }

    fun check(case: GoldenBounds, values: List<DoubleArray>, tolerance: Double) {
      val named =
        listOf(
          "logits" to values[0],
          "ibp_logits_lb" to values[1],
          "ibp_logits_ub" to values[2],
          "ibp_margins" to withoutLabels(values[3], case.labels),
          "ibp_margins_no_elision" to withoutLabels(values[4], case.labels),
        )
      for ((name, actual) in named) {
        withClue(name) { difference(actual, case.numbers(name)) shouldBeLessThan tolerance }
      }
      val preactivations = case.preactivations()
      values.drop(5) shouldHaveSize 2 * preactivations.size
      preactivations.forEachIndexed { i, (lower, upper) ->
        withClue("activation $i") {
          difference(values[5 + 2 * i], lower) shouldBeLessThan tolerance
          difference(values[6 + 2 * i], upper) shouldBeLessThan tolerance
        }
      }
    }

    test("the nine interval cases of auto_LiRPA are there") { cases shouldHaveSize 9 }

    for (case in cases) {
      test("${case.name} equals auto_LiRPA in float64") {
        check(case, computed(case, Element.FLOAT64), 1e-9)
      }

      test("${case.name} equals auto_LiRPA in float32") {
        check(case, computed(case, Element.FLOAT32), 2e-5)
      }
    }

    val whole = Golden.whole("ibp.json")
    test("the cases kept here are those of the golden file").config(
      enabledOrReasonIf = {
        if (whole == null) Enabled.disabled("no golden/ibp.json under -Dglacis.shared")
        else Enabled.enabled
      }
    ) {
      val theirs =
        whole!!
          .getValue("bounds")
          .jsonObject
          .getValue("cases")
          .jsonArray
          .map(JsonElement::jsonObject)
          .associateBy { it.getValue("name").jsonPrimitive.content }
      for (case in kept.getValue("cases").jsonArray.map(JsonElement::jsonObject)) {
        val name = case.getValue("name").jsonPrimitive.content
        JsonObject(theirs.getValue(name).filterKeys { it in case }) shouldBe case
      }
      val missing = theirs.keys - cases.map { it.name }.toSet()
      missing shouldBe setOf("conv_bn_eval_eps0.03125")
    }

    val normalised = "conv_bn_eval_eps0.03125"
    if (whole == null) {
      test("$normalised, needs the folder that -Dglacis.shared names").config(enabled = false) {}
    } else {
      val nets = whole.getValue("nets").jsonObject
      val case =
        whole
          .getValue("bounds")
          .jsonObject
          .getValue("cases")
          .jsonArray
          .map { GoldenBounds(nets, it.jsonObject) }
          .first { it.name == normalised }
      test("$normalised equals auto_LiRPA in float64") {
        check(case, computed(case, Element.FLOAT64), 1e-9)
      }

      test("$normalised equals auto_LiRPA in float32") {
        check(case, computed(case, Element.FLOAT32), 2e-5)
      }
    }
  })
