package org.glacis.runtime.train;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.lower.Noise;
import org.glacis.spec.AugmentationSpec;
import org.glacis.spec.CropMode;
import org.glacis.spec.HorizontalFlip;
import org.glacis.spec.RandomCrop;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * Random changes of the images of a batch, inside the graph.
 *
 * <p>Crops and flips take every pixel of the result from one place of the image. So only places are
 * computed, one row and one column for each sample, from the last change back to the first; the
 * pixels themselves are moved once, by one gather. Bytes are moved as bytes.
 *
 * <p>The random numbers depend on nothing but the seed of the step and the place of the change in
 * the declaration: a step that is made again, after a resume too, sees the same images.
 */
final class Augmentation {
  private final Ops tf;
  private final Shape shape;
  private final Noise noise;
  private final Operand<TInt32> batch;

  /** For each sample and each row of the result, the row of the image: [batch or 1, height]. */
  private Operand<TInt32> rows;

  /** For each sample and each column of the result, the column: [batch or 1, width]. */
  private Operand<TInt32> columns;

  /** Rows and columns of the result that are no zeros; null where all are taken from the image. */
  private @Nullable Operand<TBool> rowsInside;

  private @Nullable Operand<TBool> columnsInside;

  private Augmentation(Ops tf, Shape shape, Noise noise, Operand<TInt32> batch) {
    this.tf = tf;
    this.shape = shape;
    this.noise = noise;
    this.batch = batch;
    rows = counted(shape.get(0));
    columns = counted(shape.get(1));
  }

  /**
   * The images after all changes, the first change first.
   *
   * @param noise random numbers of the step
   * @param batch how many images there are: a constant where that is known, so that the shape of
   *     the result is too
   * @param images batch × height × width × channels
   * @param shape of one image
   */
  static <T extends TType> Operand<T> apply(
      Ops root,
      List<AugmentationSpec> changes,
      Noise noise,
      Operand<TInt32> batch,
      Operand<T> images,
      Shape shape) {
    if (changes.isEmpty()) {
      return images;
    }
    Augmentation all = new Augmentation(root.withSubScope("augmentation"), shape, noise, batch);
    for (int i = changes.size() - 1; i >= 0; i--) {
      all.before(changes.get(i), i);
    }
    return all.moved(images);
  }

  private void before(AugmentationSpec change, int place) {
    String own = "data.augmentation[" + place + "]";
    if (change instanceof RandomCrop crop) {
      crop(crop, own);
    } else if (change instanceof HorizontalFlip flip) {
      flip(flip, own);
    } else {
      throw new AssertionError(change);
    }
  }

  private void crop(RandomCrop crop, String own) {
    int padding = crop.getPadding();
    Operand<TInt32> moves = noise.integers(tf, own, draws(2), -padding, padding + 1);
    Operand<TInt32> down = tf.slice(moves, ints(0, 0), ints(-1, 1));
    Operand<TInt32> right = tf.slice(moves, ints(0, 1), ints(-1, 1));
    rows = tf.math.add(rows, down);
    columns = tf.math.add(columns, right);
    if (crop.getMode() == CropMode.ZERO) {
      rowsInside = both(rowsInside, inside(rows, shape.get(0)));
      columnsInside = both(columnsInside, inside(columns, shape.get(1)));
    }
    rows = nearest(rows, shape.get(0));
    columns = nearest(columns, shape.get(1));
  }

  private void flip(HorizontalFlip flip, String own) {
    Operand<TFloat32> uniform = noise.uniform(tf, Element.FLOAT32, own, draws(1));
    Operand<TBool> flipped = tf.math.less(uniform, tf.constant((float) flip.getProbability()));
    Operand<TInt32> mirrored = tf.math.sub(tf.constant(shape.get(1) - 1), columns);
    columns = tf.select(flipped, mirrored, columns);
  }

  private <T extends TType> Operand<T> moved(Operand<T> images) {
    int width = shape.get(1);
    int pixels = shape.get(0) * width;
    Operand<T> flat = tf.reshape(images, ints(-1, shape.get(2)));
    Operand<TInt32> inRows = tf.math.mul(rows, tf.constant(width));
    Operand<TInt32> inColumns = columns;
    boolean zeros = rowsInside != null && columnsInside != null;
    Operand<TInt32> end = tf.math.mul(batch, tf.constant(pixels));
    if (zeros) {
      // One black pixel behind all others; what is outside lies there or beyond.
      flat =
          tf.concat(
              List.of(flat, tf.zerosLike(tf.slice(flat, ints(0, 0), ints(1, -1)))), tf.constant(0));
      inRows = tf.select(Objects.requireNonNull(rowsInside), inRows, end);
      inColumns = tf.select(Objects.requireNonNull(columnsInside), inColumns, end);
    }
    Operand<TInt32> first =
        tf.math.mul(tf.range(tf.constant(0), batch, tf.constant(1)), tf.constant(pixels));
    Operand<TInt32> place =
        tf.math.add(
            tf.math.add(tf.reshape(first, ints(-1, 1, 1)), tf.expandDims(inRows, tf.constant(2))),
            tf.expandDims(inColumns, tf.constant(1)));
    return tf.gather(flat, zeros ? tf.math.minimum(place, end) : place, tf.constant(0));
  }

  private Operand<TBool> inside(Operand<TInt32> place, int extent) {
    return tf.math.logicalAnd(
        tf.math.greaterEqual(place, tf.constant(0)), tf.math.less(place, tf.constant(extent)));
  }

  private Operand<TBool> both(@Nullable Operand<TBool> before, Operand<TBool> now) {
    return before == null ? now : tf.math.logicalAnd(before, now);
  }

  private Operand<TInt32> nearest(Operand<TInt32> place, int extent) {
    return tf.math.minimum(tf.math.maximum(place, tf.constant(0)), tf.constant(extent - 1));
  }

  private Operand<TInt32> draws(int numbers) {
    return tf.stack(List.of(batch, tf.constant(numbers)));
  }

  private Operand<TInt32> counted(int extent) {
    return tf.constant(new int[][] {IntStream.range(0, extent).toArray()});
  }

  private Operand<TInt32> ints(int... values) {
    return tf.constant(values);
  }
}
