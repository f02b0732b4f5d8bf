package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * {@code x} above zero, {@code s x} below, with a slope a channel that is held within -1 and 1: the
 * larger of both, and so convex.
 */
public final class ClippedPReluOp<T extends TFloating> implements Elementwise<T> {
  private final Operand<T> slopes;
  private final Element<T> element;

  /**
   * An activation.
   *
   * @param free one number a channel, of any size
   */
  public ClippedPReluOp(Ops tf, Element<T> element, Operand<T> free) {
    this.element = element;
    slopes = tf.clipByValue(free, element.constant(tf, -1), element.constant(tf, 1));
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Operand<T> below = tf.math.minimum(x, element.constant(tf, 0));
    return tf.math.add(tf.nn.relu(x), tf.math.mul(below, slopes));
  }

  /** A convex function is largest at an end, and here least at an end or at the bend. */
  @Override
  public Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    Operand<T> first = apply(tf, lower);
    Operand<T> last = apply(tf, upper);
    Operand<T> nearest = tf.math.minimum(tf.math.maximum(lower, element.constant(tf, 0)), upper);
    return new Range<>(
        tf.math.minimum(apply(tf, nearest), tf.math.minimum(first, last)),
        tf.math.maximum(first, last));
  }

  @Override
  public double error() {
    return 2;
  }

  @Override
  public double slope() {
    return 1;
  }
}
