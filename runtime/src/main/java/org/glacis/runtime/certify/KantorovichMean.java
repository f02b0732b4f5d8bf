package org.glacis.runtime.certify;

/**
 * The mean over the classes of the difference between their outputs' means on the class and on the
 * rest: over the constant of one output a lower bound of a mean Wasserstein distance.
 */
final class KantorovichMean {
  private final double[] own;
  private final double[] rest;
  private final int[] count;
  private int samples;

  KantorovichMean(int outputs) {
    own = new double[outputs];
    rest = new double[outputs];
    count = new int[outputs];
  }

  /** Adds the outputs of a sample of the class {@code label}, which begin at {@code from}. */
  void add(double[] values, int from, int label) {
    samples++;
    count[label]++;
    for (int j = 0; j < own.length; j++) {
      (j == label ? own : rest)[j] += values[from + j];
    }
  }

  double mean() {
    double sum = 0;
    for (int j = 0; j < own.length; j++) {
      sum += own[j] / Math.max(1, count[j]) - rest[j] / Math.max(1, samples - count[j]);
    }
    return sum / own.length;
  }
}
