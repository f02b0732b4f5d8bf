package org.glacis.runtime.program;

import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Squares of {@code factor} × {@code factor} pixels become channels, {@code c factor^2 + i factor +
 * j} for the pixel {@code (i, j)} of channel {@code c}; or channels become squares.
 *
 * @param image the shape of the images with the larger height and width
 * @param up whether channels become squares
 */
public record PixelsOp<T extends TFloating>(int factor, Shape image, boolean up)
    implements Rearrange<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return up ? squares(tf, x) : channels(tf, x);
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return up ? channels(tf, rows) : squares(tf, rows);
  }

  private Operand<T> channels(Ops tf, Operand<T> x) {
    int[] parts = {-1, image.get(0) / factor, factor, image.get(1) / factor, factor, image.get(2)};
    Operand<T> grouped = tf.reshape(x, tf.constant(parts));
    return tf.reshape(
        tf.linalg.transpose(grouped, tf.constant(new int[] {0, 1, 3, 5, 2, 4})),
        tf.constant(
            new int[] {
              -1, image.get(0) / factor, image.get(1) / factor, image.get(2) * factor * factor
            }));
  }

  private Operand<T> squares(Ops tf, Operand<T> x) {
    int[] parts = {-1, image.get(0) / factor, image.get(1) / factor, image.get(2), factor, factor};
    Operand<T> grouped = tf.reshape(x, tf.constant(parts));
    return tf.reshape(
        tf.linalg.transpose(grouped, tf.constant(new int[] {0, 1, 4, 2, 5, 3})),
        tf.constant(new int[] {-1, image.get(0), image.get(1), image.get(2)}));
  }
}
