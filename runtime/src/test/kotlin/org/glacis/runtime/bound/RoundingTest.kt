package org.glacis.runtime.bound

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.comparables.shouldBeGreaterThanOrEqualTo
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import java.math.BigDecimal
import kotlin.math.pow
import kotlin.random.Random
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Ball
import org.glacis.runtime.oracle.ExactBox
import org.glacis.runtime.oracle.ExactIntervals
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.ball
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.graph
import org.glacis.runtime.oracle.network
import org.glacis.runtime.oracle.row
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.Flatten
import org.glacis.spec.LeakyRelu
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.Relu
import org.glacis.spec.Reshape
import org.glacis.spec.Residual
import org.glacis.spec.Shape

/** Layers that decimals express without a rest. */
private val EXACT =
  setOf(
    Dense::class,
    Conv2d::class,
    MaxPool2d::class,
    Flatten::class,
    Reshape::class,
    Relu::class,
    LeakyRelu::class,
  )

/**
 * Weights that cancel: huge ones of few values, so that sums of them nearly vanish, and tiny ones.
 */
fun Random.cancelling(): Float =
  when (nextInt(4)) {
    0 -> (1e8 * (nextInt(-1, 2))).toFloat()
    1 -> (nextDouble(-1.0, 1.0) * 1e-8).toFloat()
    2 -> (1e8 * (1 + nextInt(-2, 3) * 2.0.pow(-23)) * (2 * nextInt(2) - 1)).toFloat()
    else -> nextDouble(-1.0, 1.0).toFloat()
  }

fun exactBox(ball: Ball, i: Int, clip: Boolean): ExactBox {
  val x = ball.inputs[i].map(::BigDecimal)
  val radius = x.indices.map { BigDecimal(ball.radiusOf(it)) }
  var lower = x.zip(radius, BigDecimal::subtract)
  var upper = x.zip(radius, BigDecimal::add)
  val range = ball.range
  if (clip && range != null) {
    lower = lower.zip(x) { l, at -> at.min(l.max(BigDecimal(range.least))) }
    upper = upper.zip(x) { u, at -> at.max(u.min(BigDecimal(range.most))) }
  }
  return ExactBox(lower, upper)
}

/** The outward bounds of [network] enclose the exact interval bounds, and margins are not above. */
fun shouldEncloseExactly(network: Network, ball: Ball, random: Random) {
  val outputs = network.model.output.size
  val labels = IntArray(ball.inputs.size) { random.nextInt(outputs) }
  val radius = DoubleArray(network.model.input.size) { ball.radiusOf(it) }
  network.graph(ball.range, outward = true).use { graph ->
    for (clip in listOf(true, false)) {
      val bounds = graph.bounds(batchOf(ball.inputs, labels, outputs), radius, clip)
      for (i in ball.inputs.indices) {
        val box = exactBox(ball, i, clip)
        val exact = ExactIntervals.of(network, box)
        val lower = bounds.lower().row(i, outputs)
        val upper = bounds.upper().row(i, outputs)
        withClue({ "$network\n$ball\ninput $i clipped $clip" }) {
          for (j in 0 until outputs) {
            BigDecimal(lower[j]) shouldBeLessThanOrEqualTo exact.lower[j]
            BigDecimal(upper[j]) shouldBeGreaterThanOrEqualTo exact.upper[j]
          }
          val others = (0 until outputs).filter { it != labels[i] }
          val least = others.minOf { exact.lower[labels[i]] - exact.upper[it] }
          BigDecimal(bounds.boxMargins()[i]) shouldBeLessThanOrEqualTo least
          val merged =
            ExactIntervals.beforeLast(network, box)?.let { (before, last) ->
              others.minOf {
                ExactIntervals.lowestDifference(last.rows[labels[i]], last.rows[it], before)
              }
            }
          BigDecimal(bounds.margins()[i]) shouldBeLessThanOrEqualTo (merged ?: least)
        }
      }
    }
  }
}

class RoundingTest :
  FunSpec({
    test("bounds enclose exact arithmetic on networks whose sums cancel") {
      repeat(60) { seed ->
        val random = Random(seed)
        val network = random.network(EXACT) { cancelling() }
        shouldEncloseExactly(network, random.ball(network.model.input.size), random)
      }
    }

    test("bounds enclose exact arithmetic through residual blocks") {
      repeat(15) { seed ->
        val random = Random(seed)
        val network =
          random.network(setOf(Dense::class, Relu::class, Residual::class)) { cancelling() }
        // Blocks draw any activation; those that decimals cannot express are left out.
        if (
          runCatching {
              ExactIntervals.of(network, exactBox(random.ball(network.model.input.size), 0, true))
            }
            .isSuccess
        )
          shouldEncloseExactly(network, random.ball(network.model.input.size), random)
      }
    }

    test("what rearranging loses does not pile up over many layers") {
      val layers =
        (0 until 40).map {
          if (it % 2 == 0) Relu else Reshape(if (it % 4 == 1) Shape(1, 40) else Shape(40))
        }
      repeat(2) { seed ->
        val random = Random(seed)
        val network = Network(ModelSpec(Shape(40), layers), Weights(emptyMap()))
        shouldEncloseExactly(network, random.ball(40), random)
      }
    }

    test("a margin of exactly zero is never positive") {
      // Two classes with one row of weights: f_0 - f_1 is 0 everywhere.
      val random = Random(0)
      repeat(10) {
        val rows = FloatArray(6) { random.cancelling() }
        val weights =
          Weights(
            mapOf(
              "layers/0/kernel" to
                Weights.Entry(intArrayOf(6, 2), FloatArray(12) { k -> rows[k / 2] }),
              "layers/0/bias" to Weights.Entry(intArrayOf(2), floatArrayOf(0.3f, 0.3f)),
            )
          )
        val network = Network(ModelSpec(Shape(6), listOf(Dense(2))), weights)
        shouldEncloseExactly(network, random.ball(6), random)
      }
    }
  })
