package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * How the free matrix of a layer becomes one whose singular values are at most 1, and 1 where it
 * can be. Gradients are those of the map itself.
 */
@Serializable
public sealed interface Orthogonalization {
  public fun check(faults: Faults) {}

  /** Whether an orthogonal matrix stays what it is. */
  public val isIdempotent: Boolean
    get() = true
}

/**
 * Division by the largest singular value, found by power iteration, then [iterations] times `W <-
 * (1 + beta) W - beta W W^T W` (Björck and Bowie 1971). With `beta = 0.5` one iteration already
 * makes a matrix of norm below `sqrt(3)` non-expansive; more bring small singular values up to 1.
 *
 * @property powerIterations steps of the power iteration; its vector is kept from step to step
 */
@Serializable
@SerialName("bjorck")
public data class Bjorck(
  val iterations: Int = 15,
  val beta: Double = 0.5,
  val powerIterations: Int = 3,
) : Orthogonalization {
  override fun check(faults: Faults) {
    faults.notNegative("iterations", iterations)
    faults.positive("powerIterations", powerIterations)
    if (!(beta > 0.0 && beta <= 0.5))
      faults.add("beta", "is $beta", "give a number above 0, 0.5 at most")
  }

  public companion object {
    /** Fewer leave small singular values far below 1 where kernels are never condensed. */
    public const val ENOUGH: Int = 15
  }
}

/**
 * The orthogonal factor of the QR decomposition, of the transposed matrix where it has more columns
 * than rows; columns of the factor have the sign that makes the diagonal of `R` positive. Exact at
 * once, and slower than products of matrices.
 */
@Serializable @SerialName("qr") public data object Qr : Orthogonalization

/**
 * `L^-1 W` with `L L^T = W W^T + 1e-5 I` (Cholesky), transposed where there are more rows than
 * columns (Hu et al. 2023): singular values just below 1.
 */
@Serializable @SerialName("cholesky") public data object Cholesky : Orthogonalization

/**
 * The exponential of the skew-symmetric part of the matrix divided by its largest singular value,
 * filled up with zeros to a square and cut to its shape again: the first [terms] of the series
 * (Singla and Feizi 2021, for matrices).
 *
 * @property powerIterations steps of the power iteration; its vector is kept from step to step
 */
@Serializable
@SerialName("exponential")
public data class MatrixExponential(val terms: Int = 12, val powerIterations: Int = 3) :
  Orthogonalization {
  override val isIdempotent: Boolean
    get() = false

  override fun check(faults: Faults) {
    if (terms < 5)
      faults.add("terms", "is $terms", "give 5 or more: fewer are not near an orthogonal matrix")
    faults.positive("powerIterations", powerIterations)
  }
}
