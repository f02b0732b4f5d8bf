package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.LeakyRelu;
import org.tensorflow.types.family.TFloating;

/** {@code x} above zero, {@code slope * x} below. */
public record LeakyReluOp<T extends TFloating>(double slope) implements Elementwise<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.nn.leakyRelu(x, LeakyRelu.alpha((float) slope));
  }

  @Override
  public double error() {
    return 2;
  }
}
