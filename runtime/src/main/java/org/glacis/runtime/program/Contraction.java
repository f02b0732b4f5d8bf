package org.glacis.runtime.program;

import org.glacis.runtime.program.Elementwise.Range;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * A map that is neither affine nor elementwise and whose Lipschitz constant is known: max pooling.
 */
public non-sealed interface Contraction<T extends TFloating> extends Operation<T> {
  Operand<T> apply(Ops tf, Operand<T> x);

  /**
   * Two operands that enclose the outputs for all inputs between {@code lower} and {@code upper}.
   */
  Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper);

  /** How wrong a computed value may be; see {@link Elementwise#error}. */
  double error();

  /** A proved upper bound of {@code |f(x) - f(y)|_2 / |x - y|_2}. */
  double lipschitz();
}
