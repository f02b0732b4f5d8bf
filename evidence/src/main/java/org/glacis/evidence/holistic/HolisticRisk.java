package org.glacis.evidence.holistic;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.glacis.evidence.EvidenceException;

/**
 * The holistic robust risk of Bennouna, Lucas and Van Parys (2023): the largest expected loss over
 * all laws that the data leave possible, when up to a share {@code alpha} of them may be corrupted
 * and the rest is a sample.
 *
 * <p>It is computed exactly, to rounding, for all settings: {@code alpha = 0} is distributionally
 * robust optimisation, {@code r = 0} a mean that is trimmed from below, both 0 the plain mean.
 *
 * @param alpha the share of the data that may be corrupted, 0 to 1
 * @param r the radius, in nats, of the neighbourhood that stands for sampling: the chance that it
 *     does not hold falls like {@code exp(-n r)}
 * @param order which came first, sampling or corruption
 * @param worst the largest loss that is possible at all; without it the largest of the losses
 */
public record HolisticRisk(double alpha, double r, EventOrder order, OptionalDouble worst) {
  /**
   * A risk.
   *
   * @throws EvidenceException if {@code alpha} is not within 0 and 1, {@code r} is below 0, or a
   *     number is not finite
   */
  public HolisticRisk {
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new EvidenceException("alpha is " + alpha + "; give a share from 0 to 1");
    }
    if (!(r >= 0) || Double.isInfinite(r)) {
      throw new EvidenceException("r is " + r + "; give a finite number, 0 or above");
    }
    if (worst.isPresent() && !Double.isFinite(worst.getAsDouble())) {
      throw new EvidenceException(
          "the worst loss is " + worst.getAsDouble() + "; give a finite number");
    }
  }

  /** Sampled, then corrupted; the largest of the losses is the worst that is possible. */
  public HolisticRisk(double alpha, double r) {
    this(alpha, r, EventOrder.SAMPLE_THEN_CORRUPT, OptionalDouble.empty());
  }

  /** The same risk for the other order of events. */
  public HolisticRisk with(EventOrder other) {
    return new HolisticRisk(alpha, r, other, worst);
  }

  /** The same risk where losses may be as large as {@code largest}. */
  public HolisticRisk withWorst(double largest) {
    return new HolisticRisk(alpha, r, order, OptionalDouble.of(largest));
  }

  /**
   * The risk of {@code losses}, and the weights that it gives them. Sorting takes longest: {@code
   * O(n log n)}.
   *
   * @throws EvidenceException if there is none, one is not finite, or one is above the worst
   */
  public HolisticWeights of(double... losses) {
    check(losses);
    int n = losses.length;
    double largest = Arrays.stream(losses).max().orElseThrow();
    double top = worst.orElse(largest);
    double[] gaps = new double[n];
    for (int i = 0; i < n; i++) {
      gaps[i] = top - losses[i];
    }
    double[] weights =
        order == EventOrder.SAMPLE_THEN_CORRUPT
            ? sampledFirst(gaps)
            : new CorruptedFirst(gaps, alpha, r).weights();
    double extra = 1;
    for (double weight : weights) {
      extra -= weight;
    }
    extra = Math.max(0, extra);
    if (worst.isEmpty()) {
      handOut(extra, gaps, weights);
      extra = 0;
    }
    double below = 0;
    for (int i = 0; i < n; i++) {
      below += weights[i] * gaps[i];
    }
    return new HolisticWeights(top - below, weights, extra);
  }

  private void check(double[] losses) {
    if (losses.length == 0) {
      throw new EvidenceException("there are no losses; give at least one");
    }
    for (int i = 0; i < losses.length; i++) {
      if (!Double.isFinite(losses[i])) {
        throw new EvidenceException(
            "loss " + i + " is " + losses[i] + "; give finite numbers, or leave the sample out");
      }
      if (worst.isPresent() && losses[i] > worst.getAsDouble()) {
        throw new EvidenceException(
            "loss "
                + i
                + " is "
                + losses[i]
                + ", above the worst that is possible, "
                + worst.getAsDouble()
                + "; give a larger worst, or a loss that is bounded by it");
      }
    }
  }

  /**
   * The share {@code alpha} leaves the smallest losses for the worst; what the neighbourhood then
   * does to the masses does not depend on where they came from.
   */
  private double[] sampledFirst(double[] gaps) {
    int n = gaps.length;
    double[] masses = Arrays.copyOf(kept(gaps), n + 1);
    masses[n] = alpha;
    return Arrays.copyOf(Reweighting.of(masses, Arrays.copyOf(gaps, n + 1), r), n);
  }

  /** Masses of 1/n, less {@code alpha} in all, from the largest gaps on; ties share alike. */
  private double[] kept(double[] gaps) {
    int n = gaps.length;
    double[] masses = new double[n];
    Arrays.fill(masses, 1.0 / n);
    if (alpha == 0) {
      return masses;
    }
    double[] sorted = gaps.clone();
    Arrays.sort(sorted);
    double left = alpha * n;
    int end = n;
    while (end > 0 && left > 0) {
      int start = end;
      while (start > 0 && sorted[start - 1] == sorted[end - 1]) {
        start--;
      }
      int tied = end - start;
      if (tied > left) {
        double share = (1 - left / tied) / n;
        for (int i = 0; i < n; i++) {
          masses[i] =
              gaps[i] > sorted[end - 1] ? 0 : gaps[i] == sorted[end - 1] ? share : masses[i];
        }
        return masses;
      }
      left -= tied;
      end = start;
    }
    double limit = end == 0 ? -1 : sorted[end - 1];
    for (int i = 0; i < n; i++) {
      masses[i] = gaps[i] > limit ? 0 : masses[i];
    }
    return masses;
  }

  /** Mass on the worst loss goes to the samples that have it. */
  private static void handOut(double extra, double[] gaps, double[] weights) {
    int worst = 0;
    for (double gap : gaps) {
      worst += gap == 0 ? 1 : 0;
    }
    for (int i = 0; i < gaps.length; i++) {
      weights[i] += gaps[i] == 0 ? extra / worst : 0;
    }
  }
}
