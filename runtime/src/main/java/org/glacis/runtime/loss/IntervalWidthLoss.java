package org.glacis.runtime.loss;

import org.glacis.spec.IntervalWidth;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** The mean over samples and outputs of {@code (upper - lower)^2}. */
final class IntervalWidthLoss {
  private IntervalWidthLoss() {}

  static <T extends TFloating> Operand<T> scalar(IntervalWidth loss, LossInputs<T> in) {
    return in.mean(in.tf().math.square(in.bounds().output().width(in.tf())));
  }
}
