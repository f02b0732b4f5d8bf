package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** {@code max(x, 0)}. */
public record ReluOp<T extends TFloating>() implements Rising<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.nn.relu(x);
  }

  @Override
  public double error() {
    return 0;
  }

  @Override
  public boolean hasLines() {
    return true;
  }

  @Override
  public Lines<T> lines(Ops tf, Element<T> element, Operand<T> lower, Operand<T> upper) {
    return BentLines.of(tf, element, 0, lower, upper);
  }

  @Override
  public double slope() {
    return 1;
  }
}
