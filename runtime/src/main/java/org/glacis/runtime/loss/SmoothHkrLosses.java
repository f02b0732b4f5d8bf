package org.glacis.runtime.loss;

import org.glacis.runtime.graph.Element;
import org.glacis.spec.LseHkr;
import org.glacis.spec.SoftHkr;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.family.TFloating;

/** HKR losses whose wrong classes count the more the larger their outputs are. */
final class SmoothHkrLosses {
  /** What the running mean of sizes keeps of its last value. */
  private static final double KEPT = 0.99;

  private SmoothHkrLosses() {}

  static <T extends TFloating> Operand<T> soft(SoftHkr loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Element<T> element = in.element();
    Operand<T> sharpness = tf.stopGradient(sharpness(loss, in));
    Operand<T> wrong =
        tf.nn.softmax(MarginLosses.withoutLabel(tf.math.mul(in.output(), sharpness), in));
    Operand<T> weights = tf.math.add(wrong, in.truth());
    Operand<T> sign = tf.math.sub(tf.math.add(in.truth(), in.truth()), element.constant(tf, 1));
    Operand<T> signed = tf.math.mul(sign, in.output());
    Operand<T> kr = in.part("kr", in.mean(sumOfClasses(tf.math.mul(weights, signed), in)));
    Operand<T> missing = MarginLosses.missing(loss.getMinMargin(), signed, in);
    Operand<T> hinge = in.part("hinge", in.mean(sumOfClasses(tf.math.mul(weights, missing), in)));
    return tf.math.sub(tf.math.mul(in.scheduled(loss.getAlpha()), hinge), kr);
  }

  /**
   * What outputs are multiplied by before the softmax. The running mean is kept less the first
   * margin, from which it starts. Its limits, and those of the result, are deel-torchlip's.
   */
  private static <T extends TFloating> Operand<T> sharpness(SoftHkr loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Element<T> element = in.element();
    Operand<T> margin = in.scheduled(loss.getMinMargin());
    LossInputs.Kept<T> kept = in.kept("size");
    // Nothing is kept at first, so what is kept is counted from the first margin.
    Operand<T> first = element.constant(tf, loss.getMinMargin().value(0, 1));
    Operand<T> before = tf.math.add(kept.before(), first);
    Operand<T> seen = tf.stopGradient(in.mean(tf.math.abs(in.output())));
    Operand<T> moved =
        tf.math.add(
            tf.math.mul(before, element.constant(tf, KEPT)),
            tf.math.mul(seen, element.constant(tf, 1 - KEPT)));
    Operand<T> size = limited(moved, 0.005, 1000, in);
    in.keep(kept, tf.math.sub(size, first));
    Operand<T> above = tf.math.minimum(tf.math.maximum(size, margin), element.constant(tf, 2e4));
    Operand<T> ratio =
        tf.math.div(tf.math.mul(margin, element.constant(tf, loss.getTemperature())), above);
    return limited(ratio, 0.005, 250, in);
  }

  private static <T extends TFloating> Operand<T> limited(
      Operand<T> value, double least, double most, LossInputs<T> in) {
    Ops tf = in.tf();
    return tf.math.minimum(
        tf.math.maximum(value, in.element().constant(tf, least)), in.element().constant(tf, most));
  }

  private static <T extends TFloating> Operand<T> sumOfClasses(Operand<T> each, LossInputs<T> in) {
    return in.tf().reduceSum(each, in.tf().constant(1));
  }

  static <T extends TFloating> Operand<T> lse(LseHkr loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Element<T> element = in.element();
    Operand<T> temperature = element.constant(tf, loss.getTemperature());
    Operand<T> label = tf.math.mul(MarginLosses.ofLabel(in), temperature);
    Operand<T> other = largest(loss, tf.math.mul(in.output(), temperature), in);
    Operand<T> kr = in.part("kr", in.mean(tf.math.sub(label, other)));
    Operand<T> hinge =
        in.part(
            "hinge",
            in.mean(
                tf.math.add(
                    MarginLosses.missing(loss.getMinMargin(), label, in),
                    MarginLosses.missing(loss.getMinMargin(), tf.math.neg(other), in))));
    return tf.math.sub(tf.math.mul(in.scheduled(loss.getAlpha()), hinge), kr);
  }

  /** The smooth maximum over the wrong classes: samples × 1. */
  private static <T extends TFloating> Operand<T> largest(
      LseHkr loss, Operand<T> outputs, LossInputs<T> in) {
    Ops tf = in.tf();
    Element<T> element = in.element();
    Operand<T> others = MarginLosses.withoutLabel(outputs, in);
    Operand<T> most = tf.max(others, tf.constant(1), Max.keepDims(true));
    long classes = in.truth().shape().get(1);
    if (classes == 2) {
      return most; // of one
    }
    Operand<T> half =
        tf.math.mul(in.scheduled(loss.getMinMargin()), element.constant(tf, loss.getPenalty() / 2));
    Operand<T> sharpness = tf.math.div(element.constant(tf, Math.log(classes - 1.0)), half);
    // The shift changes nothing, neither value nor slope, but that no exponential overflows.
    Operand<T> shift = tf.stopGradient(most);
    Operand<T> sum =
        tf.reduceSum(
            tf.math.exp(tf.math.mul(tf.math.sub(others, shift), sharpness)),
            tf.constant(1),
            ReduceSum.keepDims(true));
    return tf.math.add(shift, tf.math.div(tf.math.log(sum), sharpness));
  }
}
