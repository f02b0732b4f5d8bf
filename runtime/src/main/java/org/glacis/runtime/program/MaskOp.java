package org.glacis.runtime.program;

import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * {@code mask * x} with a mask (batch × shape, 0 or above) that all passes of one step share:
 * dropout.
 *
 * @param shape the shape of one sample
 */
public record MaskOp<T extends TFloating>(Operand<T> mask, Shape shape) implements Affine<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.math.mul(x, mask);
  }

  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    return tf.math.mul(radius, mask);
  }

  @Override
  public @Nullable Operand<T> shift() {
    return null;
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    int size = shape.getSize();
    var batch = tf.slice(tf.shape(mask), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    var grouped =
        tf.reshape(
            rows,
            tf.concat(java.util.List.of(batch, tf.constant(new int[] {-1, size})), tf.constant(0)));
    var masks = tf.reshape(mask, tf.constant(new int[] {-1, 1, size}));
    return tf.reshape(tf.math.mul(grouped, masks), tf.shape(rows));
  }

  /** Masks are new at each step: there is no constant. */
  @Override
  public double norm(Numbers<T> numbers) {
    return Double.POSITIVE_INFINITY;
  }

  @Override
  public int terms() {
    return 1;
  }
}
