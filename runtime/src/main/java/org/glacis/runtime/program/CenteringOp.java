package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.family.TFloating;

/**
 * Each channel of an image less its mean over height and width, plus a shift a channel: a
 * projection.
 *
 * @param image height × width × channels
 */
public record CenteringOp<T extends TFloating>(
    Element<T> element, Shape image, @Nullable Operand<T> bias) implements Affine<T> {
  private double places() {
    return (double) image.get(0) * image.get(1);
  }

  private Operand<T> mean(Ops tf, Operand<T> x) {
    return tf.math.mean(x, tf.constant(new int[] {1, 2}), Mean.keepDims(true));
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Operand<T> centred = tf.math.sub(x, mean(tf, x));
    return bias == null ? centred : tf.nn.biasAdd(centred, bias);
  }

  /** With {@code n} places a number counts {@code 1 - 1/n} of itself and {@code 1/n} of others. */
  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    return tf.math.add(
        tf.math.mul(radius, element.constant(tf, 1 - 2 / places())), mean(tf, radius));
  }

  @Override
  public @Nullable Operand<T> shift() {
    return bias;
  }

  /** A projection is its own adjoint. */
  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return tf.math.sub(rows, mean(tf, rows));
  }

  @Override
  public double norm(Numbers<T> numbers) {
    return 1;
  }

  /**
   * What is added up is of up to three times the size that the weights give it: {@code 1 + 1/n}
   * against {@code 1 - 1/n}, and nothing is left for {@code n = 1}.
   */
  @Override
  public int terms() {
    return 3 * (image.get(0) * image.get(1) + 6);
  }
}
