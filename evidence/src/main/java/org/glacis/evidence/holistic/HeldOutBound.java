package org.glacis.evidence.holistic;

import org.glacis.evidence.EvidenceException;

/**
 * Upper bounds of an error rate from held-out samples, by the inverse of the Bernoulli divergence
 * {@code kl(e || p) = e log(e / p) + (1 - e) log((1 - e) / (1 - p))} (Chernoff): of {@code n}
 * independent samples with {@code k} errors the rate {@code p} satisfies {@code kl(k / n || p) <=
 * ln(1 / delta) / n}, or {@code p <= k / n}, but with probability {@code delta}. Rounded up, and
 * the same on every machine.
 */
public final class HeldOutBound {
  /** At least the relative error of what a divergence is compared with. */
  private static final double ROUNDING = 1e-15;

  /**
   * At least the error of a computed divergence, as a share of it and of {@code p - e}: its two
   * terms, which cancel up to {@code p - e}, are each within 20 units of rounding.
   */
  private static final double CANCELLED = 4e-15;

  /** At least what rounding of {@code (p - e) / (1 - e)} does to {@code p}. */
  private static final double SHIFT = 0x1p-50;

  private HeldOutBound() {}

  /**
   * Bounds the rate of errors in the law that samples came from, when a share {@code alpha} of them
   * may have been corrupted.
   *
   * @param errors among {@code samples}
   * @param alpha the share of corrupted samples that is tolerated, 0 to 1
   * @param delta the probability with which the bound may fail, above 0 and up to 1
   * @param order whether samples were corrupted after they were drawn, or the law before
   * @throws EvidenceException if a number is out of range
   */
  public static double of(long errors, long samples, double alpha, double delta, EventOrder order) {
    if (samples < 1 || errors < 0 || errors > samples) {
      throw new EvidenceException(
          errors + " errors among " + samples + " samples; give 0 to as many as there are samples");
    }
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new EvidenceException("alpha is " + alpha + "; give a share from 0 to 1");
    }
    if (!(delta > 0 && delta <= 1)) {
      throw new EvidenceException("delta is " + delta + "; give a probability above 0, up to 1");
    }
    double radius = -StrictMath.log(delta) / samples;
    double rate = errors == 0 ? 0 : Math.nextUp((double) errors / samples);
    return order == EventOrder.SAMPLE_THEN_CORRUPT
        ? inverse(alpha == 0 ? rate : Math.nextUp(rate + alpha), radius)
        : Math.min(1, Math.nextUp(inverse(rate, radius) + alpha));
  }

  /**
   * At least the largest {@code p} with {@code kl(rate || p) <= radius}; 1 where {@code rate} is 1
   * or above.
   */
  public static double inverse(double rate, double radius) {
    if (rate >= 1) {
      return 1;
    }
    double allowed = radius * (1 + ROUNDING) + ROUNDING * ROUNDING;
    double low = rate;
    double high = 1;
    while (true) {
      double middle = (low + high) / 2;
      if (middle <= low || middle >= high) {
        return Math.min(1, high + SHIFT);
      }
      double least = divergence(rate, middle) * (1 - CANCELLED) - (middle - rate) * CANCELLED;
      if (least <= allowed) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }

  /** {@code kl(e || p)} for {@code e <= p < 1}, without cancellation. */
  static double divergence(double e, double p) {
    double d = p - e;
    double first = e == 0 ? 0 : d < e ? StrictMath.log1p(d / e) : StrictMath.log(p / e);
    return -e * first - (1 - e) * StrictMath.log1p(-d / (1 - e));
  }
}
