package org.glacis.evidence.check;

import java.util.Arrays;
import java.util.List;
import org.glacis.evidence.network.Box;
import org.glacis.evidence.network.LinearBounds;
import org.glacis.evidence.network.LipschitzConstants;
import org.glacis.evidence.network.Network;
import org.glacis.evidence.rounding.Outward;
import org.jspecify.annotations.Nullable;

/**
 * What the outputs at a sample and Lipschitz constants (l2) say of balls around it.
 *
 * @param label the class whose logit is the largest
 * @param above at most by how much the label's logit is above each other
 * @param constants at least the constant of that difference
 */
record Distances(int label, double[] above, double[] constants) {
  /** Those of the sample {@code point}; null where a bound overflows. */
  static @Nullable Distances of(
      Network network, LipschitzConstants lipschitz, Box point, int label) {
    List<Box> boxes = network.boxes(point);
    if (boxes == null) {
      return null;
    }
    LinearBounds bounds = new LinearBounds(network, boxes);
    double[] above = new double[network.outputs()];
    double[] constants = new double[above.length];
    for (int j = 0; j < above.length; j++) {
      above[j] = j == label ? Double.POSITIVE_INFINITY : bounds.mergedDifference(label, j);
      constants[j] = j == label ? 0 : lipschitz.difference(label, j);
    }
    return new Distances(label, above, constants);
  }

  /**
   * How far the sample must at least move until the decision can become each class; infinite for
   * the label.
   */
  double[] radii() {
    double[] radii = new double[above.length];
    for (int j = 0; j < radii.length; j++) {
      radii[j] =
          above[j] > 0 && constants[j] == 0
              ? Double.POSITIVE_INFINITY
              : Outward.divDown(above[j], constants[j]);
    }
    return radii;
  }

  /** How far it must at least move until the decision can become any other class. */
  double radius() {
    return Arrays.stream(radii()).min().orElse(Double.POSITIVE_INFINITY);
  }

  /** At most by how much the label's logit is above all others in the ball of {@code epsilon}. */
  double margin(double epsilon) {
    double least = Double.POSITIVE_INFINITY;
    for (int j = 0; j < above.length; j++) {
      if (j != label) {
        double lost = Outward.mulUp(constants[j], epsilon);
        least = Math.min(least, Outward.subDown(above[j], lost));
      }
    }
    return least;
  }
}
