package org.glacis.runtime.program;

import java.util.List;
import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TFloating;

/** The Euclidean length of each channel in square windows that do not overlap. */
public record L2NormPoolOp<T extends TFloating>(Element<T> element, int pool)
    implements Contraction<T> {
  /** The slope is that of the length, and 0 where the length is 0. */
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Operand<T> squares = squares(tf, x);
    Operand<T> zero = element.constant(tf, 0);
    Operand<TBool> some = tf.math.greater(squares, zero);
    // The root of 1 in the places of zeros: its slope, which does not count, is a number.
    Operand<T> safe = tf.select(some, squares, element.constant(tf, 1));
    return tf.select(some, tf.math.sqrt(safe), zero);
  }

  private Operand<T> squares(Ops tf, Operand<T> x) {
    List<Long> window = List.of(1L, (long) pool, (long) pool, 1L);
    return tf.math.mul(
        tf.nn.avgPool(tf.math.square(x), window, window, "VALID"),
        element.constant(tf, (double) pool * pool));
  }

  /** Lengths rise with the sizes of the numbers, which are least at 0 where that is inside. */
  @Override
  public Elementwise.Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    Operand<T> least =
        tf.math.maximum(element.constant(tf, 0), tf.math.maximum(lower, tf.math.neg(upper)));
    Operand<T> most = tf.math.maximum(tf.math.abs(lower), tf.math.abs(upper));
    return new Elementwise.Range<>(
        tf.math.sqrt(squares(tf, least)), tf.math.sqrt(squares(tf, most)));
  }

  /** Relative to the value: half of that of the sum of squares, and the root's. */
  @Override
  public double error() {
    return pool * pool + 8;
  }

  /** A length changes by no more than its window, and windows share no numbers. */
  @Override
  public double lipschitz() {
    return 1;
  }
}
