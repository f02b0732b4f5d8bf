package org.glacis.runtime.optimize

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.Matrix
import org.glacis.runtime.oracle.evaluateOne
import org.glacis.runtime.oracle.spectral
import org.glacis.spec.AutoWeightClip
import org.glacis.spec.FrobeniusNorm
import org.glacis.spec.SpectralNorm
import org.glacis.spec.WeightClip
import org.glacis.spec.WeightConstraint

private fun projected(
  constraint: WeightConstraint,
  kernel: Matrix,
  overlap: Double,
  groups: Int = 1,
): Matrix =
  Matrix(
    kernel.rows,
    kernel.columns,
    evaluateOne { tf ->
      val given =
        Element.FLOAT64.constant(tf, kernel.values, kernel.rows / 2L, 2L, kernel.columns.toLong())
      Projection(tf, Element.FLOAT64).of(constraint, given, groups, overlap)
    },
  )

/** The largest singular value: a long power iteration. */
private fun norm(matrix: Matrix): Double {
  val start = Matrix.of(1, matrix.columns) { _, j -> 1.0 + 0.1 * j }
  return matrix.length() / spectral(matrix, start, 3000).length() - 1e-3
}

private fun random(rows: Int, columns: Int, scale: Double = 1.0): Matrix =
  Random(rows).let { random ->
    Matrix.of(rows, columns) { _, _ -> random.nextDouble(-scale, scale) }
  }

private fun differs(a: Matrix, b: Matrix): Double =
  a.values.indices.maxOf { abs(a.values[it] - b.values[it]) }

class ProjectionTest :
  FunSpec({
    test("a norm above the limit becomes the limit, or a little less, on either side") {
      for ((rows, columns) in listOf(20 to 6, 4 to 30, 32 to 32)) for (overlap in
        listOf(1.0, 3.0)) {
        val kernel = random(rows, columns)
        val found = projected(SpectralNorm(2.0), kernel, overlap)
        withClue("$rows x $columns, $overlap") {
          overlap * norm(found) shouldBeLessThanOrEqual 2.0 + 1e-9
          overlap * norm(found) shouldBeGreaterThanOrEqual 2.0 * (1 - 0.007)
          // Its direction stays.
          differs(found.unit(), kernel.unit()) shouldBeLessThan 1e-12
        }
      }
    }

    test("the norm of a kernel in groups is the largest of theirs") {
      val kernel = Matrix.of(4, 6) { i, j -> if (i == j % 3) 1.0 + j else 0.0 }
      // Diagonals 1, 2, 3 and 4, 5, 6; side by side, the last row alone has a norm above 6.
      val found = projected(SpectralNorm(3.0), kernel, 1.0, groups = 2)
      differs(found.unit(), kernel.unit()) shouldBeLessThan 1e-12
      found[2, 5] shouldBeLessThanOrEqual 3.0 + 1e-9
      found[2, 5] shouldBeGreaterThanOrEqual 3.0 * (1 - 0.007)
    }

    test("equal singular values are bounded too, the worst case of a Gram iteration") {
      val identity = Matrix.of(64, 64) { i, j -> if (i == j) 5.0 else 0.0 }
      val found = projected(SpectralNorm(), identity, 1.0)
      found[0, 0] shouldBeLessThanOrEqual 1.0
      found[0, 0] shouldBeGreaterThanOrEqual 0.993
    }

    test("what is within the limit stays as it is") {
      val small = random(6, 4, scale = 0.1)
      for (constraint in
        listOf(SpectralNorm(), FrobeniusNorm(), WeightClip(0.2), AutoWeightClip(1.0))) {
        differs(projected(constraint, small, 1.0), small) shouldBe 0.0
      }
      val nothing = Matrix.of(6, 4) { _, _ -> 0.0 }
      differs(projected(SpectralNorm(), nothing, 1.0), nothing) shouldBe 0.0
    }

    test("a kernel that is too long is shortened to the limit") {
      val kernel = random(10, 4)
      val found = projected(FrobeniusNorm(0.5), kernel, 2.0)
      differs(found, kernel.unit().map { 0.25 * it }) shouldBeLessThan 1e-12
    }

    test("weights are clipped to a limit that is given, or that follows from their number") {
      val kernel = random(10, 4)
      fun clipped(limit: Double) = kernel.map { it.coerceIn(-limit, limit) }
      differs(projected(WeightClip(0.3), kernel, 3.0), clipped(0.3)) shouldBe 0.0
      differs(projected(AutoWeightClip(2.0), kernel, 1.0), clipped(1 / (2 * sqrt(40.0)))) shouldBe
        0.0
    }
  })
