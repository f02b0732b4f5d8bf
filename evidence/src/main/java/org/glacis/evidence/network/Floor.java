package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;

/** A sum that is never above the exact one. */
final class Floor {
  private double sum;

  void add(double value) {
    if (value != 0) {
      sum = Outward.addDown(sum, value);
    }
  }

  /** Adds at most {@code a * b}. */
  void addProduct(double a, double b) {
    if (a != 0 && b != 0) {
      sum = Outward.addDown(sum, Outward.mulDown(a, b));
    }
  }

  /** Subtracts at least {@code loss}, which is not negative. */
  void lose(double loss) {
    if (loss != 0) {
      sum = Outward.subDown(sum, loss);
    }
  }

  double sum() {
    return sum;
  }
}
