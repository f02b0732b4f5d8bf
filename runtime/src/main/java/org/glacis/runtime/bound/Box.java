package org.glacis.runtime.bound;

import org.glacis.runtime.graph.Element;
import org.glacis.spec.DataRange;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * The box of inputs that a perturbation set spans around each sample of a batch. An l2 ball is
 * enclosed by the box of its radius.
 */
public final class Box {
  private Box() {}

  /**
   * The box around each sample.
   *
   * @param x batch × input shape
   * @param epsilon radius: broadcasts to {@code x}
   * @param range what the box is clipped to; null for no limits
   */
  public static <T extends TFloating> Interval<T> around(
      Ops tf,
      Element<T> element,
      Operand<T> x,
      Operand<T> epsilon,
      @Nullable DataRange range,
      Rounding<T> rounding) {
    if (range == null) {
      return rounding.settled(tf, Interval.ofCentre(x, epsilon));
    }
    if (rounding.isOutward()) {
      // Clipping would make a box of what is none.
      Operand<T> none = element.constant(tf, Double.NaN);
      x = tf.select(tf.math.isFinite(tf.math.add(x, epsilon)), x, none);
    }
    Operand<T> least = element.constant(tf, range.getLeast());
    Operand<T> most = element.constant(tf, range.getMost());
    // The input is in the box even where it is out of range, so that a clean input is always one of
    // the points.
    Operand<T> lower = tf.math.minimum(x, tf.math.maximum(tf.math.sub(x, epsilon), least));
    Operand<T> upper = tf.math.maximum(x, tf.math.minimum(tf.math.add(x, epsilon), most));
    return rounding.settled(tf, Interval.ofCorners(lower, upper));
  }

  /**
   * The part of a box within {@code range}, null for no limits; of a box that is out of it, the
   * nearest corner. For training: rounding is ignored.
   */
  public static <T extends TFloating> Interval<T> within(
      Ops tf, Element<T> element, Interval<T> box, @Nullable DataRange range) {
    if (range == null) {
      return box;
    }
    Operand<T> lower = box.lower(tf);
    Operand<T> upper = box.upper(tf);
    Operand<T> least = element.constant(tf, range.getLeast());
    Operand<T> most = element.constant(tf, range.getMost());
    return Interval.ofCorners(
        tf.math.minimum(tf.math.maximum(lower, least), upper),
        tf.math.maximum(tf.math.minimum(upper, most), lower));
  }
}
