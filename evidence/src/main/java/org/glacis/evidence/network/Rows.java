package org.glacis.evidence.network;

/** Multiples of rows added to rows: the inner loops. */
final class Rows {
  private Rows() {}

  /** Adds {@code c w} to {@code y} and {@code r |w|} to {@code s}; NaN and infinity spread. */
  static void add(
      double[] y, double[] s, int at, double c, double r, double[] w, int from, int length) {
    for (int k = 0; k < length; k++) {
      double weight = w[from + k];
      y[at + k] += c * weight;
      s[at + k] += r * Math.abs(weight);
    }
  }

  /** Adds {@code a w} to {@code y}, or {@code |a| |w|}. */
  static void add(
      double[] y, int at, double a, double[] w, int from, int length, boolean absolute) {
    if (absolute) {
      double size = Math.abs(a);
      for (int k = 0; k < length; k++) {
        y[at + k] += size * Math.abs(w[from + k]);
      }
    } else {
      for (int k = 0; k < length; k++) {
        y[at + k] += a * w[from + k];
      }
    }
  }
}
