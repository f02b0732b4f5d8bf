package org.glacis.runtime.bound

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.shouldBeLessThan
import kotlin.math.exp
import kotlin.math.ln
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import org.glacis.runtime.graph.Element
import org.glacis.runtime.loss.EPSILON_FACTOR
import org.glacis.runtime.loss.LossLowerings
import org.glacis.runtime.loss.NetworkPasses
import org.glacis.runtime.loss.crownMargins
import org.glacis.runtime.loss.othersOf
import org.glacis.runtime.oracle.GoldenBounds
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.evaluateOne
import org.glacis.runtime.oracle.goldenTests
import org.glacis.runtime.oracle.graph
import org.glacis.spec.CrownIbp
import org.glacis.spec.DataRange
import org.tensorflow.types.family.TFloating

/** Margins by CROWN-IBP of auto_LiRPA. */
class GoldenCrownTest :
  FunSpec({
    goldenTests("ibp.json") { golden ->
      val nets = golden.getValue("nets").jsonObject
      val cases =
        golden.getValue("bounds").jsonObject.getValue("cases").jsonArray.map {
          GoldenBounds(nets, it.jsonObject)
        }

      fun missing(case: GoldenBounds): List<String> {
        var found = listOf<String>()
        evaluateOne { tf ->
          found = LinearPass.missing(NetworkPasses(tf, Element.FLOAT64, case).program)
          Element.FLOAT64.constant(tf, 0.0)
        }
        return found
      }

      test("only the network with max pooling has an operation without linear bounds") {
        cases.filter { missing(it).isNotEmpty() }.map { it.name } shouldContainExactly
          listOf("maxpool_eps0.03125")
      }

      fun <T : TFloating> check(case: GoldenBounds, element: Element<T>, tolerance: Double) {
        val (margins, mixed) =
          evaluate { tf ->
            val inputs = NetworkPasses(tf, element, case).inputs()
            listOf(crownMargins(inputs), LossLowerings.lower(CrownIbp(mixing = true), inputs))
          }
        val crown = case.numbers("crown_ibp_margins")
        difference(othersOf(margins, case.labels), crown) shouldBeLessThan tolerance
        val blended =
          crown.zip(case.numbers("ibp_margins")) { linear, interval ->
            (1 - EPSILON_FACTOR) * linear + EPSILON_FACTOR * interval
          }
        val loss =
          blended
            .chunked(blended.size / case.labels.size)
            .map { row -> ln(1 + row.sumOf { exp(-it) }) }
            .average()
        difference(mixed, doubleArrayOf(loss)) shouldBeLessThan tolerance
      }

      for (case in cases.filter { "maxpool" !in it.name }) {
        test("${case.name}: CROWN-IBP margins and their mixture in float64") {
          check(case, Element.FLOAT64, 1e-9)
        }

        test("${case.name}: outward CROWN-IBP margins are proofs within the golden tolerance") {
          val size = case.network.model.input.size
          val outputs = case.network.model.output.size
          val least =
            case
              .numbers("crown_ibp_margins")
              .toList()
              .chunked(outputs - 1) { it.min() }
              .toDoubleArray()
          case.network.graph(DataRange.UNIT, outward = true).use {
            val batch = batchOf(case.inputs, case.labels, outputs)
            val margins = it.linearMargins(batch, DoubleArray(size) { case.epsilon })
            difference(margins, least) shouldBeLessThan 1e-9
          }
        }

        test("${case.name}: CROWN-IBP margins and their mixture in float32") {
          check(case, Element.FLOAT32, 2e-5)
        }
      }
    }
  })
