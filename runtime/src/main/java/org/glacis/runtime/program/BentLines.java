package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.Elementwise.Lines;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TFloating;

/** Lines around functions of two straight pieces that meet at 0: ReLU and leaky ReLU. */
final class BentLines {
  /** A chord is drawn over at least this width, so that gradients stay finite. */
  private static final double LEAST_WIDTH = 1e-8;

  private BentLines() {}

  /**
   * The chord above, and below the piece that leaves the smaller area (Zhang et al. 2018, "adaptive
   * lower bound"); at a tie the flat one. Where the interval is too narrow for a chord, the upper
   * corner is moved up: the chord of a wider interval lies above.
   *
   * <p>Rounding: let {@code l < 0 < u} be the corners. The line below is one of the pieces, without
   * an error. The computed chord {@code c} is wrong by at most {@code 6} units of rounding of
   * itself, as nothing cancels in it; at {@code l} the line {@code c x + (s l - c l)} is wrong by
   * at most {@code 4} units of {@code |l|}; so between the corners, where {@code c (x - l) <= u -
   * l}, by {@code 10 |l| + 6 u} units, at most {@link Elementwise#LINE_ERROR} of the larger.
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
    Operand<T> least = element.constant(tf, LEAST_WIDTH);
    Operand<T> top = tf.math.maximum(upper, tf.math.add(lower, least));
    Operand<T> width = tf.math.maximum(tf.math.sub(top, lower), least);
    Operand<T> start = tf.math.mul(lower, flat);
    Operand<T> chord = tf.math.div(tf.math.sub(top, start), width);
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
