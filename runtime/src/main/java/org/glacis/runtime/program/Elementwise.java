package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.glacis.spec.GlacisException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** A function of one number, applied to each. One that never falls is {@link Rising}. */
public non-sealed interface Elementwise<T extends TFloating> extends Operation<T> {
  /** How far rounding may move a line of {@link #lines}. */
  double LINE_ERROR = 16;

  Operand<T> apply(Ops tf, Operand<T> x);

  /**
   * The least and the most that the function takes on {@code [lower, upper]}, each as wrong by
   * rounding as {@link #error} says. Certificates rest on it.
   */
  Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper);

  /**
   * How wrong a computed value may be, in units of rounding of the value, and in absolute units of
   * rounding. Zero only for functions that floating point computes exactly. Certificates rest on
   * it.
   */
  double error();

  /**
   * The largest size of the slope: a proved upper bound of {@code |f(x) - f(y)| / |x - y|},
   * infinite where there is none.
   */
  default double slope() {
    return Double.POSITIVE_INFINITY;
  }

  /** Whether {@link #lines} are known. */
  default boolean hasLines() {
    return false;
  }

  /**
   * A line below and a line above the function over {@code [lower, upper]}, which may be a point.
   * The line below goes through the origin. As computed, a line may be on the wrong side of the
   * function by {@link #LINE_ERROR} units of rounding of the corner that is farther from 0.
   */
  default Lines<T> lines(Ops tf, Element<T> element, Operand<T> lower, Operand<T> upper) {
    throw new GlacisException(getClass().getSimpleName() + " has no linear bounds");
  }

  /** {@code lowerSlope x <= f(x) <= upperSlope x + upperShift}. */
  record Lines<T extends TFloating>(
      Operand<T> lowerSlope, Operand<T> upperSlope, Operand<T> upperShift) {}

  /** Two operands that enclose a value. */
  record Range<T extends TFloating>(Operand<T> lower, Operand<T> upper) {}
}
