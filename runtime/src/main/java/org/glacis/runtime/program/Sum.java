package org.glacis.runtime.program;

import org.tensorflow.types.family.TFloating;

/**
 * {@code x_1 + x_2}: where the branches of a residual block meet. Coefficients on the sum hold for
 * both branches.
 *
 * @param common the value that both branches come from, where each takes other numbers of it and
 *     makes other numbers of the sum; else -1
 */
public record Sum<T extends TFloating>(int common) implements Operation<T> {
  /** A sum of values that may depend on all and be anywhere. */
  public Sum() {
    this(-1);
  }
}
