package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.LeakyRelu;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/** {@code x} above zero, {@code below * x} below; slopes are from 0 to 1. */
public record LeakyReluOp<T extends TFloating>(double below) implements Rising<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    if (x.type() == (Class<?>) TFloat32.class) {
      return tf.nn.leakyRelu(x, LeakyRelu.alpha((float) below));
    }
    // TensorFlow's own operation holds its slope in float32 whatever the type of x: 0.01 is then
    // wrong by 2e-8, far more than a bound in float64 allows for.
    Operand<T> scaled = tf.math.mul(x, tf.dtypes.cast(tf.constant(below), x.type()));
    return tf.math.maximum(x, scaled);
  }

  @Override
  public double error() {
    return 2;
  }

  @Override
  public boolean hasLines() {
    return true;
  }

  @Override
  public Lines<T> lines(Ops tf, Element<T> element, Operand<T> lower, Operand<T> upper) {
    return BentLines.of(tf, element, below, lower, upper);
  }

  @Override
  public double slope() {
    return Math.max(1, below);
  }
}
