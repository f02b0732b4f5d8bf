package org.glacis.evidence.norm

import kotlin.math.abs
import kotlin.math.sqrt
import kotlin.random.Random

/** A real matrix, row by row; the tests' own arithmetic. */
class Matrix(
  val rows: Int,
  val columns: Int,
  val values: DoubleArray = DoubleArray(rows * columns),
) {
  operator fun get(i: Int, j: Int) = values[i * columns + j]

  operator fun set(i: Int, j: Int, value: Double) {
    values[i * columns + j] = value
  }

  fun transposed() =
    Matrix(columns, rows).also {
      for (i in 0 until rows) for (j in 0 until columns) it[j, i] = this[i, j]
    }

  operator fun times(x: DoubleArray) =
    DoubleArray(rows) { i ->
      var sum = 0.0
      for (j in 0 until columns) sum += this[i, j] * x[j]
      sum
    }
}

/** All singular values, the largest first, by one-sided Jacobi rotations. */
fun singularValues(matrix: Matrix): DoubleArray {
  val a =
    if (matrix.rows >= matrix.columns) matrix.transposed()
    else Matrix(matrix.rows, matrix.columns, matrix.values.copyOf())
  // Rows of a are the columns that are rotated against each other.
  val n = a.columns
  repeat(60) {
    var rotated = 0.0
    for (p in 0 until a.rows) for (q in p + 1 until a.rows) {
      var alpha = 0.0
      var beta = 0.0
      var gamma = 0.0
      for (k in 0 until n) {
        alpha += a[p, k] * a[p, k]
        beta += a[q, k] * a[q, k]
        gamma += a[p, k] * a[q, k]
      }
      if (gamma == 0.0 || abs(gamma) <= 1e-16 * sqrt(alpha * beta)) continue
      rotated = maxOf(rotated, abs(gamma) / sqrt(alpha * beta))
      val zeta = (beta - alpha) / (2 * gamma)
      val t = (if (zeta >= 0) 1.0 else -1.0) / (abs(zeta) + sqrt(1 + zeta * zeta))
      val c = 1 / sqrt(1 + t * t)
      val s = c * t
      for (k in 0 until n) {
        val x = a[p, k]
        val y = a[q, k]
        a[p, k] = c * x - s * y
        a[q, k] = s * x + c * y
      }
    }
    if (rotated < 1e-15) return@repeat
  }
  return DoubleArray(a.rows) { p ->
      var sum = 0.0
      for (k in 0 until n) sum += a[p, k] * a[p, k]
      sqrt(sum)
    }
    .sortedArrayDescending()
}

/**
 * The largest singular value by Lanczos steps on `A* A` with full orthogonalisation; never more
 * than the true one but for roundings.
 */
fun largestSingularValue(matrix: Matrix, steps: Int = 60): Double {
  val largest = matrix.values.maxOf { abs(it) }
  if (largest == 0.0) return 0.0
  val exponent = Math.getExponent(largest)
  val unit = DoubleArray(matrix.values.size) { Math.scalb(matrix.values[it], -exponent) }
  return Math.scalb(largestOfUnit(Matrix(matrix.rows, matrix.columns, unit), steps), exponent)
}

private fun largestOfUnit(matrix: Matrix, steps: Int): Double {
  val a = if (matrix.rows < matrix.columns) matrix.transposed() else matrix
  if (a.columns <= 12) return singularValues(a).firstOrNull() ?: 0.0
  val random = Random(7)
  val at = a.transposed()
  val basis = mutableListOf<DoubleArray>()
  val diagonal = mutableListOf<Double>()
  val beside = mutableListOf<Double>()
  var q = DoubleArray(a.columns) { random.nextDouble() + 0.5 }
  q = q.map { it / norm(q) }.toDoubleArray()
  for (step in 0 until minOf(steps, a.columns)) {
    basis += q
    val w = at * (a * q)
    diagonal += dot(w, q)
    repeat(2) {
      for (b in basis) {
        val d = dot(w, b)
        for (i in w.indices) w[i] -= d * b[i]
      }
    }
    val length = norm(w)
    if (length < 1e-14 * diagonal.maxOf { abs(it) }) break
    beside += length
    q = DoubleArray(w.size) { w[it] / length }
  }
  val k = diagonal.size
  // The largest eigenvalue of the tridiagonal matrix: bisection on the number of smaller ones.
  var low = diagonal.max()
  var high = low + 2 * (beside.take(k - 1).maxOrNull() ?: 0.0) + 1e-300
  repeat(200) {
    val middle = (low + high) / 2
    var d = 1.0
    var above = false
    for (i in 0 until k) {
      val square = if (i == 0) 0.0 else beside[i - 1] * beside[i - 1]
      d = diagonal[i] - middle - square / d
      if (d == 0.0) d = 1e-300
      if (d > 0) above = true
    }
    if (above) low = middle else high = middle
  }
  return sqrt(low)
}

private fun dot(a: DoubleArray, b: DoubleArray): Double {
  var sum = 0.0
  for (i in a.indices) sum += a[i] * b[i]
  return sum
}

fun norm(a: DoubleArray) = sqrt(dot(a, a))

/** Orthonormal columns (or rows, where there are fewer) that span those of [matrix]. */
fun orthonormal(matrix: Matrix): Matrix {
  if (matrix.rows < matrix.columns) return orthonormal(matrix.transposed()).transposed()
  val rows = matrix.transposed()
  for (p in 0 until rows.rows) {
    repeat(2) {
      for (q in 0 until p) {
        var d = 0.0
        for (k in 0 until rows.columns) d += rows[p, k] * rows[q, k]
        for (k in 0 until rows.columns) rows[p, k] -= d * rows[q, k]
      }
    }
    var length = 0.0
    for (k in 0 until rows.columns) length += rows[p, k] * rows[p, k]
    for (k in 0 until rows.columns) rows[p, k] /= sqrt(length)
  }
  return rows.transposed()
}
