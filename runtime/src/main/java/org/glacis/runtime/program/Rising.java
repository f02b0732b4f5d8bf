package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** A function of one number that never falls: {@code x <= y} gives {@code f(x) <= f(y)}. */
public interface Rising<T extends TFloating> extends Elementwise<T> {
  @Override
  default Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    return new Range<>(apply(tf, lower), apply(tf, upper));
  }
}
