package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;

/**
 * Activations that rise everywhere, with a slope of at most 1. {@link StrictMath} computes
 * exponentials and logarithms within 1 ulp and the hyperbolic tangent within 2.5, as its
 * documentation promises; a value takes a few further operations and is wrong by less than {@link
 * #SLACK} units of rounding of itself, or by {@link #LEAST} where it is next to nothing.
 */
enum Smooth {
  /** {@code x} above zero, {@code exp(x) - 1} below: convex. */
  ELU {
    @Override
    double at(double x) {
      return x >= 0 ? x : StrictMath.expm1(x);
    }

    @Override
    double slope(double x) {
      return x >= 0 ? 1 : StrictMath.exp(x);
    }
  },
  /** {@code log(1 + exp(x))}: convex. */
  SOFTPLUS {
    @Override
    double at(double x) {
      return Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
    }

    @Override
    double slope(double x) {
      return SIGMOID.at(x);
    }
  },
  /** {@code 1 / (1 + exp(-x))}: convex up to 0, concave from there. */
  SIGMOID {
    @Override
    double at(double x) {
      if (x >= 0) {
        return 1 / (1 + StrictMath.exp(-x));
      }
      double small = StrictMath.exp(x);
      return small / (1 + small);
    }

    @Override
    double slope(double x) {
      double small = StrictMath.exp(-Math.abs(x));
      return small / ((1 + small) * (1 + small));
    }
  },
  /** The hyperbolic tangent: convex up to 0, concave from there. */
  TANH {
    @Override
    double at(double x) {
      return StrictMath.tanh(x);
    }

    @Override
    double slope(double x) {
      double small = StrictMath.exp(-2 * Math.abs(x));
      return 4 * small / ((1 + small) * (1 + small));
    }
  };

  private static final double SLACK = 32 * Outward.UNIT;
  private static final double LEAST = 1e-300;

  /** The value, as computed. */
  abstract double at(double x);

  /** The slope, as computed; it falls away from 0 on both sides, or rises for the convex ones. */
  abstract double slope(double x);

  private boolean isConvexEverywhere() {
    return this == ELU || this == SOFTPLUS;
  }

  /** At least the Lipschitz constant. */
  double lipschitz() {
    return this == SIGMOID ? 0.25 : 1;
  }

  double below(double x) {
    double value = at(x);
    return value - (Math.abs(value) * SLACK + LEAST);
  }

  double above(double x) {
    double value = at(x);
    return value + (Math.abs(value) * SLACK + LEAST);
  }

  /**
   * Lines over {@code [l, u]}. Where the function is convex, a chord above and a tangent in the
   * middle below; where it is concave, the other way round; across the bend, lines through the ends
   * with the lesser of the two slopes there, which is the least slope in between.
   */
  void lines(Lines lines, int i, double l, double u) {
    if (isConvexEverywhere() || u <= 0) {
      chord(lines, i, l, u, true);
      tangent(lines, i, l, u, true);
    } else if (l >= 0) {
      chord(lines, i, l, u, false);
      tangent(lines, i, l, u, false);
    } else {
      double least = Math.min(slope(l), slope(u));
      double slope = Math.max(0, least - (least * SLACK + LEAST));
      lines.below(i, slope, Outward.subDown(below(l), Outward.mulUp(slope, l)));
      lines.above(i, slope, Outward.subUp(above(u), Outward.mulDown(slope, u)));
    }
  }

  /** A line of about the chord's slope: what differs from it is largest at one of the ends. */
  private void chord(Lines lines, int i, double l, double u, boolean above) {
    double slope = u > l ? (at(u) - at(l)) / (u - l) : 0;
    slope = slope >= 0 && slope <= 1 ? slope : 0;
    if (above) {
      double atLower = Outward.subUp(above(l), Outward.mulDown(slope, l));
      double atUpper = Outward.subUp(above(u), Outward.mulDown(slope, u));
      lines.above(i, slope, Math.max(atLower, atUpper));
    } else {
      double atLower = Outward.subDown(below(l), Outward.mulUp(slope, l));
      double atUpper = Outward.subDown(below(u), Outward.mulUp(slope, u));
      lines.below(i, slope, Math.min(atLower, atUpper));
    }
  }

  /** A line of about the slope in the middle; how wrong that may be, times the way, is given up. */
  private void tangent(Lines lines, int i, double l, double u, boolean below) {
    double middle = l + (u - l) / 2;
    double slope = slope(middle);
    double way = Math.nextUp(Math.max(u - middle, middle - l));
    double wrong = Outward.mulUp(slope * SLACK + LEAST, way);
    if (below) {
      double start = Outward.subDown(below(middle), Outward.mulUp(slope, middle));
      lines.below(i, slope, Outward.subDown(start, wrong));
    } else {
      double start = Outward.subUp(above(middle), Outward.mulDown(slope, middle));
      lines.above(i, slope, Outward.addUp(start, wrong));
    }
  }

  /** The activation of so many numbers. */
  Operation of(int size) {
    Smooth function = this;
    return new Operation() {
      @Override
      public int outputs() {
        return size;
      }

      @Override
      public double lipschitz() {
        return function.lipschitz();
      }

      @Override
      public Box image(Box x) {
        double[] lower = new double[size];
        double[] upper = new double[size];
        for (int i = 0; i < size; i++) {
          lower[i] = below(x.lower()[i]);
          upper[i] = above(x.upper()[i]);
        }
        return new Box(lower, upper);
      }

      @Override
      public boolean isRelaxed() {
        return true;
      }

      @Override
      public Relaxation relaxed(Box x) {
        Lines lines = new Lines(x);
        for (int i = 0; i < size; i++) {
          lines(lines, i, x.lower()[i], x.upper()[i]);
        }
        return lines;
      }
    };
  }
}
