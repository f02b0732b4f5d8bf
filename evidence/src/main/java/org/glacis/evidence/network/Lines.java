package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;

/**
 * A line below and a line above a function of one number, for each number of a value: {@code
 * lowerSlope x + lowerShift <= f(x) <= upperSlope x + upperShift} exactly, over the box that they
 * were made for.
 *
 * <p>A coefficient times a slope is wrong by at most {@code u |a s|}, or by the least positive
 * number where it underflows, which costs so much times the size of {@code x}.
 */
final class Lines implements Relaxation {
  private final double[] sizes;
  private final double[] lowerSlope;
  private final double[] lowerShift;
  private final double[] upperSlope;
  private final double[] upperShift;

  Lines(Box x) {
    sizes = x.sizes();
    lowerSlope = new double[sizes.length];
    lowerShift = new double[sizes.length];
    upperSlope = new double[sizes.length];
    upperShift = new double[sizes.length];
  }

  void below(int i, double slope, double shift) {
    lowerSlope[i] = slope;
    lowerShift[i] = shift;
  }

  void above(int i, double slope, double shift) {
    upperSlope[i] = slope;
    upperShift[i] = shift;
  }

  @Override
  public double[] pullBack(double[] coefficients, Floor floor) {
    double[] result = new double[coefficients.length];
    double all = 0;
    double size = 0;
    for (int i = 0; i < coefficients.length; i++) {
      double a = coefficients[i];
      if (a == 0) {
        continue;
      }
      double slope = a > 0 ? lowerSlope[i] : upperSlope[i];
      result[i] = a * slope;
      floor.addProduct(a, a > 0 ? lowerShift[i] : upperShift[i]);
      size += Math.abs(result[i]) * sizes[i];
      all += sizes[i];
    }
    long n = coefficients.length + 2L;
    floor.lose(Outward.mulUp(2 * Outward.UNIT, Outward.sumUp(size, n)));
    floor.lose(Outward.mulUp(Outward.TINY, Outward.addUp(Outward.sumUp(all, n), 1)));
    return result;
  }
}
