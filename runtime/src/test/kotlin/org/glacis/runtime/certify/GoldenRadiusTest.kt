package org.glacis.runtime.certify

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import kotlin.math.pow
import kotlin.math.sqrt
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.bound.LipschitzPass
import org.glacis.runtime.oracle.goldenTests

/** Radii of Orthogonium, deel-lip and LiResNet from the same outputs and constants. */
class GoldenRadiusTest :
  FunSpec({
    goldenTests("lipschitz.json") { golden ->
      for (case in golden.getValue("cases").jsonArray.map { it.jsonObject }) {
        val name = case.getValue("id").jsonPrimitive.content
        val meta = case.getValue("meta").jsonObject
        fun array(part: String, key: String): DoubleArray {
          val values = case.getValue(part).jsonObject.getValue(key) as JsonObject
          return values.getValue("data").jsonArray.map { it.jsonPrimitive.double }.toDoubleArray()
        }
        fun radii(constants: LipschitzPass.Constants): List<CertifiedRadius> {
          val f = array("inputs", "logits")
          return array("inputs", "labels").mapIndexed { i, label ->
            CertifiedRadius.of(constants, f, f, i * constants.outputs(), label.toInt())
          }
        }
        fun outputs() = array("inputs", "logits").size / array("inputs", "labels").size
        fun compare(found: List<Double>, expected: DoubleArray) =
          expected.forEachIndexed { i, radius ->
            // Where the peers have a negative radius the decision is wrong: nothing is proved.
            withClue("sample $i") { found[i] shouldBe (maxOf(0.0, radius) plusOrMinus 1e-9) }
          }

        when (case.getValue("op").jsonPrimitive.content) {
          "certified_radius_l2" ->
            test("radii: $name") {
              val l = meta.getValue("L").jsonPrimitive.double
              val found = radii(LipschitzPass.Constants(l, l, null, outputs()))
              val global = meta.getValue("last_layer_type").jsonPrimitive.content == "global"
              compare(
                found.map { if (global) it.global else it.perLogit },
                array("outputs", "radius"),
              )
            }
          "certified_radius_l2_pairwise" ->
            test("radii by pairs: $name") {
              val head = array("inputs", "head_weight")
              val outputs = outputs()
              val inputs = head.size / outputs
              val rows = DoubleArray(head.size) { head[(it % outputs) * inputs + it / outputs] }
              val body =
                case.getValue("inputs").jsonObject.getValue("L_backbone").jsonPrimitive.double
              val found =
                radii(LipschitzPass.Constants(Double.POSITIVE_INFINITY, body, rows, outputs))
              compare(found.map { it.pairwise }, array("outputs", "radius"))
              compare(found.map { it.targets.min() }, array("outputs", "radius"))
              val logits = array("inputs", "logits")
              array("inputs", "labels").forEachIndexed { i, label ->
                val y = label.toInt()
                for (t in (0 until outputs).filter { it != y }) {
                  val apart =
                    sqrt(
                      (0 until inputs).sumOf {
                        (head[y * inputs + it] - head[t * inputs + it]).pow(2)
                      }
                    )
                  val margin = logits[i * outputs + y] - logits[i * outputs + t]
                  withClue("sample $i towards $t") {
                    found[i].targets[t] shouldBe
                      (maxOf(0.0, margin / (body * apart)) plusOrMinus 1e-9)
                  }
                }
              }
            }
          "provable_metrics_deellip" ->
            test("mean radius: $name") {
              val disjoint = meta.getValue("disjoint_neurons").jsonPrimitive.content == "true"
              val l = meta.getValue("lip_const").jsonPrimitive.double
              val found = radii(LipschitzPass.Constants(l, l, null, outputs()))
              val mean = found.map { if (disjoint) it.perLogit else it.global }.average()
              val outputsOfCase = case.getValue("outputs").jsonObject
              val expected = outputsOfCase.getValue("provable_avg_robustness").jsonPrimitive.double
              mean shouldBe (expected plusOrMinus 1e-9)
              val epsilon = meta.getValue("epsilon").jsonPrimitive.double
              val share =
                found.count { (if (disjoint) it.perLogit else it.global) > epsilon } /
                  found.size.toDouble()
              share shouldBe
                (outputsOfCase.getValue("provable_robust_accuracy").jsonPrimitive.double plusOrMinus
                  1e-12)
            }
        }
      }
    }
  })
