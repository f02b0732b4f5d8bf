package org.glacis.runtime.loss

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.bound.Box
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.GoldenBounds
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.goldenTests
import org.glacis.runtime.oracle.ints
import org.glacis.runtime.oracle.numbers
import org.glacis.spec.Adversarial
import org.glacis.spec.CcIbp
import org.glacis.spec.CrownIbp
import org.glacis.spec.DataRange
import org.glacis.spec.ExpIbp
import org.glacis.spec.IbpLoss
import org.glacis.spec.LossSpec
import org.glacis.spec.MtlIbp
import org.glacis.spec.Sabr
import org.tensorflow.types.family.TFloating

/** Margins over the other classes, in rising order of the class, from rows with all classes. */
fun othersOf(margins: DoubleArray, labels: IntArray): DoubleArray {
  val classes = margins.size / labels.size
  return margins.filterIndexed { at, _ -> at % classes != labels[at / classes] }.toDoubleArray()
}

/** Losses, margins and boxes that expressive-losses computed. */
class GoldenExpressiveTest :
  FunSpec({
    goldenTests("ibp.json") { golden ->
      val nets = golden.getValue("nets").jsonObject
      val losses = golden.getValue("losses").jsonObject
      val labels = losses.getValue("labels").ints()
      val classes = losses.getValue("logits").numbers().size / labels.size

      /** Boxes of logits whose margins are exactly [margins]; what the attack found is given. */
      fun pointOf(margins: JsonElement): LossPoint {
        val given = margins.numbers()
        val truth =
          DoubleArray(labels.size * classes) {
            if (labels[it / classes] == it % classes) 1.0 else 0.0
          }
        var next = 0
        val others = DoubleArray(truth.size) { if (truth[it] == 1.0) 0.0 else -given[next++] }
        return losses.getValue("adv_logits").numbers().let {
          LossPoint(it, it, others, others, truth)
        }
      }

      fun <T : TFloating> at(loss: LossSpec, margins: JsonElement, element: Element<T>): LossValue =
        LossGraph(loss, labels.size, classes, element).use { it.at(pointOf(margins)) }

      fun double(from: JsonObject, key: String) = from.getValue(key).jsonPrimitive.double

      infix fun DoubleArray.shouldDifferBy(limit: Pair<DoubleArray, Double>) {
        difference(this, limit.first) shouldBeLessThan limit.second
      }

      fun <T : TFloating> testsIn(element: Element<T>, tolerance: Double) {
        val precision = element.type().simpleName
        val lower = losses.getValue("margin_lower_bounds")

        fun check(loss: LossSpec, margins: JsonElement, expected: Double) =
          withClue("$loss") {
            doubleArrayOf(at(loss, margins, element).loss) shouldDifferBy
              (doubleArrayOf(expected) to tolerance)
          }

        test("interval, adversarial, CC-IBP, MTL-IBP and Exp-IBP at every alpha, in $precision") {
          check(IbpLoss(), lower, double(losses, "ibp_loss"))
          check(Adversarial(), lower, double(losses, "adv_loss"))
          val alphas = losses.getValue("alphas").jsonArray.map { it.jsonObject }
          alphas shouldHaveSize 7
          for (row in alphas) {
            val alpha = double(row, "alpha")
            check(CcIbp(alpha), lower, double(row, "ccibp"))
            check(MtlIbp(alpha), lower, double(row, "mtlibp"))
            check(ExpIbp(alpha), lower, double(row, "expibp"))
          }
        }

        test("large bounds, in $precision") {
          val large = losses.getValue("large_bounds").jsonObject
          check(IbpLoss(), large.getValue("margin_lower_bounds"), double(large, "ibp_loss"))
        }

        val blended = mapOf("ccibp" to CcIbp(0.1), "mtlibp" to MtlIbp(0.1), "expibp" to ExpIbp(0.1))
        for ((name, loss) in blended) {
          test("gradients of $name for bounds and adversarial logits, in $precision") {
            val expected = losses.getValue("grad_alpha0.1_$name").jsonObject
            val value = at(loss, lower, element)
            doubleArrayOf(value.loss) shouldDifferBy
              (doubleArrayOf(double(expected, "loss")) to tolerance)
            val size = labels.size * classes
            val (_, ofLogits, _, ofUpper) =
              List(4) { value.gradients.copyOfRange(it * size, it * size + size) }
            ofLogits shouldDifferBy (expected.getValue("d_adv_logits").numbers() to tolerance)
            // A margin is minus the upper bound of the other class.
            val ofMargins = othersOf(ofUpper, labels).map { -it }.toDoubleArray()
            ofMargins shouldDifferBy
              (expected.getValue("d_margin_lower_bounds").numbers() to tolerance)
          }
        }

        val small = losses.getValue("sabr").jsonObject.getValue("cases").jsonArray
        small.forEachIndexed { i, json ->
          val case = GoldenBounds(nets, json.jsonObject)
          val lambda = case.number("sabr_coeff")
          test("SABR ${i + 1} at ${case.epsilon} with lambda $lambda, in $precision") {
            val values = evaluate { tf ->
              val passes = NetworkPasses(tf, element, case, "adv_x")
              val inputs = passes.inputs()
              val box = ExpressiveLosses.smallBox(lambda, inputs)
              val part = Box.within(tf, element, box, DataRange.UNIT)
              val loss = LossLowerings.lower(Sabr(lambda), inputs)
              listOf(
                box.centre(tf),
                part.lower(tf),
                part.upper(tf),
                checkNotNull(inputs.marginsIfComputed()),
                loss,
              )
            }
            for ((key, at) in listOf("centre" to 0, "box_lb" to 1, "box_ub" to 2)) {
              withClue(key) { values[at] shouldDifferBy (case.images(key) to tolerance) }
            }
            val margins = othersOf(values[3], case.labels)
            margins shouldDifferBy (case.numbers("ibp_margins") to tolerance)
            values[4] shouldDifferBy (case.numbers("loss") to tolerance)
            margins.toList().chunked(margins.size / case.labels.size).count { it.min() < 0 } /
              case.labels.size.toDouble() shouldBe case.number("robust_error")
          }
        }

        val fused = losses.getValue("crown_ibp_loss_fusion").jsonObject.getValue("cases").jsonArray
        for (json in fused) {
          val case = GoldenBounds(nets, json.jsonObject)
          test("CROWN-IBP with loss fusion on ${case.name} at ${case.epsilon}, in $precision") {
            val values = evaluate { tf ->
              val inputs = NetworkPasses(tf, element, case).inputs()
              listOf(
                CrownIbpLoss.fusedPerSample(inputs),
                LossLowerings.lower(CrownIbp(mixing = false, fusion = true), inputs),
              )
            }
            values[0] shouldDifferBy
              (case.numbers("upper_bound_on_cross_entropy_per_sample") to tolerance)
            values[1] shouldDifferBy (case.numbers("loss_mean") to tolerance)
          }
        }
      }
      testsIn(Element.FLOAT64, 1e-9)
      testsIn(Element.FLOAT32, 2e-5)
    }
  })
