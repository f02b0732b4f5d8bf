package org.glacis.runtime.loss;

import org.glacis.spec.MulticlassHkr;
import org.glacis.spec.TemperatureCrossEntropy;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Losses of the outputs of 1-Lipschitz networks (Serrurier et al. 2021; Béthune et al. 2022). */
final class MarginLosses {
  private MarginLosses() {}

  static <T extends TFloating> Operand<T> multiclassHkr(MulticlassHkr loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> kr = in.part("kr", multiclassKr(in));
    Operand<T> hinge = in.part("hinge", multiclassHinge(loss.getMinMargin(), in));
    return tf.math.sub(tf.math.mul(in.element().constant(tf, loss.getAlpha()), hinge), kr);
  }

  /**
   * The mean over the classes of the difference between the mean output on the class and that on
   * the rest; a class that the batch lacks counts with the rest alone.
   */
  static <T extends TFloating> Operand<T> multiclassKr(LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> own = in.truth();
    Operand<T> rest = tf.math.sub(in.element().constant(tf, 1), own);
    Operand<T> difference = tf.math.sub(meanOn(own, in), meanOn(rest, in));
    return tf.math.mean(difference, tf.constant(0));
  }

  /** The mean output of each class over the samples that {@code chosen} has 1 for. */
  private static <T extends TFloating> Operand<T> meanOn(Operand<T> chosen, LossInputs<T> in) {
    Ops tf = in.tf();
    return tf.math.divNoNan(
        in.meanOfSamples(tf.math.mul(chosen, in.output())), in.meanOfSamples(chosen));
  }

  private static <T extends TFloating> Operand<T> multiclassHinge(double margin, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> one = in.element().constant(tf, 1);
    long classes = in.truth().shape().get(1);
    Operand<T> sign = tf.math.sub(tf.math.add(in.truth(), in.truth()), one);
    Operand<T> missing =
        tf.nn.relu(
            tf.math.sub(in.element().constant(tf, margin / 2), tf.math.mul(sign, in.output())));
    Operand<T> weight =
        tf.math.add(one, tf.math.mul(in.truth(), in.element().constant(tf, classes - 2.0)));
    return in.mean(tf.math.mul(missing, weight));
  }

  static <T extends TFloating> Operand<T> temperatureCrossEntropy(
      TemperatureCrossEntropy loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> temperature = in.element().constant(tf, loss.getTemperature());
    return tf.math.div(
        in.mean(in.crossEntropy(tf.math.mul(in.output(), temperature))), temperature);
  }
}
