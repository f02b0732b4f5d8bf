package org.glacis.evidence.holistic;

/**
 * The largest mean of losses over laws near a given one: {@code max_P E_P loss} over all {@code P}
 * with {@code KL(q || P) <= r}, where {@code P} may also put mass on the worst loss. Losses come as
 * gaps {@code g = worst - loss >= 0}; masses {@code q} add up to 1.
 *
 * <p>The maximum is attained at {@code p = q / (u + g)}, normalised, for the root {@code u} of
 *
 * <pre>E_q log(u + g) + log E_q 1 / (u + g) = r,</pre>
 *
 * whose left side falls from infinity (where {@code q} has mass at gap 0) to 0. It is evaluated
 * around the mean gap, where nothing cancels. Without mass at gap 0 there may be no root; then
 * {@code u = 0}, and what is left of the mass goes to the worst loss itself.
 */
final class Reweighting {
  private static final int MOST_STEPS = 200;

  /** Of {@code log u}, by which weights differ as much: a few roundings of the left side. */
  private static final double TOLERANCE = 1e-14;

  /** Below this size {@code log(1 + z) - z} is its series. */
  private static final double SMALL = 1e-3;

  /** Where the root of a problem was, for one that is near to it. */
  static final class Start {
    private double logU = Double.NaN;
  }

  private final double[] masses;
  private final double[] gaps;
  private final double r;
  private final double guess;
  private final double mean;

  /** The logarithm of the root; NaN where there is none. */
  private double found = Double.NaN;

  /** Slope of {@link #left} along {@code log u}, of its last evaluation. */
  private double slope;

  private Reweighting(double[] masses, double[] gaps, double r, double guess) {
    this.masses = masses;
    this.gaps = gaps;
    this.r = r;
    this.guess = guess;
    double sum = 0;
    for (int i = 0; i < gaps.length; i++) {
      sum += masses[i] * gaps[i];
    }
    mean = sum;
  }

  /**
   * The masses of the law with the largest mean loss; what is missing to 1 is on the worst loss.
   *
   * @param gaps above or equal to 0
   */
  static double[] of(double[] masses, double[] gaps, double r) {
    return of(masses, gaps, r, new Start());
  }

  /** The same, looking first where {@code start} says, and leaving there where it was found. */
  static double[] of(double[] masses, double[] gaps, double r, Start start) {
    double largest = 0;
    for (double gap : gaps) {
      largest = Math.max(largest, gap);
    }
    if (r == 0 || largest == 0) {
      return masses.clone();
    }
    double[] scaled = new double[gaps.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = gaps[i] / largest;
    }
    double scale = Math.log(largest);
    Reweighting problem = new Reweighting(masses, scaled, r, start.logU - scale);
    double[] solved = problem.solved();
    start.logU = problem.found + scale;
    return solved;
  }

  private double[] solved() {
    double atZero = 0;
    double logs = 0;
    double inverse = 0;
    double least = 1;
    for (int i = 0; i < gaps.length; i++) {
      if (gaps[i] == 0) {
        atZero += masses[i];
      } else if (masses[i] > 0) {
        logs += masses[i] * Math.log(gaps[i]);
        inverse += masses[i] / gaps[i];
        least = Math.min(least, gaps[i]);
      }
    }
    if (mean == 0) {
      return masses.clone();
    }
    if (atZero == 0 && logs + Math.log(inverse) <= r) {
      double scale = Math.exp(logs - r);
      return weights(0, scale);
    }
    double lower =
        atZero == 0 ? Math.log(least) - 40 : (logs + Math.log(atZero) - r) / (1 - atZero);
    found = root(lower);
    double u = Math.exp(found);
    double all = 0;
    for (int i = 0; i < gaps.length; i++) {
      all += masses[i] / (u + gaps[i]);
    }
    return weights(u, 1 / all);
  }

  private double[] weights(double u, double scale) {
    double[] weights = new double[gaps.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = masses[i] == 0 ? 0 : masses[i] / (u + gaps[i]) * scale;
    }
    return weights;
  }

  /** The root as {@code log u}: Newton on the logarithm of the left side, held in a bracket. */
  private double root(double least) {
    double variance = 0;
    for (int i = 0; i < gaps.length; i++) {
      variance += masses[i] * (gaps[i] - mean) * (gaps[i] - mean);
    }
    double c = variance / Math.expm1(r);
    double high = Math.log(2 * c / (mean + Math.sqrt(mean * mean + 4 * c)));
    double low = Math.max(-690, Math.min(least, high)) - 1e-9;
    high = Math.max(high, low) + 1e-9;
    double y = guess > low && guess < high ? guess : high;
    for (int step = 0;
        step < MOST_STEPS && high - low > TOLERANCE * Math.max(1, Math.abs(high));
        step++) {
      double left = left(y);
      if (left > r) {
        low = y;
      } else {
        high = y;
      }
      double next = y - left * Math.log(left / r) / slope;
      boolean inside = next > low && next < high;
      double moved = inside ? next : (low + high) / 2;
      if (moved == y || Math.abs(moved - y) <= TOLERANCE * Math.max(1, Math.abs(y))) {
        return moved;
      }
      y = moved;
    }
    return y;
  }

  /** The left side of the equation at {@code log u = y}; also its slope. */
  private double left(double y) {
    double u = Math.exp(y);
    double centre = u + mean;
    double logs = 0;
    double squares = 0;
    double t = 0;
    double tt = 0;
    for (int i = 0; i < gaps.length; i++) {
      double q = masses[i];
      if (q == 0) {
        continue;
      }
      double here = u + gaps[i];
      double ratio = centre / here;
      double z = (gaps[i] - mean) / centre;
      logs += q * bent(z, ratio);
      squares += q * z * z * ratio;
      double share = u / here;
      t += q * share;
      tt += q * share * share;
    }
    slope = -Math.max(tt - t * t, Double.MIN_NORMAL) / t;
    return Math.max(logs + Math.log1p(squares), Double.MIN_NORMAL);
  }

  /** {@code log(1 + z) - z}, where {@code ratio = 1 / (1 + z)}. */
  private static double bent(double z, double ratio) {
    if (Math.abs(z) < SMALL) {
      return z * z * (-0.5 + z * (1.0 / 3 + z * (-0.25 + z * (0.2 - z / 6))));
    }
    return (Math.abs(z) > 0.5 ? -Math.log(ratio) : Math.log1p(z)) - z;
  }
}
