package org.glacis.runtime.loss

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.goldenTests
import org.glacis.spec.LossSpec
import org.glacis.spec.MulticlassHkr
import org.glacis.spec.TemperatureCrossEntropy

/** Losses of deel-lip and deel-torchlip on the outputs of a batch. */
class GoldenMarginLossTest :
  FunSpec({
    goldenTests("lipschitz.json") { golden ->
      val cases = golden.getValue("cases").jsonArray.map { it.jsonObject }

      fun JsonObject.data(part: String, key: String): DoubleArray {
        val value = getValue(part).jsonObject.getValue(key)
        return (value as? JsonObject)?.getValue("data")?.jsonArray?.let { numbers ->
          DoubleArray(numbers.size) { numbers[it].jsonPrimitive.double }
        } ?: doubleArrayOf(value.jsonPrimitive.double)
      }

      fun JsonObject.setting(key: String) =
        getValue("meta").jsonObject.getValue(key).jsonPrimitive.double

      /** Value and gradient with respect to the outputs. */
      fun found(case: JsonObject, loss: LossSpec): Pair<Double, DoubleArray> {
        val logits = case.data("inputs", "logits")
        val labels = case.data("inputs", "labels")
        val classes = logits.size / labels.size
        val truth =
          DoubleArray(logits.size) {
            if (labels[it / classes].toInt() == it % classes) 1.0 else 0.0
          }
        val at = LossPoint(logits, logits, logits, logits, truth)
        LossGraph(loss, labels.size, classes).use { graph ->
          val values = graph.at(at)
          return values.loss to values.gradients.copyOf(logits.size)
        }
      }

      for (case in cases) {
        val name = case.getValue("id").jsonPrimitive.content
        when (case.getValue("op").jsonPrimitive.content) {
          "hkr_multiclass_deellip" -> {
            val alpha = case.getValue("meta").jsonObject.getValue("alpha").jsonPrimitive.content
            if (alpha.toDoubleOrNull()?.isFinite() == true)
              test("HKR with deel-lip's alpha: $name") {
                val loss = MulticlassHkr(case.setting("alpha"), case.setting("min_margin"))
                val (value, _) = found(case, loss)
                // deel-lip adds 1e-7 to the numbers of samples, of which a batch has 8.
                val kr = case.data("outputs", "kr_mean")[0]
                difference(doubleArrayOf(value), case.data("outputs", "mean")) shouldBeLessThan
                  1e-9 + 4e-7 * kotlin.math.abs(kr)
              }
          }
          "hkr_multiclass_convex" -> {
            val share = case.setting("alpha")
            if (share < 1)
              test("HKR with deel-torchlip's alpha, times 1 + alpha: $name") {
                val alpha = share / (1 - share)
                val (value, gradient) =
                  found(case, MulticlassHkr(alpha, case.setting("min_margin")))
                withClue("value") {
                  difference(
                    doubleArrayOf(value * (1 - share)),
                    case.data("outputs", "mean"),
                  ) shouldBeLessThan 1e-9
                }
                withClue("gradient") {
                  difference(
                    DoubleArray(gradient.size) { gradient[it] * (1 - share) },
                    case.data("outputs", "grad_mean"),
                  ) shouldBeLessThan 1e-9
                }
              }
          }
          "tau_crossentropy" ->
            test("cross-entropy at a temperature: $name") {
              val (value, gradient) = found(case, TemperatureCrossEntropy(case.setting("tau")))
              difference(doubleArrayOf(value), case.data("outputs", "mean")) shouldBeLessThan 1e-9
              difference(gradient, case.data("outputs", "grad_mean")) shouldBeLessThan 1e-9
            }
        }
      }
    }
  })
