package org.glacis.runtime.program;

import java.util.List;
import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** The Euclidean length of each channel in square windows that do not overlap. */
public record L2NormPoolOp<T extends TFloating>(Element<T> element, int pool)
    implements Contraction<T> {
  /** Keeps the slope of the root finite at 0, as deel-lip has it. */
  private static final double SLOPE = 1e-6;

  /** The value is the root itself; the slope at {@code s} is {@code 1 / (2 (sqrt(s) + 1e-6))}. */
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Operand<T> squares = squares(tf, x);
    Operand<T> fixed = tf.stopGradient(squares);
    Operand<T> root = tf.math.sqrt(fixed);
    Operand<T> slope =
        tf.math.div(element.constant(tf, 0.5), tf.math.add(root, element.constant(tf, SLOPE)));
    return tf.math.add(root, tf.math.mul(tf.math.sub(squares, fixed), slope));
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
