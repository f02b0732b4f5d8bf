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
 * Windows over images. Explicit and circular padding is done before, by operations of its own:
 * TensorFlow has no gradient for padded windows of the first kind, and no windows of the second.
 *
 * @param height of a window, likewise {@code width}
 * @param down step between windows below one another, {@code right} beside one another
 * @param input the shape of one image: height × width × channels
 */
record Window<T extends TFloating>(
    Element<T> element, int height, int width, int down, int right, Padding padding, Shape input) {
  /** Square windows. */
  Window(Element<T> element, int side, int stride, Padding padding, Shape input) {
    this(element, side, side, stride, stride, padding, input);
  }

  /** The same windows; explicit padding that is no other than {@code same} is called that. */
  Window<T> simplified() {
    boolean same =
        padding instanceof Padding.Explicit
            && amounts(0, padding).equals(amounts(0, Padding.Same.INSTANCE))
            && amounts(1, padding).equals(amounts(1, Padding.Same.INSTANCE));
    return same
        ? new Window<>(element, height, width, down, right, Padding.Same.INSTANCE, input)
        : this;
  }

  List<Long> strides() {
    return List.of(1L, (long) down, (long) right, 1L);
  }

  List<Long> sides() {
    return List.of(1L, (long) height, (long) width, 1L);
  }

  /** How many numbers of a channel a window sees. */
  int taps() {
    return height * width;
  }

  /** How many windows see one pixel at most. */
  double overlap() {
    return Math.ceil((double) height / down) * Math.ceil((double) width / right);
  }

  String mode() {
    return padding instanceof Padding.Same ? "SAME" : "VALID";
  }

  /** What lies above, below, left and right of the image. */
  int[] around() {
    var rows = amounts(0, padding);
    var columns = amounts(1, padding);
    return new int[] {rows.getFirst(), rows.getSecond(), columns.getFirst(), columns.getSecond()};
  }

  private kotlin.Pair<Integer, Integer> amounts(int axis, Padding of) {
    return axis == 0
        ? of.amounts(0, input.get(0), height, down)
        : of.amounts(1, input.get(1), width, right);
  }

  private boolean isPaddedBefore() {
    return padding instanceof Padding.Explicit || padding instanceof Padding.Circular;
  }

  /** The images with what an explicit or circular padding puts around them. */
  Operand<T> padded(Ops tf, Operand<T> images) {
    if (!isPaddedBefore()) {
      return images;
    }
    int[] around = around();
    if (padding instanceof Padding.Circular) {
      return wrapped(tf, wrapped(tf, images, 1, around[0], around[1]), 2, around[2], around[3]);
    }
    int[][] amounts = {{0, 0}, {around[0], around[1]}, {around[2], around[3]}, {0, 0}};
    return tf.pad(images, tf.constant(amounts), element.constant(tf, 0));
  }

  private Operand<T> wrapped(Ops tf, Operand<T> images, int axis, int before, int after) {
    int extent = input.get(axis - 1);
    List<Operand<T>> parts = new java.util.ArrayList<>();
    if (before > 0) {
      parts.add(part(tf, images, axis, extent - before, before));
    }
    parts.add(images);
    if (after > 0) {
      parts.add(part(tf, images, axis, 0, after));
    }
    return parts.size() == 1 ? images : tf.concat(parts, tf.constant(axis));
  }

  /**
   * Coefficients on the padded images as coefficients on the images: those on zeros are left out,
   * those on copies are added to those on the originals.
   */
  Operand<T> cropped(Ops tf, Operand<T> rows) {
    if (!isPaddedBefore()) {
      return rows;
    }
    int[] around = around();
    if (padding instanceof Padding.Circular) {
      return unwrapped(tf, unwrapped(tf, rows, 2, around[2], around[3]), 1, around[0], around[1]);
    }
    return tf.slice(
        rows,
        tf.constant(new int[] {0, around[0], around[2], 0}),
        tf.constant(new int[] {-1, input.get(0), input.get(1), input.get(2)}));
  }

  private Operand<T> unwrapped(Ops tf, Operand<T> rows, int axis, int before, int after) {
    int extent = input.get(axis - 1);
    Operand<T> all = part(tf, rows, axis, before, extent);
    if (before > 0) {
      all = tf.math.add(all, moved(tf, part(tf, rows, axis, 0, before), axis, extent - before, 0));
    }
    if (after > 0) {
      Operand<T> last = part(tf, rows, axis, before + extent, after);
      all = tf.math.add(all, moved(tf, last, axis, 0, extent - after));
    }
    return all;
  }

  private static <T extends TFloating> Operand<T> part(
      Ops tf, Operand<T> images, int axis, int from, int count) {
    int[] begin = new int[4];
    int[] size = {-1, -1, -1, -1};
    begin[axis] = from;
    size[axis] = count;
    return tf.slice(images, tf.constant(begin), tf.constant(size));
  }

  private Operand<T> moved(Ops tf, Operand<T> part, int axis, int before, int after) {
    int[][] amounts = new int[4][2];
    amounts[axis] = new int[] {before, after};
    return tf.pad(part, tf.constant(amounts), element.constant(tf, 0));
  }

  /** The shape of a batch of padded images, as many as {@code rows} has. */
  Operand<TInt32> paddedShape(Ops tf, Operand<T> rows) {
    int tall = input.get(0);
    int wide = input.get(1);
    if (isPaddedBefore()) {
      int[] around = around();
      tall += around[0] + around[1];
      wide += around[2] + around[3];
    }
    Operand<TInt32> count =
        tf.slice(tf.shape(rows), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    return tf.concat(
        List.of(count, tf.constant(new int[] {tall, wide, input.get(2)})), tf.constant(0));
  }
}
