package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = W x + b}. Implementations compute plain sums of products; this class knows how wrong
 * they can be.
 *
 * <p>Let {@code m} be {@link #terms} and 8 more, {@code g = gamma(m)} and {@code t} the least
 * positive number. The stored weights, and the parts of {@code b}, are those of the network up to a
 * few units of rounding, which {@code m} counts too.
 *
 * <p><b>Intervals.</b> With a centre {@code c} and {@code |x - c| <= r}, {@code y} lies within
 * {@code |W| r} of {@code W c + b}, whose computed value is wrong by at most {@code g (|W| |c| +
 * |b|) + m t}. So {@code |W| (r + g |c|) + g |b| + m t} is enough, and of that the first term is a
 * sum of numbers that are not negative: its computed value, divided by {@code 1 - g}, is at least
 * the exact one up to {@code m t}.
 *
 * <p><b>Linear bounds.</b> The computed coefficients {@code A} differ from {@code a W} by at most
 * {@code g |a| |W| + m t}. As {@code |x_i| <= M_i}, that costs {@code g |a| (|W| M) + m t sum M},
 * and the constant {@code a b} costs {@code g |a| |b| + m t}, where {@code m} counts the outputs
 * too.
 */
abstract class Affine implements Operation {
  /** The longest sum of products that an output is, or a coefficient on an input. */
  abstract int terms();

  /** {@code b}; null for 0. */
  abstract double @Nullable [] shift();

  /** At least the sum of the sizes of what each number of {@code b} was added up from. */
  double @Nullable [] shiftSize() {
    double[] shift = shift();
    if (shift == null) {
      return null;
    }
    double[] sizes = new double[shift.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.abs(shift[i]);
    }
    return sizes;
  }

  /**
   * Adds {@code W c} to {@code y} and {@code |W| r} to {@code s}, as computed.
   *
   * @param c inputs, likewise {@code r}
   * @param y outputs, likewise {@code s}
   */
  abstract void forward(double[] c, double[] r, double[] y, double[] s);

  /** {@code a W} as computed, or {@code |a| |W|} where {@code absolute}. */
  abstract double[] pullBack(double[] a, boolean absolute);

  @Override
  public Box image(Box x) {
    int n = x.size();
    double g = Outward.gamma(terms() + 8L);
    double[] centre = new double[n];
    double[] radius = new double[n];
    for (int i = 0; i < n; i++) {
      double lower = x.lower()[i];
      double upper = x.upper()[i];
      double middle = lower == upper ? lower : lower + (upper - lower) / 2;
      double reach = Math.max(upper - middle, middle - lower);
      centre[i] = middle;
      double lost = Outward.mulUp(g, Math.abs(middle));
      radius[i] = reach == 0 && middle == 0 ? 0 : Outward.addUp(Math.nextUp(reach), lost);
    }
    double[] y = new double[outputs()];
    double[] s = new double[outputs()];
    double[] shift = shift();
    if (shift != null) {
      System.arraycopy(shift, 0, y, 0, y.length);
    }
    forward(centre, radius, y, s);
    double[] sizes = shiftSize();
    double below = Outward.subDown(1, g);
    double tiny = Outward.mulUp(4.0 * (terms() + 8), Outward.TINY);
    double[] lower = new double[y.length];
    double[] upper = new double[y.length];
    for (int o = 0; o < y.length; o++) {
      double reach = Outward.addUp(Outward.divUp(s[o], below), tiny);
      if (sizes != null) {
        reach = Outward.addUp(reach, Outward.mulUp(g, sizes[o]));
      }
      lower[o] = Outward.subDown(y[o], reach);
      upper[o] = Outward.addUp(y[o], reach);
    }
    return new Box(lower, upper);
  }

  @Override
  public boolean isRelaxed() {
    return true;
  }

  @Override
  public Relaxation relaxed(Box x) {
    int n = x.size();
    double[] sizes = x.sizes();
    double[] reached = new double[outputs()];
    forward(new double[n], sizes, new double[outputs()], reached);
    long m = (long) n + outputs() + terms() + 16;
    double g = Outward.gamma(m);
    double below = Outward.subDown(1, g);
    double[] shifts = shiftSize();
    double all = 1;
    for (double size : sizes) {
      all = Outward.addUp(all, size);
    }
    double tiny = Outward.mulUp(Outward.mulUp(4.0 * m, all), Outward.TINY);
    for (int o = 0; o < reached.length; o++) {
      reached[o] = Outward.divUp(reached[o], below);
      reached[o] = shifts == null ? reached[o] : Outward.addUp(reached[o], shifts[o]);
    }
    double[] shift = shift();
    return (coefficients, floor) -> {
      double constant = 0;
      double size = 0;
      for (int o = 0; o < coefficients.length; o++) {
        double a = coefficients[o];
        constant += shift == null ? 0 : a * shift[o];
        size += Math.abs(a) * reached[o];
      }
      floor.add(constant);
      floor.lose(Outward.mulUp(g, Outward.divUp(size, below)));
      floor.lose(tiny);
      return pullBack(coefficients, false);
    };
  }
}
