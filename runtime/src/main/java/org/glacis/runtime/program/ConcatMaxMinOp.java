package org.glacis.runtime.program;

import java.util.List;
import org.glacis.runtime.program.Elementwise.Range;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * {@code max(x, 0)}, then {@code max(-x, 0)}, one after the other on the last axis: the axis {@code
 * rank}.
 */
public record ConcatMaxMinOp<T extends TFloating>(int rank) implements Contraction<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return joined(tf, x, tf.math.neg(x));
  }

  private Operand<T> joined(Ops tf, Operand<T> first, Operand<T> second) {
    return tf.concat(List.of(tf.nn.relu(first), tf.nn.relu(second)), tf.constant(rank));
  }

  @Override
  public Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    return new Range<>(
        joined(tf, lower, tf.math.neg(upper)), joined(tf, upper, tf.math.neg(lower)));
  }

  @Override
  public double error() {
    return 0;
  }

  /** Where two numbers have one sign they keep their distance; else it grows only in their sum. */
  @Override
  public double lipschitz() {
    return 1;
  }
}
