package org.glacis.evidence.holistic;

import java.util.OptionalDouble;

/**
 * What a {@link HolisticRisk} makes of losses: a weight for each sample, for any training loop. The
 * gradient of the risk in the losses is the weights (envelope theorem), so a step along {@code
 * sum_i weights[i] * gradient of loss i} minimises the risk; nothing needs to be differentiated
 * through the weights.
 *
 * @param value the risk: the weighted sum of the losses, and of the worst one
 * @param weights one a sample, 0 or above
 * @param extraWeight what is on the worst loss beside the samples; 0 where the largest of the
 *     losses stands for it. With the weights it adds up to 1
 */
public record HolisticWeights(double value, double[] weights, double extraWeight) {
  /**
   * Weights where the largest of the losses stands for the worst one, and data were sampled and
   * then corrupted.
   *
   * @param alpha the share of the data that may be corrupted, 0 to 1
   * @param r the radius of the neighbourhood that stands for sampling, in nats
   */
  public static HolisticWeights of(double[] losses, double alpha, double r) {
    return new HolisticRisk(alpha, r).of(losses);
  }

  /** {@link #of(double[], double, double)} of losses in single precision. */
  public static HolisticWeights of(float[] losses, double alpha, double r) {
    double[] doubles = new double[losses.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = losses[i];
    }
    return of(doubles, alpha, r);
  }

  /** As {@link #of(double[], double, double)}, where a loss may be as large as {@code worst}. */
  public static HolisticWeights of(double[] losses, double alpha, double r, double worst) {
    return new HolisticRisk(alpha, r, EventOrder.SAMPLE_THEN_CORRUPT, OptionalDouble.of(worst))
        .of(losses);
  }
}
