package org.glacis.runtime.program;

import java.util.List;
import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** The Euclidean length of each channel in windows that do not overlap. */
public record L2NormPoolOp<T extends TFloating>(Element<T> element, int height, int width)
    implements Contraction<T> {
  /** Square windows. */
  public L2NormPoolOp(Element<T> element, int pool) {
    this(element, pool, pool);
  }

  /**
   * The least normal number under the root keeps the slope finite where all numbers are 0: there it
   * is 0, as it is of the gradient's factors.
   */
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.math.sqrt(tf.math.add(squares(tf, x), element.constant(tf, element.leastNormal())));
  }

  private Operand<T> squares(Ops tf, Operand<T> x) {
    List<Long> window = List.of(1L, (long) height, (long) width, 1L);
    return tf.math.mul(
        tf.nn.avgPool(tf.math.square(x), window, window, "VALID"),
        element.constant(tf, (double) height * width));
  }

  /**
   * Lengths rise with the sizes of the numbers, which are least at 0 where that is inside. Squares
   * that are lost because they are too small are made up for in the longest.
   */
  @Override
  public Elementwise.Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    Operand<T> least =
        tf.math.maximum(element.constant(tf, 0), tf.math.maximum(lower, tf.math.neg(upper)));
    Operand<T> most = tf.math.maximum(tf.math.abs(lower), tf.math.abs(upper));
    Operand<T> lost = element.constant(tf, 2.0 * height * width * element.leastNormal());
    return new Elementwise.Range<>(
        tf.math.sqrt(squares(tf, least)), tf.math.sqrt(tf.math.add(squares(tf, most), lost)));
  }

  /** Relative to the value: half of that of the sum of squares, and the root's. */
  @Override
  public double error() {
    return height * width + 8;
  }

  /** A length changes by no more than its window, and windows share no numbers. */
  @Override
  public double lipschitz() {
    return 1;
  }
}
