package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** {@code max(x, 0)}. */
public record ReluOp<T extends TFloating>() implements Elementwise<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.nn.relu(x);
  }
}
