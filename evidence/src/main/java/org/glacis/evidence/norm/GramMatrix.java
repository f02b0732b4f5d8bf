package org.glacis.evidence.norm;

/**
 * A matrix of which {@link GramIteration} can take {@code A* A}. What is computed is exactly
 * Hermitian.
 */
interface GramMatrix {
  int rows();

  int columns();

  /**
   * {@code A* A} as computed. Its error has a Frobenius norm of at most {@link #gramError} times
   * the square of that of {@code A}, and {@link #gramUnderflow}.
   */
  GramMatrix gram();

  double gramError();

  double gramUnderflow();

  /**
   * The matrix times {@code 2^exponent}; entries that underflow lose less than the least number.
   */
  GramMatrix scaled(int exponent);

  /** The largest size of a real or imaginary part; NaN or infinite if one of them is. */
  double largest();

  /** At least the square of the Frobenius norm. */
  double squaredFrobenius();

  /** At least the largest sum of the sizes of a row; at least the norm of a Hermitian matrix. */
  double rowSum();

  /** About the largest Euclidean norm of a column: no more than the norm, roundings apart. */
  double columnNorm();

  /** Multiplications of real numbers that {@link #gram} takes. */
  long gramCost();
}
