package org.glacis.runtime.program;

import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * {@code y = W x + b} for some matrix that need not exist as such: dense, convolution, average
 * pooling, normalisation.
 */
public non-sealed interface Affine<T extends TFloating> extends Operation<T> {
  /** {@code W x + b}. */
  Operand<T> apply(Ops tf, Operand<T> x);

  /** {@code |W| r}: how far each output can move when each input may move by {@code r >= 0}. */
  Operand<T> spread(Ops tf, Operand<T> radius);

  /**
   * {@code y = W x / 2 + b}, for inputs that come doubled; null where halving the inputs is no
   * dearer than halving {@code W}. Either is exact.
   */
  default @Nullable Affine<T> halved(Ops tf) {
    return null;
  }

  /** {@code b}, of a shape that broadcasts to the output; null when there is none. */
  @Nullable Operand<T> shift();

  /** At least the sum of the sizes of what {@link #shift} was added up from; null without one. */
  default @Nullable Operand<T> shiftSize(Ops tf) {
    Operand<T> shift = shift();
    return shift == null ? null : tf.math.abs(shift);
  }

  /**
   * This operation and then a scale and a shift of each channel (the last axis), as one operation;
   * null where there is none that is cheaper than both.
   */
  default @Nullable Affine<T> then(Ops tf, ScaleShiftOp<T> next) {
    return null;
  }

  /**
   * {@code rows W}: coefficients on the output become coefficients on the input. Rows are (batch ·
   * specifications) × the output's shape; the constant {@code rows b} is the caller's, from {@link
   * #shift}.
   */
  Operand<T> pullBack(Ops tf, Operand<T> rows);

  /**
   * A proved upper bound of the largest singular value of {@code W} in exact arithmetic; infinite
   * where there is none.
   */
  double norm(Numbers<T> numbers);

  /**
   * The most products that one output adds up: what the rounding error of {@link #apply} grows
   * with.
   */
  int terms();
}
