package org.glacis.runtime.loss;

import org.glacis.spec.MeanSquaredError;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** The mean over samples and outputs of {@code (prediction - target)^2}. */
final class MeanSquaredErrorLoss {
  private MeanSquaredErrorLoss() {}

  static <T extends TFloating> Operand<T> scalar(MeanSquaredError loss, LossInputs<T> in) {
    return in.mean(in.tf().math.square(in.tf().math.sub(in.output(), in.truth())));
  }
}
