package org.glacis.runtime.oracle

import kotlin.math.sqrt
import org.glacis.spec.Bjorck

/** A matrix in plain doubles. */
class Matrix(val rows: Int, val columns: Int, val values: DoubleArray) {
  operator fun get(i: Int, j: Int): Double = values[i * columns + j]

  operator fun times(other: Matrix): Matrix =
    of(rows, other.columns) { i, j -> (0 until columns).sumOf { this[i, it] * other[it, j] } }

  fun transposed(): Matrix = of(columns, rows) { i, j -> this[j, i] }

  fun map(change: (Double) -> Double): Matrix = of(rows, columns) { i, j -> change(this[i, j]) }

  /** Of length 1, or of 0 as it is. */
  fun unit(): Matrix = length().let { size -> if (size == 0.0) this else map { it / size } }

  fun length(): Double = sqrt(values.sumOf { it * it })

  companion object {
    fun of(rows: Int, columns: Int, entry: (Int, Int) -> Double): Matrix =
      Matrix(rows, columns, DoubleArray(rows * columns) { entry(it / columns, it % columns) })
  }
}

/** Divided by what the power iteration from [vector] finds, plus 1e-3. */
fun spectral(free: Matrix, vector: Matrix, iterations: Int): Matrix {
  var u = vector.unit()
  repeat(iterations) { u = (u * free.transposed() * free).unit() }
  val largest = (u * free.transposed()).length() + 1e-3
  return free.map { it / largest }
}

/** `W <- (1 + beta) W - beta W W^T W`. */
fun bjorck(matrix: Matrix, beta: Double, iterations: Int): Matrix =
  (0 until iterations).fold(matrix) { w, _ ->
    val cubed = w * w.transposed() * w
    Matrix.of(w.rows, w.columns) { i, j -> (1 + beta) * w[i, j] - beta * cubed[i, j] }
  }

/** The orthogonal matrix that a layer makes of a free one while it trains. */
fun orthogonal(how: Bjorck, free: Matrix, vector: Matrix): Matrix =
  bjorck(spectral(free, vector, how.powerIterations), how.beta, how.iterations)
