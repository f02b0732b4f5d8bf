package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** {@code |x|}. */
public record AbsoluteOp<T extends TFloating>() implements Elementwise<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.math.abs(x);
  }

  @Override
  public Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    Operand<T> least =
        tf.math.maximum(tf.zerosLike(lower), tf.math.maximum(lower, tf.math.neg(upper)));
    return new Range<>(least, tf.math.maximum(tf.math.abs(lower), tf.math.abs(upper)));
  }

  @Override
  public double error() {
    return 0;
  }

  @Override
  public double slope() {
    return 1;
  }
}
