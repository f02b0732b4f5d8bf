package org.glacis.runtime.lower

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.goldenTests
import org.glacis.runtime.program.Contraction
import org.glacis.runtime.program.GroupSortOp
import org.glacis.runtime.program.L2NormPoolOp
import org.glacis.runtime.program.MaxMinOp
import org.glacis.spec.Shape
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.TFloat64

/** An array of a golden case. */
private class Given(json: JsonObject) {
  val shape = json.getValue("shape").jsonArray.map { it.jsonPrimitive.long }
  val data = json.getValue("data").jsonArray.map { it.jsonPrimitive.double }.toDoubleArray()

  fun constant(tf: Ops): Operand<TFloat64> =
    Element.FLOAT64.constant(tf, data, *shape.toLongArray())
}

/** Orthogonal matrices and contractions of Orthogonium and deel-torchlip. */
class GoldenOrthogonalizerTest :
  FunSpec({
    goldenTests("lipschitz.json") { golden ->
      for (case in golden.getValue("cases").jsonArray.map { it.jsonObject }) {
        val name = case.getValue("id").jsonPrimitive.content
        val meta = case.getValue("meta").jsonObject
        fun input(key: String) = Given(case.getValue("inputs").jsonObject.getValue(key).jsonObject)
        fun output(key: String) =
          Given(case.getValue("outputs").jsonObject.getValue(key).jsonObject).data

        fun contraction(make: (Shape) -> Contraction<TFloat64>) =
          test("$name with its gradient") {
            val x = input("x")
            val (y, gradient) =
              evaluate { tf ->
                val at = x.constant(tf)
                val y = make(Shape(x.shape.drop(1).map(Long::toInt))).apply(tf, at)
                val size = output("y").size
                // The gradient is that of sum_i y_i (i + 1) / n.
                val weights =
                  Element.FLOAT64.constant(
                    tf,
                    DoubleArray(size) { (it + 1.0) / size },
                    size.toLong(),
                  )
                val flat = tf.reshape(y, tf.constant(intArrayOf(-1)))
                val sum = tf.reduceSum(tf.math.mul(flat, weights), tf.constant(0))
                listOf(y, tf.gradients(sum, listOf(at)).dy(0))
              }
            difference(y, output("y")) shouldBeLessThan 1e-9
            difference(gradient, output("grad")) shouldBeLessThan 1e-9
          }

        val layout = meta["layout"]?.jsonPrimitive?.content.orEmpty()
        if (layout.startsWith("NCHW")) continue // the same as NC, with the channels elsewhere
        when (case.getValue("op").jsonPrimitive.content) {
          "bjorck" ->
            test("Björck: $name") {
              val found = evaluate { tf ->
                listOf(
                  Orthogonalizer(tf, Element.FLOAT64)
                    .bjorck(
                      input("W").constant(tf),
                      meta.getValue("beta").jsonPrimitive.double,
                      meta.getValue("iterations").jsonPrimitive.int,
                    )
                )
              }
              difference(found[0], output("W_out")) shouldBeLessThan 1e-9
            }
          "bjorck_gradient" ->
            test("the gradient of Björck: $name") {
              val found = evaluate { tf ->
                val w = input("W").constant(tf)
                val matrix =
                  Orthogonalizer(tf, Element.FLOAT64)
                    .bjorck(
                      w,
                      meta.getValue("beta").jsonPrimitive.double,
                      meta.getValue("iterations").jsonPrimitive.int,
                    )
                val sum =
                  tf.reduceSum(
                    tf.math.mul(matrix, input("G").constant(tf)),
                    tf.constant(intArrayOf(0, 1)),
                  )
                listOf(tf.gradients(sum, listOf(w)).dy(0))
              }
              difference(found[0], output("grad")) shouldBeLessThan 1e-9
            }
          "group_sort" ->
            contraction { GroupSortOp(meta.getValue("group_size").jsonPrimitive.int, it) }
          "full_sort" -> contraction { GroupSortOp(it[it.rank - 1], it) }
          "maxmin_halves" -> contraction { MaxMinOp(it[it.rank - 1], it.rank) }
          "scaled_l2norm_pool" -> contraction { L2NormPoolOp(Element.FLOAT64, 2) }
        }
      }
    }
  })
