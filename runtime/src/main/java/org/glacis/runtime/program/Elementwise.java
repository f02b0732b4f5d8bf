package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** A function of one number, applied to each. All that exist so far are monotone and rise. */
public non-sealed interface Elementwise<T extends TFloating> extends Operation<T> {
  Operand<T> apply(Ops tf, Operand<T> x);

  /** The least and the most that the function takes on {@code [lower, upper]}. */
  default Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    return new Range<>(apply(tf, lower), apply(tf, upper));
  }

  /**
   * How wrong a computed value may be, in units of rounding of the value, and in absolute units of
   * rounding. Zero for functions that floating point computes exactly.
   */
  default double error() {
    return 0;
  }

  /** Two operands that enclose a value. */
  record Range<T extends TFloating>(Operand<T> lower, Operand<T> upper) {}
}
