package org.glacis.runtime.bound;

import org.glacis.runtime.program.Program;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** A way to bound the values of a program over a box of inputs. */
@FunctionalInterface
public interface BoundMethod {
  /**
   * Bounds for all inputs in {@code box} (batch × input shape); operations are named below the
   * method.
   */
  <T extends TFloating> Bounds<T> bounds(
      Ops tf, Program<T> program, Interval<T> box, Rounding<T> rounding);
}
