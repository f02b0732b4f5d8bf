package org.glacis.runtime.program;

import java.util.List;
import org.glacis.runtime.graph.Element;
import org.glacis.spec.Padding;
import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Square windows over images. Explicit padding is done before, by an operation of its own:
 * TensorFlow has no gradient for padded windows of that kind.
 *
 * @param input the shape of one image: height × width × channels
 */
record Window<T extends TFloating>(
    Element<T> element, int side, int stride, Padding padding, Shape input) {
  List<Long> strides() {
    return List.of(1L, (long) stride, (long) stride, 1L);
  }

  List<Long> sides() {
    return List.of(1L, (long) side, (long) side, 1L);
  }

  String mode() {
    return padding instanceof Padding.Same ? "SAME" : "VALID";
  }

  /** The images with the zeros of an explicit padding around them. */
  Operand<T> padded(Ops tf, Operand<T> images) {
    if (!(padding instanceof Padding.Explicit sides)) {
      return images;
    }
    int[][] amounts = {
      {0, 0}, {sides.getTop(), sides.getBottom()}, {sides.getLeft(), sides.getRight()}, {0, 0}
    };
    return tf.pad(images, tf.constant(amounts), element.constant(tf, 0));
  }

  /** Coefficients on the padded images without those on the padding. */
  Operand<T> cropped(Ops tf, Operand<T> rows) {
    if (!(padding instanceof Padding.Explicit sides)) {
      return rows;
    }
    return tf.slice(
        rows,
        tf.constant(new int[] {0, sides.getTop(), sides.getLeft(), 0}),
        tf.constant(new int[] {-1, input.get(0), input.get(1), input.get(2)}));
  }

  /** The shape of a batch of padded images, as many as {@code rows} has. */
  Operand<TInt32> paddedShape(Ops tf, Operand<T> rows) {
    int height = input.get(0);
    int width = input.get(1);
    if (padding instanceof Padding.Explicit sides) {
      height += sides.getTop() + sides.getBottom();
      width += sides.getLeft() + sides.getRight();
    }
    Operand<TInt32> count =
        tf.slice(tf.shape(rows), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    return tf.concat(
        List.of(count, tf.constant(new int[] {height, width, input.get(2)})), tf.constant(0));
  }
}
