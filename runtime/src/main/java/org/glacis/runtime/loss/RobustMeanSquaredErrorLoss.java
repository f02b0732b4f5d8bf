package org.glacis.runtime.loss;

import org.glacis.runtime.bound.Interval;
import org.glacis.spec.RobustMeanSquaredError;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * The mean of the largest {@code (prediction - target)^2} in the output interval: {@code (|centre -
 * target| + radius)^2}.
 */
final class RobustMeanSquaredErrorLoss {
  private RobustMeanSquaredErrorLoss() {}

  static <T extends TFloating> Operand<T> scalar(RobustMeanSquaredError loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Interval<T> output = in.bounds().output();
    Operand<T> distance = tf.math.abs(tf.math.sub(output.centre(tf), in.truth()));
    return in.mean(tf.math.square(tf.math.add(distance, output.radius(tf))));
  }
}
