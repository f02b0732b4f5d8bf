package org.glacis.runtime.program;

import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** The same numbers in the same order under another shape: flatten, reshape. */
public record ReshapeOp<T extends TFloating>(Shape from, Shape to) implements Rearrange<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return reshape(tf, x, to);
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return reshape(tf, rows, from);
  }

  private Operand<T> reshape(Ops tf, Operand<T> x, Shape shape) {
    int[] extents = new int[shape.getRank() + 1];
    extents[0] = -1;
    for (int i = 1; i < extents.length; i++) {
      extents[i] = shape.get(i - 1);
    }
    return tf.reshape(x, tf.constant(extents));
  }
}
