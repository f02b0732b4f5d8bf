package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** {@code 1 / (1 + exp(-x))}. */
public record SigmoidOp<T extends TFloating>() implements Rising<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.math.sigmoid(x);
  }

  @Override
  public double error() {
    return 64;
  }

  @Override
  public double slope() {
    return 0.25;
  }
}
