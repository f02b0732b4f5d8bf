package org.glacis.runtime.loss;

import org.glacis.spec.Trades;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Clean cross-entropy, and how far an attack moves the class probabilities (Zhang et al. 2019). */
final class TradesLoss {
  private TradesLoss() {}

  static <T extends TFloating> Operand<T> scalar(Trades loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> clean = in.part("cleanLoss", in.mean(in.crossEntropy(in.output())));
    Operand<T> moved = in.part("divergence", in.mean(divergence(in)));
    return tf.math.add(clean, tf.math.mul(in.element().constant(tf, loss.getBeta()), moved));
  }

  /** {@code KL(p(x) || p(x'))}, one number a sample. */
  private static <T extends TFloating> Operand<T> divergence(LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> clean = tf.nn.logSoftmax(in.output());
    Operand<T> attacked = tf.nn.logSoftmax(in.adversary().output());
    return tf.reduceSum(
        tf.math.mul(tf.math.exp(clean), tf.math.sub(clean, attacked)), tf.constant(1));
  }
}
