package org.glacis.runtime.graph

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import kotlin.random.Random
import org.glacis.runtime.bound.Interval
import org.glacis.runtime.bound.IntervalPass
import org.glacis.runtime.bound.Rounding
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.oracle.weights
import org.glacis.runtime.program.ForwardPass
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.Flatten
import org.glacis.spec.ModelSpec
import org.glacis.spec.Relu
import org.glacis.spec.Residual
import org.glacis.spec.Shape
import org.tensorflow.Graph
import org.tensorflow.op.core.Placeholder
import org.tensorflow.types.TFloat64

class NamesTest :
  FunSpec({
    test("operations of the passes are named after the layers that caused them") {
      val model =
        ModelSpec(
          Shape(4, 4, 1),
          listOf(
            Conv2d(1, 3),
            Residual(listOf(Conv2d(1, 3), Relu), listOf(Conv2d(1, 1))),
            Flatten,
            Dense(2),
          ),
        )
      val network = Network(model, Random(1).weights(model))
      Graph().use { graph ->
        val tf = ONE_THREAD.operations(graph)
        val program = network.lowered(tf, Element.FLOAT64)
        val x =
          tf.placeholder(
            TFloat64::class.java,
            Placeholder.shape(org.tensorflow.ndarray.Shape.of(-1, 4, 4, 1)),
          )
        ForwardPass.output(tf, "forward", program, x)
        val box = Interval.ofCorners(x, tf.math.add(x, x))
        IntervalPass().bounds(tf, program, box, Rounding.outward(Element.FLOAT64))
        val names = graph.toGraphDef().nodeList.map { it.name }
        val paths =
          listOf(
            "layers/0",
            "layers/1",
            "layers/1/layers/0",
            "layers/1/layers/1",
            "layers/1/shortcut/0",
            "layers/2",
            "layers/3",
          )
        for (pass in listOf("forward", "interval")) {
          for (path in paths) names.filter { it.startsWith("$pass/$path/") }.shouldNotBeEmpty()
        }
        // TensorFlow would number a scope that is opened twice.
        names.filter { it.contains(Regex("(forward|interval|layers)_\\d")) }.shouldBeEmpty()
      }
    }
  })
