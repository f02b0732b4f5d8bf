package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;

/**
 * {@code x} above zero, {@code slope x} below, with a slope from -1 to 1 for each channel, the last
 * axis: ReLU, leaky and clipped parametric ReLU, absolute value. As the slope is at most 1, the
 * function is {@code max(x, slope x)} and convex.
 *
 * <p>The line above is a chord: any slope {@code k} near it will do, as a convex function less a
 * line has its maximum over an interval at one of the ends, and the shift is the larger of the two
 * values, rounded up. The line below is one of the pieces, the one that leaves the smaller area
 * (Zhang et al. 2018, "adaptive lower bound"); at a tie that of negative numbers.
 */
final class Bent implements Operation {
  private final int size;
  private final double[] slopes;

  /**
   * An activation of {@code size} numbers.
   *
   * @param slopes one a channel, or one for all
   */
  Bent(int size, double... slopes) {
    this.size = size;
    this.slopes = slopes;
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
    for (int i = 0; i < size; i++) {
      double slope = slopes[i % slopes.length];
      double l = x.lower()[i];
      double u = x.upper()[i];
      if (slope >= 0) {
        lower[i] = below(slope, l);
        upper[i] = above(slope, u);
      } else {
        lower[i] = l > 0 ? l : u < 0 ? below(slope, u) : 0;
        upper[i] = Math.max(above(slope, l), above(slope, u));
      }
    }
    return new Box(lower, upper);
  }

  /** At most the value at {@code x}. */
  private static double below(double slope, double x) {
    if (x >= 0 || slope == 1) {
      return x;
    }
    return slope == 0 ? 0 : slope == -1 ? -x : Outward.mulDown(slope, x);
  }

  private static double above(double slope, double x) {
    if (x >= 0 || slope == 1) {
      return x;
    }
    return slope == 0 ? 0 : slope == -1 ? -x : Outward.mulUp(slope, x);
  }

  @Override
  public boolean isRelaxed() {
    return true;
  }

  @Override
  public Relaxation relaxed(Box x) {
    Lines lines = new Lines(x);
    for (int i = 0; i < size; i++) {
      double slope = slopes[i % slopes.length];
      double l = x.lower()[i];
      double u = x.upper()[i];
      if (l >= 0 || u <= 0) {
        double piece = l >= 0 ? 1 : slope;
        lines.below(i, piece, 0);
        lines.above(i, piece, 0);
        continue;
      }
      double start = above(slope, l);
      double chord = (u - start) / (u - l);
      double shift =
          Math.max(
              Outward.subUp(start, Outward.mulDown(chord, l)),
              Outward.subUp(u, Outward.mulDown(chord, u)));
      lines.above(i, chord, shift);
      lines.below(i, u + l > 0 ? 1 : slope, 0);
    }
    return lines;
  }
}
