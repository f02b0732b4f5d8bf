package org.glacis.runtime.lower

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.random.Random
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.Matrix
import org.glacis.runtime.oracle.bjorck
import org.glacis.runtime.oracle.evaluate
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.TFloat64

private typealias Map2 = (Ops, Operand<TFloat64>) -> Operand<TFloat64>

private val WAYS: Map<String, Map2> =
  mapOf(
    "Björck" to { tf, w -> Orthogonalizer(tf, Element.FLOAT64).bjorck(w, 0.5, 12) },
    "QR" to { tf, w -> MatrixFactors(tf, Element.FLOAT64).qr(w) },
    "Cholesky" to { tf, w -> MatrixFactors(tf, Element.FLOAT64).cholesky(w) },
    "the exponential" to { tf, w -> MatrixFactors(tf, Element.FLOAT64).exponential(w, 12) },
  )

private val SHAPES = listOf(3 to 3, 6 to 2, 2 to 6, 5 to 3, 3 to 5, 1 to 4, 4 to 1)

/** Singular values between about 0.3 and 1. */
private fun Random.matrix(rows: Int, columns: Int): Matrix {
  val drawn = Matrix.of(rows, columns) { _, _ -> nextDouble(-1.0, 1.0) }
  return drawn.map { it / drawn.length() }
}

private fun Matrix.constant(tf: Ops) =
  Element.FLOAT64.constant(tf, values, rows.toLong(), columns.toLong())

class OrthogonalizerTest :
  FunSpec({
    for ((way, of) in WAYS) {
      test("the gradient of $way is what finite differences find, in each shape") {
        val random = Random(1)
        for ((rows, columns) in SHAPES) {
          val w = random.matrix(rows, columns)
          val weights = Matrix.of(rows, columns) { _, _ -> random.nextDouble(-1.0, 1.0) }
          fun sum(at: Matrix): Double {
            val y = evaluate { tf -> listOf(of(tf, at.constant(tf))) }[0]
            return y.indices.sumOf { y[it] * weights.values[it] }
          }
          val slope =
            evaluate { tf ->
              val at = w.constant(tf)
              val product = tf.math.mul(of(tf, at), weights.constant(tf))
              val total = tf.reduceSum(product, tf.constant(intArrayOf(0, 1)))
              listOf(tf.gradients(total, listOf(at)).dy(0))
            }[0]
          for (place in w.values.indices) {
            fun moved(by: Double) =
              Matrix(rows, columns, w.values.copyOf().also { it[place] += by })
            val step = 1e-5
            withClue("$rows x $columns at $place") {
              slope[place] shouldBe
                (((sum(moved(step)) - sum(moved(-step))) / (2 * step)) plusOrMinus 1e-6)
            }
          }
        }
      }
    }

    test("a narrow matrix takes the steps of Björck that each of its iterations takes") {
      val random = Random(2)
      for ((rows, columns) in listOf(12 to 3, 3 to 12, 8 to 4, 4 to 8, 9 to 1)) {
        for (iterations in 0..9) {
          for (beta in listOf(0.5, 0.25)) {
            val w = random.matrix(rows, columns)
            val found =
              evaluate { tf ->
                listOf(Orthogonalizer(tf, Element.FLOAT64).bjorck(w.constant(tf), beta, iterations))
              }[0]
            val expected = bjorck(w, beta, iterations)
            for (place in found.indices) {
              abs(found[place] - expected.values[place]) shouldBeLessThan 1e-11
            }
          }
        }
      }
    }
  })
