package org.glacis.runtime.loss

import io.kotest.core.spec.style.FunSpec
import io.kotest.core.test.Enabled
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.bound.Bounds
import org.glacis.runtime.bound.Interval
import org.glacis.runtime.bound.Margins
import org.glacis.runtime.bound.Rounding
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.Golden
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.evaluateOne
import org.glacis.runtime.oracle.ints
import org.glacis.runtime.oracle.numbers
import org.glacis.runtime.oracle.row
import org.glacis.runtime.program.Program
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.Shape
import org.tensorflow.op.Ops
import org.tensorflow.types.TFloat64

private fun oneHot(labels: IntArray, classes: Int) =
  DoubleArray(labels.size * classes) { if (labels[it / classes] == it % classes) 1.0 else 0.0 }

private fun matrix(tf: Ops, values: DoubleArray, rows: Int) =
  Element.FLOAT64.constant(tf, values, rows.toLong(), (values.size / rows).toLong())

/** Margins over the other classes as a row with a 0 at the label. */
private fun withLabels(margins: DoubleArray, labels: IntArray, classes: Int) =
  DoubleArray(labels.size * classes) {
    val y = labels[it / classes]
    val j = it % classes
    if (j == y) 0.0 else margins[it / classes * (classes - 1) + if (j < y) j else j - 1]
  }

class GoldenLossTest :
  FunSpec({
    val robust = Golden.kept("robust-cross-entropy.json").jsonArray.map { it.jsonObject }
    for (case in robust) {
      test("robust cross-entropy: ${case.getValue("id").jsonPrimitive.content}") {
        val labels = case.getValue("labels").ints()
        val lower = case.getValue("lower").numbers()
        val upper = case.getValue("upper").numbers()
        val classes = lower.size / labels.size
        val truth = oneHot(labels, classes)
        LossGraph(RobustCrossEntropy(), labels.size, classes).use { graph ->
          val value = graph.at(LossPoint(lower, lower, lower, upper, truth))
          value.loss shouldBe (case.getValue("mean").jsonPrimitive.double plusOrMinus 1e-12)
          difference(
            value.gradients,
            DoubleArray(2 * lower.size) +
              case.getValue("grad_lower_of_mean").numbers() +
              case.getValue("grad_upper_of_mean").numbers(),
          ) shouldBeLessThan 1e-12
        }
        LossGraph(RobustCrossEntropy(), 1, classes).use { graph ->
          val each =
            labels.indices.map {
              val low = lower.row(it, classes)
              graph
                .at(LossPoint(low, low, low, upper.row(it, classes), truth.row(it, classes)))
                .loss
            }
          difference(each.toDoubleArray(), case.getValue("per_sample").numbers()) shouldBeLessThan
            1e-12
        }
        val least = evaluateOne { tf ->
          val y = matrix(tf, truth, labels.size)
          val bounds =
            Bounds<TFloat64>(
              Program(Shape(classes), listOf(), 0),
              listOf(
                Interval.ofCorners(matrix(tf, lower, labels.size), matrix(tf, upper, labels.size))
              ),
              Rounding.outward(Element.FLOAT64),
            )
          val element = Element.FLOAT64
          Margins.least(tf, element, Margins.ofBox(tf, element, bounds, y), y)
        }
        least.map { it > 0 } shouldBe
          case.getValue("certified").jsonArray.map { it.jsonPrimitive.boolean }
      }
    }

    val losses = Golden.kept("interval-losses.json").jsonObject
    val labels = losses.getValue("labels").ints()
    val classes = losses.getValue("logits").numbers().size / labels.size

    /** The loss of each sample for lower bounds of its margins. */
    fun ofMargins(margins: JsonElement): DoubleArray = evaluateOne { tf ->
      CrossEntropyLoss.perSample(
        tf,
        Element.FLOAT64,
        tf.math.neg(matrix(tf, withLabels(margins.numbers(), labels, classes), labels.size)),
        matrix(tf, oneHot(labels, classes), labels.size),
      )
    }

    test("natural loss as expressive-losses has it") {
      val each = evaluateOne { tf ->
        CrossEntropyLoss.perSample(
          tf,
          Element.FLOAT64,
          matrix(tf, losses.getValue("logits").numbers(), labels.size),
          matrix(tf, oneHot(labels, classes), labels.size),
        )
      }
      each.average() shouldBe (losses.getValue("nat_loss").jsonPrimitive.double plusOrMinus 1e-12)
    }

    test("interval loss as expressive-losses has it") {
      val each = ofMargins(losses.getValue("margin_lower_bounds"))
      difference(each, losses.getValue("ibp_loss_per_sample").numbers()) shouldBeLessThan 1e-12
      each.average() shouldBe (losses.getValue("ibp_loss").jsonPrimitive.double plusOrMinus 1e-12)
    }

    test("bounds of hundreds, as they are at the start, do not overflow the interval loss") {
      val large = losses.getValue("large_bounds").jsonObject
      val each = ofMargins(large.getValue("margin_lower_bounds"))
      each.average() shouldBe (large.getValue("ibp_loss").jsonPrimitive.double plusOrMinus 1e-9)
    }

    val whole = Golden.whole("hr.json") to Golden.whole("ibp.json")
    test("the vectors kept here are those of the golden files").config(
      enabledOrReasonIf = {
        if (whole.first == null || whole.second == null)
          Enabled.disabled("no golden/hr.json and golden/ibp.json under -Dglacis.shared")
        else Enabled.enabled
      }
    ) {
      whole.first!!.getValue("robust_ce").jsonArray.toList() shouldBe robust
      val theirs = whole.second!!.getValue("losses").jsonObject
      JsonObject(theirs.filterKeys { it in losses }) shouldBe losses
    }
  })
