package org.glacis.runtime.attack

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import org.glacis.runtime.attack.AttackInputs.Region
import org.glacis.runtime.graph.Element
import org.glacis.runtime.loss.CrossEntropyLoss
import org.glacis.runtime.loss.NetworkPasses
import org.glacis.runtime.lower.Noise
import org.glacis.runtime.oracle.GoldenBounds
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.goldenTests
import org.glacis.runtime.program.ForwardPass
import org.glacis.spec.Pgd
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.TInt32
import org.tensorflow.types.family.TFloating

/** Random starts that another implementation drew. */
private class GivenNoise(tf: Ops, private val case: GoldenBounds) :
  Noise(tf.constant(intArrayOf(0, 0)), tf.constant(case.labels.size)) {
  override fun <T : TFloating> uniform(
    tf: Ops,
    element: Element<T>,
    place: String,
    shape: Operand<TInt32>,
  ): Operand<T> = tf.reshape(constant(tf, element), shape)

  private fun <T : TFloating> constant(tf: Ops, element: Element<T>): Operand<T> {
    val values = case.images("uniform_noise")
    return element.constant(tf, values, values.size.toLong())
  }
}

/** Attacks of expressive-losses, from its random starts. */
class GoldenAttackTest :
  FunSpec({
    goldenTests("ibp.json") { golden ->
      val nets = golden.getValue("nets").jsonObject

      fun <T : TFloating> check(case: GoldenBounds, element: Element<T>, tolerance: Double) {
        val values = evaluate { tf ->
          val passes = NetworkPasses(tf, element, case)
          val spec =
            Pgd(
              steps = case.number("n_steps").toInt(),
              stepSize = case.number("step_size_relative"),
            )
          val given =
            AttackInputs(
              tf,
              element,
              passes.program,
              passes.x,
              passes.truth,
              { passes.truth },
              Region(passes.box, null),
              GivenNoise(tf, case),
              false,
            )
          val points = AttackLowerings.points(spec, given)
          val logits = ForwardPass.output(tf, "found", passes.program, points)
          listOf(points, logits, CrossEntropyLoss.perSample(tf, element, logits, passes.truth))
        }
        withClue("adv_x") { difference(values[0], case.images("adv_x")) shouldBeLessThan tolerance }
        listOf("adv_logits", "adv_ce").forEachIndexed { i, key ->
          withClue(key) { difference(values[i + 1], case.numbers(key)) shouldBeLessThan tolerance }
        }
      }

      for (json in golden.getValue("attack").jsonObject.getValue("cases").jsonArray) {
        val case = GoldenBounds(nets, json.jsonObject)
        val steps = case.number("n_steps").toInt()
        test("the attack of $steps steps in float64") { check(case, Element.FLOAT64, 1e-9) }

        test("the attack of $steps steps in float32") { check(case, Element.FLOAT32, 2e-5) }
      }
    }
  })
