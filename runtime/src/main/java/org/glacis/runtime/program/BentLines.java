package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.Elementwise.Lines;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TFloating;

/** Lines around functions of two straight pieces that meet at 0: ReLU and leaky ReLU. */
final class BentLines {
  private BentLines() {}

  /**
   * The chord above, and below the piece that leaves the smaller area (Zhang et al. 2018, "adaptive
   * lower bound"); at a tie the flat one.
   *
   * @param slope of the function below 0; above it is 1
   */
  static <T extends TFloating> Lines<T> of(
      Ops tf, Element<T> element, double slope, Operand<T> lower, Operand<T> upper) {
    Operand<T> zero = element.constant(tf, 0);
    Operand<T> one = element.constant(tf, 1);
    Operand<T> flat = element.constant(tf, slope);
    Operand<TBool> active = tf.math.greaterEqual(lower, zero);
    Operand<TBool> inactive = tf.math.lessEqual(upper, zero);
    Operand<T> width = tf.math.maximum(tf.math.sub(upper, lower), element.constant(tf, 1e-8));
    Operand<T> start = tf.math.mul(lower, flat);
    Operand<T> chord = tf.math.div(tf.math.sub(upper, start), width);
    Operand<T> below = tf.select(tf.math.greater(tf.math.add(upper, lower), zero), one, flat);
    return new Lines<>(
        tf.select(active, one, tf.select(inactive, flat, below)),
        tf.select(active, one, tf.select(inactive, flat, chord)),
        tf.select(
            tf.math.logicalOr(active, inactive),
            zero,
            tf.math.sub(start, tf.math.mul(chord, lower))));
  }
}
