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
import org.glacis.spec.CategoricalHinge
import org.glacis.spec.Constant
import org.glacis.spec.HingeMargin
import org.glacis.spec.Hkr
import org.glacis.spec.KantorovichRubinstein
import org.glacis.spec.LossSpec
import org.glacis.spec.LseHkr
import org.glacis.spec.MultiMargin
import org.glacis.spec.Outputs
import org.glacis.spec.SoftHkr
import org.glacis.spec.TemperatureCrossEntropy
import org.glacis.spec.alphaOfShare

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
      fun found(
        case: JsonObject,
        loss: LossSpec,
        kept: Map<String, Double> = mapOf(),
        factor: Double = 1.0,
      ): LossValue {
        val given = case.data("inputs", "logits")
        val logits = DoubleArray(given.size) { factor * given[it] }
        val labels = case.data("inputs", "labels")
        val classes = logits.size / labels.size
        val truth =
          DoubleArray(logits.size) {
            if (labels[it / classes].toInt() == it % classes) 1.0 else 0.0
          }
        val at = LossPoint(logits, logits, logits, logits, truth)
        return LossGraph(loss, labels.size, classes, kept).use { it.at(at) }
      }

      /** The same for one number of two classes, as [BinaryLogits] make two of it. */
      fun binary(case: JsonObject, loss: LossSpec): LossValue {
        val f = case.data("inputs", "f")
        val y = case.data("inputs", "y")
        val logits = DoubleArray(2 * f.size) { if (it % 2 == 0) -f[it / 2] / 2 else f[it / 2] / 2 }
        val truth = DoubleArray(2 * f.size) { if ((y[it / 2] > 0) == (it % 2 == 1)) 1.0 else 0.0 }
        val at = LossPoint(logits, logits, logits, logits, truth)
        val found = LossGraph(loss, f.size, 2).use { it.at(at) }
        // A number moves the second logit by half, and the first back.
        val gradient =
          DoubleArray(f.size) { (found.gradients[2 * it + 1] - found.gradients[2 * it]) / 2 }
        return LossValue(found.rank, found.loss, gradient, found.kept)
      }

      /** Compares what was found, times [scale], with the mean and its gradient. */
      fun compare(
        case: JsonObject,
        found: LossValue,
        scale: Double = 1.0,
        value: String = "mean",
        slope: String = "grad_mean",
        tolerance: Double = 1e-9,
      ) {
        withClue("value") {
          difference(
            doubleArrayOf(scale * found.loss),
            case.data("outputs", value),
          ) shouldBeLessThan tolerance
        }
        if (slope in case.getValue("outputs").jsonObject) {
          val expected = case.data("outputs", slope)
          withClue("gradient") {
            difference(
              DoubleArray(expected.size) { scale * found.gradients[it] },
              expected,
            ) shouldBeLessThan tolerance
          }
        }
      }

      for (case in cases) {
        val name = case.getValue("id").jsonPrimitive.content
        val meta = case.getValue("meta").jsonObject
        fun margin() = Constant(case.setting("min_margin"))
        when (val op = case.getValue("op").jsonPrimitive.content) {
          "kr_multiclass" ->
            test("KR: $name") { compare(case, found(case, KantorovichRubinstein()), -1.0) }
          "hinge_multiclass" ->
            test("hinge: $name") { compare(case, found(case, HingeMargin(margin()))) }
          "multi_margin" ->
            test("multi-margin: $name") { compare(case, found(case, MultiMargin(margin()))) }
          "categorical_hinge",
          "categorical_hinge_torchlip" ->
            test("categorical hinge: $name") {
              compare(case, found(case, CategoricalHinge(margin())))
            }
          "hkr_multiclass_deellip",
          "hkr_binary_deellip" -> {
            val alpha = meta.getValue("alpha").jsonPrimitive.content
            if (alpha.toDoubleOrNull()?.isFinite() == true)
              test("HKR with deel-lip's alpha: $name") {
                val weight = Constant(case.setting("alpha"))
                val found =
                  if (op == "hkr_binary_deellip")
                    binary(case, Hkr(weight, margin(), Outputs.BINARY))
                  else found(case, Hkr(weight, margin()))
                // deel-lip adds 1e-7 to the numbers of samples, of which a batch has 8.
                val kr = case.data("outputs", "kr_mean")[0]
                compare(case, found, tolerance = 1e-9 + 4e-7 * kotlin.math.abs(kr))
              }
          }
          "hkr_multiclass_convex",
          "hkr_binary_convex" -> {
            val share = case.setting("alpha")
            test("HKR with deel-torchlip's alpha, times 1 + alpha: $name") {
              val loss: (Outputs) -> LossSpec = {
                if (share == 1.0) HingeMargin(margin(), it)
                else Hkr(Constant(alphaOfShare(share)), margin(), it)
              }
              val found =
                if (op == "hkr_binary_convex") binary(case, loss(Outputs.BINARY))
                else found(case, loss(Outputs.MULTICLASS))
              compare(case, found, if (share == 1.0) 1.0 else 1 - share)
            }
          }
          "kr_binary" ->
            test("binary KR: $name") {
              compare(case, binary(case, KantorovichRubinstein(Outputs.BINARY)), -1.0)
            }
          "hinge_margin_binary" ->
            test("binary hinge: $name") {
              compare(case, binary(case, HingeMargin(margin(), Outputs.BINARY)))
            }
          "soft_hkr_multiclass" -> {
            val share = case.setting("alpha")
            if (share < 1)
              test("soft HKR, two steps with its running mean: $name") {
                val m = case.setting("min_margin")
                val loss =
                  SoftHkr(Constant(alphaOfShare(share)), margin(), case.setting("temperature"))
                // The peer keeps its running mean in float32.
                val first = found(case, loss)
                compare(case, first, 1 - share, "call1_mean", "grad_call1", 1e-6)
                difference(
                  doubleArrayOf(first.kept.getValue("size") + m),
                  case.data("outputs", "state_after1"),
                ) shouldBeLessThan 1e-6
                val second = found(case, loss, first.kept, 0.5)
                compare(case, second, 1 - share, "call2_mean", "", 1e-6)
                difference(
                  doubleArrayOf(second.kept.getValue("size") + m),
                  case.data("outputs", "state_after2"),
                ) shouldBeLessThan 1e-6
              }
          }
          "lse_hkr_multiclass" -> {
            // The peer keeps this share in float32.
            val share = case.setting("alpha").toFloat().toDouble()
            if (share < 1)
              test("LSE HKR: $name") {
                val loss =
                  LseHkr(
                    Constant(alphaOfShare(share)),
                    margin(),
                    case.setting("temperature"),
                    case.setting("penalty"),
                  )
                compare(case, found(case, loss), 1 - share)
              }
          }
          "tau_crossentropy" ->
            test("cross-entropy at a temperature: $name") {
              compare(case, found(case, TemperatureCrossEntropy(Constant(case.setting("tau")))))
            }
          "tau_bce_logits" ->
            test("binary cross-entropy at a temperature: $name") {
              compare(case, binary(case, TemperatureCrossEntropy(Constant(case.setting("tau")))))
            }
        }
      }
    }
  })
