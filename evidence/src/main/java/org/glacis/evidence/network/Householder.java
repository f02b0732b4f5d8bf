package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;

/**
 * Pairs {@code (a, b)} of channels, half of the channels apart, reflected where {@code r = a
 * sin(t/2) - b cos(t/2)} is above 0: {@code (a cos t + b sin t, a sin t - b cos t)}. On the line
 * {@code r = 0} both pieces agree and each is an isometry, so the Lipschitz constant is 1 (Singla
 * et al. 2021).
 *
 * <p>{@link StrictMath} computes sines and cosines within 1 ulp: they are enclosed by 4 units of
 * rounding.
 */
final class Householder implements Operation {
  private static final double SLACK = 4 * Outward.UNIT;

  private final int size;
  private final int channels;
  private final double[] angles;

  /**
   * An activation of {@code size} numbers.
   *
   * @param angles one a pair of channels, or one for all
   */
  Householder(int size, int channels, double[] angles) {
    this.size = size;
    this.channels = channels;
    this.angles = angles;
  }

  @Override
  public int outputs() {
    return size;
  }

  @Override
  public double lipschitz() {
    return 1;
  }

  @Override
  public Box image(Box x) {
    double[] lower = new double[size];
    double[] upper = new double[size];
    int half = channels / 2;
    for (int pixel = 0; pixel < size; pixel += channels) {
      for (int j = 0; j < half; j++) {
        int at = pixel + j;
        double t = angles[j % angles.length];
        double[] a = {x.lower()[at], x.upper()[at]};
        double[] b = {x.lower()[at + half], x.upper()[at + half]};
        double[] r = sum(a, StrictMath.sin(t / 2), b, -StrictMath.cos(t / 2));
        double[] first = a;
        double[] second = b;
        if (r[1] > 0) {
          double[] p = sum(a, StrictMath.cos(t), b, StrictMath.sin(t));
          double[] q = sum(a, StrictMath.sin(t), b, -StrictMath.cos(t));
          first = r[0] > 0 ? p : hull(a, p);
          second = r[0] > 0 ? q : hull(b, q);
        }
        lower[at] = first[0];
        upper[at] = first[1];
        lower[at + half] = second[0];
        upper[at + half] = second[1];
      }
    }
    return new Box(lower, upper);
  }

  /**
   * Encloses {@code a p + b q} for all numbers of the intervals and {@code p}, {@code q} nearby.
   */
  private static double[] sum(double[] a, double p, double[] b, double q) {
    double[] left = product(a, p);
    double[] right = product(b, q);
    return new double[] {Outward.addDown(left[0], right[0]), Outward.addUp(left[1], right[1])};
  }

  private static double[] product(double[] a, double factor) {
    double lower = Double.POSITIVE_INFINITY;
    double upper = Double.NEGATIVE_INFINITY;
    for (double corner : a) {
      for (double f : new double[] {factor - SLACK, factor + SLACK}) {
        lower = Math.min(lower, Outward.mulDown(corner, f));
        upper = Math.max(upper, Outward.mulUp(corner, f));
      }
    }
    return new double[] {lower, upper};
  }

  private static double[] hull(double[] a, double[] b) {
    return new double[] {Math.min(a[0], b[0]), Math.max(a[1], b[1])};
  }
}
