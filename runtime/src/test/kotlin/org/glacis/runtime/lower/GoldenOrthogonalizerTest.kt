package org.glacis.runtime.lower

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import kotlin.math.sqrt
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

/** What makes orthogonal matrices. */
private class Matrices(private val tf: Ops) {
  fun bjorck(w: Operand<TFloat64>, beta: Double, iterations: Int): Operand<TFloat64> =
    Orthogonalizer(tf, Element.FLOAT64).bjorck(w, beta, iterations)

  fun factors() = MatrixFactors(tf, Element.FLOAT64)
}

/** The gradient of the sum of `weights * matrix` by [w]. */
private fun slope(
  tf: Ops,
  w: Operand<TFloat64>,
  matrix: Operand<TFloat64>,
  weights: Operand<TFloat64>,
): Operand<TFloat64> {
  val sum = tf.reduceSum(tf.math.mul(matrix, weights), tf.constant(intArrayOf(0, 1)))
  return tf.gradients(sum, listOf(w)).dy(0)
}

/** After how many power iterations the vector moves by less than [eps], or [most]. */
private fun powerIterations(w: Given, start: Given, eps: Double, most: Int): Int {
  val columns = w.shape[1].toInt()
  val rows = w.shape[0].toInt()
  var u = start.data
  repeat(most) { done ->
    val v = DoubleArray(rows) { i -> (0 until columns).sumOf { u[it] * w.data[i * columns + it] } }
    val next =
      DoubleArray(columns) { j -> (0 until rows).sumOf { v[it] * w.data[it * columns + j] } }
    val length = sqrt(next.sumOf { it * it })
    val unit = DoubleArray(columns) { next[it] / length }
    val moved = sqrt(unit.indices.sumOf { (unit[it] - u[it]) * (unit[it] - u[it]) })
    u = unit
    if (moved < eps) return done + 1
  }
  return most
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

        fun matrix(what: String, of: Matrices.(Operand<TFloat64>) -> Operand<TFloat64>) =
          test("$what: $name") {
            val found = evaluate { tf -> listOf(Matrices(tf).of(input("W").constant(tf))) }
            difference(found[0], output("W_out")) shouldBeLessThan 1e-9
          }

        fun gradient(what: String, of: Matrices.(Operand<TFloat64>) -> Operand<TFloat64>) =
          test("the gradient of $what: $name") {
            val found = evaluate { tf ->
              val w = input("W").constant(tf)
              listOf(slope(tf, w, Matrices(tf).of(w), input("G").constant(tf)))
            }
            difference(found[0], output("grad")) shouldBeLessThan 1e-9
          }

        val layout = meta["layout"]?.jsonPrimitive?.content.orEmpty()
        if (layout.startsWith("NCHW")) continue // the same as NC, with the channels elsewhere
        when (case.getValue("op").jsonPrimitive.content) {
          "bjorck" ->
            matrix("Björck") {
              bjorck(
                it,
                meta.getValue("beta").jsonPrimitive.double,
                meta.getValue("iterations").jsonPrimitive.int,
              )
            }
          "bjorck_early_stop" ->
            // A peer stops after so many iterations; the value is theirs.
            matrix("Björck, as many iterations as until it stands still") {
              bjorck(
                it,
                meta.getValue("beta").jsonPrimitive.double,
                meta.getValue("iterations_done").jsonPrimitive.int,
              )
            }
          "bjorck_gradient" ->
            gradient("Björck") {
              bjorck(
                it,
                meta.getValue("beta").jsonPrimitive.double,
                meta.getValue("iterations").jsonPrimitive.int,
              )
            }
          "spectral_norm_power_iteration",
          "spectral_norm_power_iteration_deellip" ->
            test("division by the largest singular value: $name") {
              val eps = meta.getValue("eps").jsonPrimitive.double
              val most = meta.getValue("maxiter").jsonPrimitive.int
              val found = evaluate { tf ->
                val w = input("W").constant(tf)
                val orthogonalizer = Orthogonalizer(tf, Element.FLOAT64)
                val iterations = powerIterations(input("W"), input("u0"), eps, most)
                val normalized =
                  orthogonalizer.spectral(w, input("u0").constant(tf), iterations, eps)
                listOf(normalized.matrix(), normalized.vector())
              }
              difference(found[0], output("W_out")) shouldBeLessThan 1e-9
              difference(found[1], output("u")) shouldBeLessThan 1e-9
            }
          "qr_orthogonalization" -> matrix("QR") { factors().qr(it) }
          "cholesky_orthogonalization" -> matrix("Cholesky") { factors().cholesky(it) }
          "cholesky_orthogonalization_gradient" -> gradient("Cholesky") { factors().cholesky(it) }
          "exponential_orthogonalization" ->
            matrix("exponential") {
              factors().exponential(it, meta.getValue("niters").jsonPrimitive.int)
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
