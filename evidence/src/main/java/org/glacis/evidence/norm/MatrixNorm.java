package org.glacis.evidence.norm;

/**
 * The spectral norm of a real matrix, from above. Power iteration has no part in it: that
 * approaches the norm from below.
 */
public final class MatrixNorm {
  /** Multiplications that a bound may take: some seconds. */
  public static final long BUDGET = 20_000_000_000L;

  static final String GRAM = "Gram iteration";
  static final String FROBENIUS = "Frobenius";

  /** How near to a lower bound of the norm is near enough. */
  private static final double TOLERANCE = 1e-6;

  private MatrixNorm() {}

  /**
   * At least the largest singular value.
   *
   * @param values rows × columns, row by row
   */
  public static NormBound of(int rows, int columns, double[] values) {
    return of(rows, columns, values, BUDGET);
  }

  /**
   * At least the largest singular value, by Gram iteration; by the Frobenius norm where the first
   * product alone takes more than {@code budget} multiplications.
   *
   * @param values rows × columns, row by row
   */
  public static NormBound of(int rows, int columns, double[] values, long budget) {
    if ((long) rows * columns != values.length) {
      throw new IllegalArgumentException(
          "%d numbers for %d rows and %d columns".formatted(values.length, rows, columns));
    }
    RealMatrix matrix = RealMatrix.tall(rows, columns, values);
    double value = GramIteration.bound(matrix, TOLERANCE, 0, budget);
    return new NormBound(value, matrix.gramCost() > budget ? FROBENIUS : GRAM);
  }
}
