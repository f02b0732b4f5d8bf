package org.glacis.runtime.loss;

import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.Margins;
import org.glacis.spec.Adversarial;
import org.glacis.spec.CcIbp;
import org.glacis.spec.Constant;
import org.glacis.spec.CrossEntropy;
import org.glacis.spec.ExpIbp;
import org.glacis.spec.IbpLoss;
import org.glacis.spec.MtlIbp;
import org.glacis.spec.Sabr;
import org.glacis.spec.ScheduleSpec;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Losses between adversarial and interval training (De Palma et al. 2024). At a coefficient of 1
 * each is interval training to the last digit; SABR only where the range of the data cuts no box.
 * What has no weight is a metric and does not enter the loss.
 */
final class ExpressiveLosses {
  private ExpressiveLosses() {}

  static <T extends TFloating> Operand<T> adversarial(Adversarial loss, LossInputs<T> in) {
    return loss.getLoss() instanceof CrossEntropy
        ? in.adversarial()
        : in.part("adversarialLoss", in.mean(in.each(loss.getLoss(), in.adversary().output())));
  }

  static <T extends TFloating> Operand<T> ibp(IbpLoss loss, LossInputs<T> in) {
    return mixed(loss.getKappa(), in.robust(), in);
  }

  /** {@code kappa * clean + (1 - kappa) * robust}. */
  static <T extends TFloating> Operand<T> mixed(
      ScheduleSpec kappa, Operand<T> robust, LossInputs<T> in) {
    if (kappa instanceof Constant constant && constant.getValue() == 0) {
      return robust;
    }
    Ops tf = in.tf();
    Operand<T> share = in.scheduled(kappa);
    Operand<T> clean = in.part("cleanLoss", in.mean(in.crossEntropy(in.output())));
    return tf.math.add(
        tf.math.mul(share, clean),
        tf.math.mul(tf.math.sub(in.element().constant(tf, 1), share), robust));
  }

  static <T extends TFloating> Operand<T> cc(CcIbp loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> attacked = Margins.ofPoints(tf, in.element(), in.adversary().output(), in.truth());
    in.robust();
    in.adversarial();
    Operand<T> margins = blend(in, loss.getAlpha(), in.margins(), attacked);
    return in.mean(in.crossEntropy(tf.math.neg(margins)));
  }

  static <T extends TFloating> Operand<T> mtl(MtlIbp loss, LossInputs<T> in) {
    return blend(in, loss.getAlpha(), in.robust(), in.adversarial());
  }

  static <T extends TFloating> Operand<T> exp(ExpIbp loss, LossInputs<T> in) {
    Ops tf = in.tf();
    // Where every sample is certain a mean can be 0 in the element type: its logarithm has no
    // slope.
    Operand<T> least = in.element().constant(tf, in.element().leastNormal());
    Operand<T> logs =
        blend(
            in,
            loss.getAlpha(),
            tf.math.log(tf.math.maximum(in.robust(), least)),
            tf.math.log(tf.math.maximum(in.adversarial(), least)));
    return tf.math.exp(logs);
  }

  static <T extends TFloating> Operand<T> sabr(Sabr loss, LossInputs<T> in) {
    in.adversarial();
    return in.part("sabrLoss", in.robustOver(smallBox(loss.getLambda(), in)));
  }

  /**
   * The box of {@code lambda} times the attack's radius whose centre is the adversarial point,
   * moved into {@code [lower + s, upper - s]}; where the attack's box is narrower than that, to
   * {@code upper - s}, as PyTorch's clamp does.
   */
  static <T extends TFloating> Interval<T> smallBox(double lambda, LossInputs<T> in) {
    Ops tf = in.tf();
    Interval<T> whole = in.adversary().box();
    Operand<T> small = tf.math.mul(in.adversary().radius(), in.element().constant(tf, lambda));
    Operand<T> centre =
        tf.math.minimum(
            tf.math.maximum(in.adversary().points(), tf.math.add(whole.lower(tf), small)),
            tf.math.sub(whole.upper(tf), small));
    return Interval.ofCorners(tf.math.sub(centre, small), tf.math.add(centre, small));
  }

  private static <T extends TFloating> Operand<T> blend(
      LossInputs<T> in, double alpha, Operand<T> bounds, Operand<T> attacked) {
    Ops tf = in.tf();
    if (alpha == 1) {
      return bounds;
    } else if (alpha == 0) {
      return attacked;
    }
    return tf.math.add(
        tf.math.mul(in.element().constant(tf, alpha), bounds),
        tf.math.mul(in.element().constant(tf, 1 - alpha), attacked));
  }
}
