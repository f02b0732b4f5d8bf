package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Moves numbers without changing them: flatten, reshape. */
public non-sealed interface Rearrange<T extends TFloating> extends Operation<T> {
  Operand<T> apply(Ops tf, Operand<T> x);

  /** The inverse, on coefficients: (batch · specifications) × the output's shape. */
  Operand<T> pullBack(Ops tf, Operand<T> rows);
}
