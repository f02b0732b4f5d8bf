package org.glacis.runtime.program;

import java.util.Arrays;
import org.glacis.runtime.graph.Element;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Takes {@code count} of {@code channels} channels (the last axis, the axis {@code rank}), or puts
 * them back among zeros: each the adjoint of the other.
 *
 * @param from the first of them
 * @param back whether they are put back
 */
public record ChannelsOp<T extends TFloating>(
    Element<T> element, int rank, int channels, int from, int count, boolean back)
    implements Affine<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return back ? padded(tf, x) : taken(tf, x);
  }

  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    return apply(tf, radius);
  }

  @Override
  public @Nullable Operand<T> shift() {
    return null;
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return back ? taken(tf, rows) : padded(tf, rows);
  }

  private Operand<T> taken(Ops tf, Operand<T> x) {
    int[] begin = new int[rank + 1];
    int[] size = new int[rank + 1];
    Arrays.fill(size, -1);
    begin[rank] = from;
    size[rank] = count;
    return tf.slice(x, tf.constant(begin), tf.constant(size));
  }

  private Operand<T> padded(Ops tf, Operand<T> x) {
    int[][] amounts = new int[rank + 1][2];
    amounts[rank] = new int[] {from, channels - from - count};
    return tf.pad(x, tf.constant(amounts), element.constant(tf, 0));
  }

  @Override
  public double norm(Numbers<T> numbers) {
    return 1;
  }

  @Override
  public int terms() {
    return 1;
  }
}
