package org.glacis.runtime.loss;

import java.util.OptionalDouble;
import org.glacis.evidence.holistic.HolisticRisk;
import org.glacis.spec.Clipped;
import org.glacis.spec.EventOrder;
import org.glacis.spec.HolisticRobust;
import org.glacis.spec.LossSpec;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TFloating;

/** Losses that look at each sample by itself: risks that weigh samples, and limits. */
final class HolisticLosses {
  private HolisticLosses() {}

  static <T extends TFloating> Operand<T> clipped(Clipped loss, LossInputs<T> in) {
    Operand<T> each = each(loss.getLoss(), in);
    return in.mean(in.tf().math.minimum(each, in.element().constant(in.tf(), loss.getLimit())));
  }

  /**
   * The holistic robust risk: samples weighed, and the worst loss. The part {@code meanLoss} is
   * their plain mean.
   */
  static <T extends TFloating> Operand<T> risk(HolisticRobust loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> each = each(loss.getLoss(), in);
    in.part("meanLoss", in.mean(each));
    if (loss.getAlpha() == 0 && loss.getR() == 0) {
      return in.mean(each);
    }
    @Nullable Double worst = loss.getLoss().getWorst();
    Passes.HostWeights<T> weights =
        loss.getOrder() == EventOrder.SAMPLE_THEN_CORRUPT
            ? inGraph(loss, worst, each, in)
            : in.weighed(outside(loss, worst), tf.stopGradient(each));
    Operand<T> sum = tf.reduceSum(tf.math.mul(weights.weights(), each), tf.constant(0));
    return worst == null
        ? sum
        : tf.math.add(sum, tf.math.mul(weights.extra(), in.element().constant(tf, worst)));
  }

  private static <T extends TFloating> Operand<T> each(LossSpec loss, LossInputs<T> in) {
    return in.perSample(() -> LossLowerings.lower(loss, in));
  }

  private static <T extends TFloating> Passes.HostWeights<T> inGraph(
      HolisticRobust loss, @Nullable Double worst, Operand<T> each, LossInputs<T> in) {
    Ops tf = in.tf().withSubScope("holistic");
    Operand<TFloat64> losses = tf.dtypes.cast(tf.stopGradient(each), TFloat64.class);
    HolisticLaw.Weights found = new HolisticLaw(tf, loss.getAlpha(), loss.getR(), worst).of(losses);
    Class<T> type = in.element().type();
    return new Passes.HostWeights<>(
        tf.stopGradient(tf.dtypes.cast(found.weights(), type)),
        tf.stopGradient(tf.dtypes.cast(found.extra(), type)));
  }

  private static HolisticRisk outside(HolisticRobust loss, @Nullable Double worst) {
    return new HolisticRisk(
        loss.getAlpha(),
        loss.getR(),
        org.glacis.evidence.holistic.EventOrder.CORRUPT_THEN_SAMPLE,
        worst == null ? OptionalDouble.empty() : OptionalDouble.of(worst));
  }
}
