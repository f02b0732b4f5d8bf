package org.glacis.runtime.program;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** The larger, then the smaller of the numbers of both halves of the last axis. */
public record MaxMinOp<T extends TFloating>(int channels, int rank) implements Contraction<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Operand<T> first = half(tf, x, 0);
    Operand<T> second = half(tf, x, channels / 2);
    return tf.concat(
        List.of(tf.math.maximum(first, second), tf.math.minimum(first, second)), tf.constant(rank));
  }

  private Operand<T> half(Ops tf, Operand<T> x, int from) {
    int[] begin = new int[rank + 1];
    int[] size = new int[rank + 1];
    java.util.Arrays.fill(size, -1);
    begin[rank] = from;
    size[rank] = channels / 2;
    return tf.slice(x, tf.constant(begin), tf.constant(size));
  }

  /** Both maps rise in each number. */
  @Override
  public Elementwise.Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    return new Elementwise.Range<>(apply(tf, lower), apply(tf, upper));
  }

  @Override
  public double error() {
    return 0;
  }

  /** It permutes the numbers of two inputs so that they come nearer, or not at all. */
  @Override
  public double lipschitz() {
    return 1;
  }
}
