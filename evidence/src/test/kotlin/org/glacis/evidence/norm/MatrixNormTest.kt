package org.glacis.evidence.norm

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import kotlin.random.Random

class MatrixNormTest :
  FunSpec({
    val random = Random(4)
    val shapes = listOf(1 to 1, 1 to 7, 7 to 1, 5 to 5, 12 to 40, 40 to 12, 64 to 64)

    test("no bound of a matrix is below its largest singular value, and all are near it") {
      for ((rows, columns) in shapes) for (kind in Kernels.entries) {
        val unit = kind.of(random, 1, 1, rows, columns)
        val truth = singularValues(Matrix(rows, columns, unit))[0]
        val given = DoubleArray(unit.size) { Math.scalb(unit[it], kind.exponent) }
        val bound = MatrixNorm.of(rows, columns, given)
        bound.method shouldBe "Gram iteration"
        val scaled =
          if (kind.exponent < 0) Math.scalb(bound.value, -kind.exponent)
          else Math.scalb(bound.value, -kind.exponent)
        scaled shouldBeGreaterThanOrEqual truth * (1 - 1e-13)
        scaled shouldBeLessThanOrEqual
          truth * (1 + 1e-5) + (if (kind == Kernels.SUBNORMAL) 3 else 0)
      }
    }

    test("a matrix that is orthogonal to 1e-7 has at most 1 + 1e-5") {
      for ((rows, columns) in listOf(30 to 30, 200 to 90, 150 to 150)) {
        val matrix = orthonormal(Matrix(rows, columns, normal(random, rows * columns)))
        val noise = normal(random, rows * columns)
        val near =
          DoubleArray(noise.size) {
            matrix.values[it] + 1e-7 * noise[it] / Math.sqrt(rows.toDouble())
          }
        val bound = MatrixNorm.of(rows, columns, near).value
        bound shouldBeGreaterThanOrEqual
          largestSingularValue(Matrix(rows, columns, near)) * (1 - 1e-13)
        bound shouldBeLessThanOrEqual 1 + 1e-5
      }
    }

    test("without a budget the Frobenius norm bounds, and says so") {
      val values = normal(random, 600)
      val bound = MatrixNorm.of(20, 30, values, 100)
      bound.method shouldBe "Frobenius"
      bound.value shouldBeGreaterThanOrEqual norm(values)
      bound.value shouldBeLessThanOrEqual norm(values) * (1 + 1e-12)
    }

    test("a zero matrix has 0, and one with NaN or infinity no bound") {
      MatrixNorm.of(3, 2, DoubleArray(6)).value shouldBe 0.0
      for (bad in listOf(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)) {
        MatrixNorm.of(2, 2, doubleArrayOf(1.0, bad, 0.0, 1.0)).value shouldBe
          Double.POSITIVE_INFINITY
      }
      MatrixNorm.of(2, 2, DoubleArray(4) { Double.MAX_VALUE }).value shouldBe
        Double.POSITIVE_INFINITY
    }
  })
