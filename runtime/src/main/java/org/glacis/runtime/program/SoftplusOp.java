package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** {@code log(1 + exp(x))}. */
public record SoftplusOp<T extends TFloating>() implements Rising<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.math.softplus(x);
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
