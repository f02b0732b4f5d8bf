package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** {@code x} above zero, {@code exp(x) - 1} below. */
public record EluOp<T extends TFloating>() implements Rising<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.nn.elu(x);
  }

  @Override
  public double error() {
    return 64;
  }

  @Override
  public double slope() {
    return 1;
  }
}
