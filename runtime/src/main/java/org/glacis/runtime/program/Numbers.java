package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** What operands that depend on nothing but weights are, row by row. */
@FunctionalInterface
public interface Numbers<T extends TFloating> {
  double[] of(Operand<T> operand);
}
