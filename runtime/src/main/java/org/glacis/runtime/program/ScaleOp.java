package org.glacis.runtime.program;

import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** {@code scale * x}, one number for all or one a channel. */
public record ScaleOp<T extends TFloating>(Operand<T> scale) implements Affine<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.math.mul(x, scale);
  }

  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    return tf.math.mul(radius, tf.math.abs(scale));
  }

  @Override
  public @Nullable Operand<T> shift() {
    return null;
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return tf.math.mul(rows, scale);
  }

  /** The largest scale, which is itself rounded where it was computed from others. */
  @Override
  public double norm(Numbers<T> numbers) {
    double most = 0;
    for (double each : numbers.of(scale)) {
      most = Math.max(most, Math.abs(each));
    }
    return most * (1 + 0x1p-44);
  }

  @Override
  public int terms() {
    return 1;
  }
}
