package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Leaves everything as it is: the place of an operation that was merged into the one before it. */
public record SameOp<T extends TFloating>() implements Rearrange<T> {
  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return x;
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return rows;
  }
}
