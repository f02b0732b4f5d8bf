package org.glacis.runtime.bound

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.property.Arb
import io.kotest.property.arbitrary.arbitrary
import io.kotest.property.checkAll
import kotlin.random.Random
import org.glacis.runtime.certify.NetworkGraph
import org.glacis.runtime.oracle.Ball
import org.glacis.runtime.oracle.Corners
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.ball
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.deviation
import org.glacis.runtime.oracle.flatten
import org.glacis.runtime.oracle.graph
import org.glacis.runtime.oracle.network
import org.glacis.runtime.oracle.row

/** A network, a perturbation and labels. */
class Case(val network: Network, val ball: Ball, val labels: IntArray, val random: Random) {
  val outputs = network.model.output.size
  val radius = DoubleArray(network.model.input.size) { ball.radiusOf(it) }

  fun bounds(graph: NetworkGraph<*>, clip: Boolean) =
    graph.bounds(batchOf(ball.inputs, labels, outputs), radius, clip)

  override fun toString(): String = "$network\n$ball\nlabels ${labels.contentToString()}"
}

private fun cases(): Arb<Case> = arbitrary {
  val random = Random(it.random.nextLong())
  val network = random.network()
  val ball = random.ball(network.model.input.size)
  val outputs = network.model.output.size
  Case(network, ball, IntArray(ball.inputs.size) { random.nextInt(outputs) }, random)
}

private fun least(logits: DoubleArray, label: Int): Double =
  logits.indices.filter { it != label }.minOf { logits[label] - logits[it] }

class BoundSoundnessTest :
  FunSpec({
    test("no point of the box escapes the bounds of 200 random networks") {
      checkAll(200, cases()) { case ->
        case.network.graph(case.ball.range, outward = true).use { graph ->
          for (clip in listOf(true, false)) {
            val bounds = case.bounds(graph, clip)
            for (i in case.ball.inputs.indices) {
              val lower = bounds.lower().row(i, case.outputs)
              val upper = bounds.upper().row(i, case.outputs)
              val box = case.ball.box(i, clip)
              val points = case.ball.samples(case.random, box, 20) + listOf(case.ball.inputs[i])
              val computed = graph.predict(points.flatten(), points.size)
              points.forEachIndexed { k, x ->
                withClue({ "$case\ninput $i clipped $clip at ${x.contentToString()}" }) {
                  val exact = case.network.oracle.forward(x)
                  deviation(computed.row(k, case.outputs), exact) shouldBeLessThan 1e-9
                  (exact in Corners(lower, upper)).shouldBeTrue()
                  val margin = least(exact, case.labels[i])
                  bounds.margins()[i] shouldBeLessThanOrEqual margin
                  bounds.boxMargins()[i] shouldBeLessThanOrEqual margin
                }
              }
              withClue({ "$case\ninput $i" }) {
                val scale = 1 + lower.maxOf(Math::abs) + upper.maxOf(Math::abs)
                bounds.margins()[i] shouldBeGreaterThanOrEqual
                  bounds.boxMargins()[i] - 1e-11 * scale
              }
            }
          }
        }
      }
    }

    test("bounds equal the oracle's; outward they contain them and are hardly wider") {
      checkAll(60, cases()) { case ->
        val plain = case.network.graph(case.ball.range, outward = false)
        val outward = case.network.graph(case.ball.range, outward = true)
        plain.use {
          outward.use {
            for (clip in listOf(true, false)) {
              val computed = case.bounds(plain, clip)
              val proved = case.bounds(outward, clip)
              for (i in case.ball.inputs.indices) {
                val exact = case.network.oracle.interval(case.ball.box(i, clip))
                val lower = proved.lower().row(i, case.outputs)
                val upper = proved.upper().row(i, case.outputs)
                withClue({ "$case\ninput $i clipped $clip" }) {
                  deviation(computed.lower().row(i, case.outputs), exact.lower) shouldBeLessThan
                    1e-9
                  deviation(computed.upper().row(i, case.outputs), exact.upper) shouldBeLessThan
                    1e-9
                  (exact.lower in Corners(lower, upper)).shouldBeTrue()
                  (exact.upper in Corners(lower, upper)).shouldBeTrue()
                  deviation(lower, exact.lower) shouldBeLessThan 1e-9
                  deviation(upper, exact.upper) shouldBeLessThan 1e-9
                }
              }
            }
          }
        }
      }
    }

    test("a box of radius 0 gives the outputs themselves") {
      checkAll(20, cases()) { case ->
        val still = DoubleArray(case.radius.size)
        case.network.graph(case.ball.range, outward = true).use { graph ->
          val batch = batchOf(case.ball.inputs, case.labels, case.outputs)
          val bounds = graph.bounds(batch, still, true)
          val outputs = case.ball.inputs.map(case.network.oracle::forward).flatten()
          deviation(bounds.lower(), outputs) shouldBeLessThan 1e-9
          deviation(bounds.upper(), outputs) shouldBeLessThan 1e-9
        }
      }
    }

    test("an input outside the data range is still one of the points of its clipped box") {
      checkAll(20, cases()) { case ->
        val outside =
          Ball(
            case.ball.inputs.map { x -> DoubleArray(x.size) { 1.5 * x[it] - 0.25 } },
            case.ball.radius,
            org.glacis.spec.DataRange.UNIT,
          )
        case.network.graph(outside.range, outward = true).use { graph ->
          val batch = batchOf(outside.inputs, case.labels, case.outputs)
          val bounds = graph.bounds(batch, case.radius, true)
          outside.inputs.forEachIndexed { i, x ->
            val box =
              Corners(bounds.lower().row(i, case.outputs), bounds.upper().row(i, case.outputs))
            outside.samples(case.random, outside.box(i, true), 5).plusElement(x).forEach {
              withClue({ "$case\ninput $i" }) {
                (case.network.oracle.forward(it) in box).shouldBeTrue()
              }
            }
          }
        }
      }
    }
  })
