package org.glacis.runtime.program;

import java.util.ArrayList;
import java.util.List;
import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Sorts groups of neighbours of the last axis, the least first. Small groups by a network of
 * comparators (Batcher 1968), minima and maxima, which have gradients; large ones, for which that
 * would be thousands of operations, by the places of the sorted numbers, from which these are read.
 */
public record GroupSortOp<T extends TFloating>(int size, Shape shape) implements Contraction<T> {
  /** The most numbers that comparators sort. */
  private static final int SMALL = 8;

  /** Numbers at two places, of which the smaller goes to the first. */
  private record Comparator(int first, int second) {}

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return size <= SMALL ? compared(tf, x) : placed(tf, x);
  }

  private Operand<T> placed(Ops tf, Operand<T> x) {
    Operand<T> rows = tf.reshape(x, tf.constant(new int[] {-1, size}));
    var falling = tf.nn.topK(tf.math.neg(rows), tf.constant(size), TInt32.class);
    Operand<TInt32> count =
        tf.slice(tf.shape(rows), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    Operand<TInt32> starts =
        tf.math.mul(tf.range(tf.constant(0), tf.squeeze(count), tf.constant(1)), tf.constant(size));
    Operand<TInt32> places = tf.math.add(falling.indices(), tf.expandDims(starts, tf.constant(1)));
    Operand<T> sorted =
        tf.gatherNd(
            tf.reshape(x, tf.constant(new int[] {-1})), tf.expandDims(places, tf.constant(2)));
    int[] flat = new int[shape.getRank() + 1];
    flat[0] = -1;
    for (int i = 0; i < shape.getRank(); i++) {
      flat[i + 1] = shape.get(i);
    }
    return tf.reshape(sorted, tf.constant(flat));
  }

  private Operand<T> compared(Ops tf, Operand<T> x) {
    int rank = shape.getRank();
    int[] grouped = new int[rank + 2];
    int[] flat = new int[rank + 1];
    grouped[0] = -1;
    flat[0] = -1;
    for (int i = 0; i < rank; i++) {
      grouped[i + 1] = shape.get(i);
      flat[i + 1] = shape.get(i);
    }
    grouped[rank] = shape.get(rank - 1) / size;
    grouped[rank + 1] = size;
    List<Operand<T>> places = new ArrayList<>();
    tf.unstack(tf.reshape(x, tf.constant(grouped)), (long) size, Unstack.axis((long) rank + 1))
        .forEach(places::add);
    for (Comparator each : comparators(size)) {
      Operand<T> a = places.get(each.first());
      Operand<T> b = places.get(each.second());
      places.set(each.first(), tf.math.minimum(a, b));
      places.set(each.second(), tf.math.maximum(a, b));
    }
    return tf.reshape(tf.stack(places, Stack.axis((long) rank + 1)), tf.constant(flat));
  }

  /** Batcher's odd-even merge sort of {@code n} places, any number of them. */
  private static List<Comparator> comparators(int n) {
    List<Comparator> all = new ArrayList<>();
    for (int p = 1; p < n; p *= 2) {
      for (int k = p; k >= 1; k /= 2) {
        for (int j = k % p; j + k < n; j += 2 * k) {
          for (int i = 0; i < Math.min(k, n - j - k); i++) {
            if ((i + j) / (2 * p) == (i + j + k) / (2 * p)) {
              all.add(new Comparator(i + j, i + j + k));
            }
          }
        }
      }
    }
    return all;
  }

  /** Each output rises in each number. */
  @Override
  public Elementwise.Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    return new Elementwise.Range<>(apply(tf, lower), apply(tf, upper));
  }

  @Override
  public double error() {
    return 0;
  }

  /** Sorted, two lists of numbers are no farther apart than unsorted. */
  @Override
  public double lipschitz() {
    return 1;
  }
}
