package org.glacis.evidence.holistic;

import java.util.Arrays;

/**
 * Weights where data were corrupted and then sampled: {@code p = q - s} with {@code KL(1/n || q) <=
 * r}, {@code 0 <= s <= q} and {@code sum s <= alpha}, what {@code s} takes away being on the worst
 * loss. With gaps {@code g} the risk is
 *
 * <pre>worst + min over u, b >= 0 of  alpha b + u - e^-r exp(mean log(u + min(g, b))),</pre>
 *
 * and {@code s} takes all of the gaps beyond {@code b} and a part of those at {@code b}. For a
 * given {@code b} the masses {@code q} are those of {@link Reweighting} for gaps that are cut at
 * {@code b}. What they have beyond {@code b} falls as {@code b} rises, so {@code b} is found by
 * bisection: first among the gaps, then between two of them.
 */
final class CorruptedFirst {
  private static final int MOST_STEPS = 200;

  /**
   * Of the mass beyond a cut, which is known to some 1e-14; and of the cut, as a share of a gap.
   */
  private static final double TOLERANCE = 2e-13;

  /** The distinct gaps, ascending, and how many samples have each of them, or a larger one. */
  private final double[] values;

  private final int[] counts;
  private final int[] rest;

  private final double[] gaps;
  private final double alpha;
  private final double r;

  /** The roots of neighbouring cuts are near to each other. */
  private final Reweighting.Start start = new Reweighting.Start();

  CorruptedFirst(double[] gaps, double alpha, double r) {
    this.gaps = gaps;
    this.alpha = alpha;
    this.r = r;
    values = Arrays.stream(gaps).sorted().distinct().toArray();
    counts = new int[values.length];
    for (double gap : gaps) {
      counts[place(gap)]++;
    }
    rest = new int[values.length + 1];
    for (int k = values.length - 1; k >= 0; k--) {
      rest[k] = rest[k + 1] + counts[k];
    }
  }

  private int place(double gap) {
    return Arrays.binarySearch(values, gap);
  }

  /** One a sample; what is missing to 1 is on the worst loss. */
  double[] weights() {
    double[] masses = new double[values.length];
    int first = values[0] == 0 ? 1 : 0;
    if (alpha == 0 || first == values.length) {
      for (int k = 0; k < masses.length; k++) {
        masses[k] = (double) counts[k] / gaps.length;
      }
      return each(Reweighting.of(masses, values, r));
    }
    // The first gap at which alpha covers all that is beyond.
    int low = first - 1;
    int high = values.length - 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (beyond(cut(middle, values[middle]), middle, middle + 1) <= alpha) {
        high = middle;
      } else {
        low = middle;
      }
    }
    double[] q = cut(high, values[high]);
    double beyond = beyond(q, high, high + 1);
    double at = q[high] - beyond;
    if (beyond + at >= alpha) {
      System.arraycopy(q, 0, masses, 0, high);
      masses[high] = at * (1 - (alpha - beyond) / at);
    } else {
      // Below the least gap all count alike and masses no longer change: alpha covers everything.
      System.arraycopy(low < first ? q : between(low, high), 0, masses, 0, high);
    }
    return each(masses);
  }

  /** Of the samples, from those of the distinct gaps. */
  private double[] each(double[] masses) {
    double[] weights = new double[gaps.length];
    for (int i = 0; i < weights.length; i++) {
      int k = place(gaps[i]);
      weights[i] = masses[k] / counts[k];
    }
    return weights;
  }

  /** The masses where all gaps from the {@code k}-th on are {@code at}: theirs is the last. */
  private double[] cut(int k, double at) {
    double[] masses = new double[k + 1];
    double[] cut = Arrays.copyOf(values, k + 1);
    cut[k] = at;
    for (int j = 0; j < k; j++) {
      masses[j] = (double) counts[j] / gaps.length;
    }
    masses[k] = (double) rest[k] / gaps.length;
    return Reweighting.of(masses, cut, r, start);
  }

  /** What the samples from {@code from} on have of the last mass, that of those from {@code k}. */
  private double beyond(double[] q, int k, int from) {
    return q[k] * rest[from] / rest[k];
  }

  /**
   * The masses at a cut between two neighbouring gaps at which alpha covers exactly all that is
   * beyond. Regula falsi (Illinois), as what is beyond falls smoothly.
   */
  private double[] between(int least, int most) {
    double low = values[least];
    double high = values[most];
    double tolerance = TOLERANCE * high;
    double[] q = cut(most, high);
    double atLow = beyond(cut(least, low), least, most) - alpha;
    double atHigh = q[most] - alpha;
    for (int step = 0; step < MOST_STEPS && high - low > tolerance; step++) {
      double secant = low + (high - low) * (atLow / (atLow - atHigh));
      double middle = secant > low && secant < high ? secant : (low + high) / 2;
      q = cut(most, middle);
      double here = q[most] - alpha;
      if (Math.abs(here) <= TOLERANCE) {
        break;
      }
      if (here > 0) {
        low = middle;
        atLow = here;
        atHigh /= 2;
      } else {
        high = middle;
        atHigh = here;
        atLow /= 2;
      }
    }
    return q;
  }
}
