package org.glacis.runtime.certify;

import java.util.Arrays;

/**
 * How far (l2) one rightly decided sample must at least move until the decision can become each
 * other class: {@code (f_y - f_t) / L_t}, where {@code L_t} is a proved constant of the difference
 * of both outputs, rounded down.
 *
 * @param index the sample's place in the data set
 * @param label its class {@code y}, which is also the decision
 * @param radii one a class {@code t}, in the order of the outputs; infinite for the label
 */
public record TargetedRadii(int index, int label, double[] radii) {
  /** The radius in which the decision can become no other class at all: that of the certificate. */
  public double least() {
    return Arrays.stream(radii).min().orElse(Double.POSITIVE_INFINITY);
  }

  /** This, with {@code by} added to its place. */
  public TargetedRadii moved(int by) {
    return new TargetedRadii(index + by, label, radii);
  }
}
