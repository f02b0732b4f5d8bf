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

  private final double[] gaps;
  private final double alpha;
  private final double r;
  private final double[] even;

  CorruptedFirst(double[] gaps, double alpha, double r) {
    this.gaps = gaps;
    this.alpha = alpha;
    this.r = r;
    even = new double[gaps.length];
    Arrays.fill(even, 1.0 / gaps.length);
  }

  /** One a sample; what is missing to 1 is on the worst loss. */
  double[] weights() {
    double[] places = Arrays.stream(gaps).filter(gap -> gap > 0).sorted().distinct().toArray();
    if (alpha == 0 || places.length == 0) {
      return Reweighting.of(even, gaps, r);
    }
    // The first gap at which alpha covers all that is beyond.
    int low = -1;
    int high = places.length - 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (beyond(cut(places[middle]), places[middle]) <= alpha) {
        high = middle;
      } else {
        low = middle;
      }
    }
    double[] q = cut(places[high]);
    double beyond = beyond(q, places[high]);
    double at = beyond(q, Math.nextDown(places[high])) - beyond;
    if (beyond + at >= alpha) {
      return without(q, places[high], (alpha - beyond) / at);
    }
    // Below the least gap all count alike and masses no longer change: alpha covers everything.
    return low < 0 ? without(q, 0, 0) : between(places[low], places[high]);
  }

  private double[] cut(double at) {
    double[] cut = new double[gaps.length];
    for (int i = 0; i < cut.length; i++) {
      cut[i] = Math.min(gaps[i], at);
    }
    return Reweighting.of(even, cut, r);
  }

  private double beyond(double[] q, double at) {
    double sum = 0;
    for (int i = 0; i < q.length; i++) {
      sum += gaps[i] > at ? q[i] : 0;
    }
    return sum;
  }

  /** Nothing is left beyond {@code at}, and of what is at {@code at} a share is taken. */
  private double[] without(double[] q, double at, double share) {
    double[] p = q.clone();
    for (int i = 0; i < p.length; i++) {
      p[i] = gaps[i] > at ? 0 : gaps[i] == at ? q[i] * (1 - share) : q[i];
    }
    return p;
  }

  /**
   * A cut between two neighbouring gaps: alpha covers exactly all that is beyond. Regula falsi
   * (Illinois), as what is beyond falls smoothly.
   */
  private double[] between(double least, double most) {
    double low = least;
    double high = most;
    double[] q = cut(high);
    double atLow = beyond(cut(Math.max(low, Double.MIN_NORMAL)), least) - alpha;
    double atHigh = beyond(q, least) - alpha;
    for (int step = 0; step < MOST_STEPS && high - low > TOLERANCE * most; step++) {
      double secant = low + (high - low) * (atLow / (atLow - atHigh));
      double middle = secant > low && secant < high ? secant : (low + high) / 2;
      q = cut(middle);
      double here = beyond(q, least) - alpha;
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
    return without(q, least, 0);
  }
}
