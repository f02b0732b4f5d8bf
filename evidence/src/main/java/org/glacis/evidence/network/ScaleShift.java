package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;

/**
 * {@code scale x + shift} with one number a channel, the last axis: normalisations. Scales are
 * right to four units of rounding, shifts to six of their size.
 */
final class ScaleShift extends Affine {
  private final double[] scale;
  private final double[] shift;
  private final double[] shiftSize;

  /**
   * A map of {@code size} numbers.
   *
   * @param scale one a channel, likewise the others
   * @param shiftSize at least the sum of the sizes of what a shift was added up from
   */
  ScaleShift(int size, double[] scale, double[] shift, double[] shiftSize) {
    this.scale = spread(scale, size);
    this.shift = spread(shift, size);
    this.shiftSize = spread(shiftSize, size);
  }

  private static double[] spread(double[] channels, int size) {
    double[] all = new double[size];
    for (int i = 0; i < size; i++) {
      all[i] = channels[i % channels.length];
    }
    return all;
  }

  @Override
  public int outputs() {
    return scale.length;
  }

  @Override
  int terms() {
    return 8;
  }

  @Override
  double[] shift() {
    return shift;
  }

  @Override
  double[] shiftSize() {
    return shiftSize;
  }

  @Override
  void forward(double[] c, double[] r, double[] y, double[] s) {
    for (int i = 0; i < scale.length; i++) {
      y[i] += scale[i] * c[i];
      s[i] += Math.abs(scale[i]) * r[i];
    }
  }

  @Override
  double[] pullBack(double[] a, boolean absolute) {
    double[] result = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      result[i] = absolute ? Math.abs(scale[i] * a[i]) : scale[i] * a[i];
    }
    return result;
  }

  @Override
  public double lipschitz() {
    double most = 0;
    for (double s : scale) {
      most = Math.max(most, Math.abs(s));
    }
    return Outward.mulUp(most, 1 + 16 * Outward.UNIT);
  }
}
