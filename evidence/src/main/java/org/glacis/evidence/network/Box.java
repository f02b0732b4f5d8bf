package org.glacis.evidence.network;

/**
 * An interval for each number of a value, row by row; both corners belong to it.
 *
 * @param lower the least that each number can be
 * @param upper the most
 */
public record Box(double[] lower, double[] upper) {
  /** The box of one point. */
  public static Box of(double[] point) {
    return new Box(point, point);
  }

  /** How many numbers there are. */
  public int size() {
    return lower.length;
  }

  /** Whether every corner is finite and no interval is empty. */
  public boolean isProper() {
    for (int i = 0; i < lower.length; i++) {
      if (!(lower[i] <= upper[i] && Double.isFinite(lower[i]) && Double.isFinite(upper[i]))) {
        return false;
      }
    }
    return true;
  }

  /** How large each number can be. */
  double[] sizes() {
    double[] sizes = new double[lower.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.max(Math.abs(lower[i]), Math.abs(upper[i]));
    }
    return sizes;
  }
}
