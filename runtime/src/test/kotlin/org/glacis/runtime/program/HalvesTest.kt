package org.glacis.runtime.program

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import kotlin.random.Random
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.Interpreter
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.oracle.weights
import org.glacis.spec.Absolute
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.Flatten
import org.glacis.spec.LayerSpec
import org.glacis.spec.MaxMin
import org.glacis.spec.ModelSpec
import org.glacis.spec.Padding
import org.glacis.spec.Residual
import org.glacis.spec.ScaledAveragePool2d
import org.glacis.spec.ScaledL2NormPool2d
import org.glacis.spec.Shape
import org.glacis.spec.SpectralConv2d
import org.tensorflow.Graph

private val INPUT = Shape(6, 5, 2)

/** Networks, and how many of their convolutions compute their halves apart. */
private val NETWORKS: Map<List<LayerSpec>, Int> =
  mapOf(
    listOf(Conv2d(4, 3), MaxMin, ScaledL2NormPool2d(2), Flatten, Dense(3)) to 1,
    listOf(Conv2d(4, 3, bias = false), MaxMin, ScaledAveragePool2d(2), Flatten, Dense(3)) to 1,
    listOf(Conv2d(4, 2, 2, Padding.Valid), MaxMin, Flatten, Dense(3)) to 1,
    listOf(SpectralConv2d(6, 3), MaxMin, MaxMin, Absolute, Flatten, Dense(3)) to 1,
    listOf(
      SpectralConv2d(4, 3),
      MaxMin,
      ScaledL2NormPool2d(2),
      Conv2d(2, 3),
      MaxMin,
      ScaledAveragePool2d(1),
      Flatten,
      Dense(3),
    ) to 2,
    listOf(Conv2d(2, 3), Absolute, MaxMin, Flatten, Dense(3)) to 0,
    // The sum reads the convolution too.
    listOf(Conv2d(2, 3), Residual(listOf(MaxMin)), Flatten, Dense(3)) to 0,
    listOf(Residual(listOf(Conv2d(2, 3), MaxMin, ScaledL2NormPool2d(1))), Flatten, Dense(3)) to 1,
  )

class HalvesTest :
  FunSpec({
    for ((layers, apart) in NETWORKS) {
      test("halves that are computed apart are those of the whole: $layers") {
        val random = Random(7)
        val model = ModelSpec(INPUT, layers)
        val network = Network(model, random.weights(model))
        repeat(3) {
          val x = DoubleArray(INPUT.size) { random.nextDouble(-1.0, 1.0) }
          val found =
            evaluate { tf ->
              val at = Element.FLOAT64.constant(tf, x, 1, 6, 5, 2)
              listOf(ForwardPass.output(tf, "forward", network.lowered(tf, Element.FLOAT64), at))
            }[0]
          difference(found, Interpreter(model, network.weights).forward(x)) shouldBeLessThan 1e-12
        }
        Graph().use { graph ->
          val tf = ONE_THREAD.operations(graph)
          val at = Element.FLOAT64.constant(tf, DoubleArray(INPUT.size), 1, 6, 5, 2)
          ForwardPass.output(tf, "forward", network.lowered(tf, Element.FLOAT64), at)
          val convolutions = graph.toGraphDef().nodeList.count { it.op == "Conv2D" }
          withClue("convolutions in the graph") {
            convolutions shouldBe layers.convolutions() + apart
            convolutions shouldBeGreaterThan 0
          }
        }
      }
    }
  })

private fun List<LayerSpec>.convolutions(): Int = sumOf {
  when (it) {
    is Conv2d,
    is SpectralConv2d -> 1
    is Residual -> it.branches.values.sumOf { branch -> branch.convolutions() }
    else -> 0
  }
}
