package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Kernels whose channels and filters have groups: window × (channels / groups) × filters. The
 * filters of a group follow one another, and see the channels of that group alone.
 */
public final class Groups {
  private Groups() {}

  /**
   * The kernel of a convolution in one group that computes the same: window × channels × filters,
   * with zeros where a filter does not see a channel.
   */
  public static <T extends TFloating> Operand<T> whole(
      Ops tf, Element<T> element, Operand<T> kernel, int groups) {
    if (groups == 1) {
      return kernel;
    }
    int rank = kernel.shape().numDimensions();
    int inside = (int) kernel.shape().get(rank - 2);
    int filters = (int) kernel.shape().get(rank - 1);
    int[] copies = new int[rank];
    java.util.Arrays.fill(copies, 1);
    copies[rank - 2] = groups;
    double[] seen = new double[groups * inside * filters];
    for (int i = 0; i < seen.length; i++) {
      seen[i] = i / filters / inside == i % filters / (filters / groups) ? 1 : 0;
    }
    return tf.math.mul(
        tf.tile(kernel, tf.constant(copies)),
        element.constant(tf, seen, (long) groups * inside, filters));
  }

  /** What {@link #whole} was made of. */
  static double[] parts(double[] whole, int channels, int filters, int groups) {
    if (groups == 1) {
      return whole;
    }
    int inside = channels / groups;
    double[] parts = new double[whole.length / groups];
    for (int i = 0; i < parts.length; i++) {
      int filter = i % filters;
      int row = i / filters;
      int channel = filter / (filters / groups) * inside + row % inside;
      parts[i] = whole[(row / inside * channels + channel) * filters + filter];
    }
    return parts;
  }
}
