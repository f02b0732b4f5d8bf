package org.glacis.runtime.program;

import org.glacis.runtime.program.Elementwise.Range;
import org.glacis.spec.MaxPool2d;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** The largest number of each square window of each channel; windows stay inside. */
public final class MaxPoolOp<T extends TFloating> implements Contraction<T> {
  private final int pool;
  private final int stride;

  public MaxPoolOp(MaxPool2d layer) {
    pool = layer.getPool();
    stride = layer.getStride() == null ? pool : layer.getStride();
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.nn.maxPool(
        x,
        tf.constant(new int[] {1, pool, pool, 1}),
        tf.constant(new int[] {1, stride, stride, 1}),
        "VALID");
  }

  @Override
  public Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    return new Range<>(apply(tf, lower), apply(tf, upper));
  }

  @Override
  public double error() {
    return 0;
  }

  /**
   * A pixel lies in at most {@code ceil(pool / stride)^2} windows, and each output moves by at most
   * its largest input's move.
   */
  @Override
  public double lipschitz() {
    return Math.ceil((double) pool / stride);
  }
}
