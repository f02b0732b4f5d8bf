package org.glacis.runtime.loss;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.glacis.spec.Adversarial;
import org.glacis.spec.CategoricalHinge;
import org.glacis.spec.CcIbp;
import org.glacis.spec.Clipped;
import org.glacis.spec.CrossEntropy;
import org.glacis.spec.CrownIbp;
import org.glacis.spec.ExpIbp;
import org.glacis.spec.Faults;
import org.glacis.spec.HingeMargin;
import org.glacis.spec.Hkr;
import org.glacis.spec.HolisticRobust;
import org.glacis.spec.IbpLoss;
import org.glacis.spec.InputException;
import org.glacis.spec.IntervalWidth;
import org.glacis.spec.KantorovichRubinstein;
import org.glacis.spec.LossSpec;
import org.glacis.spec.LseHkr;
import org.glacis.spec.MeanSquaredError;
import org.glacis.spec.MtlIbp;
import org.glacis.spec.MultiMargin;
import org.glacis.spec.RobustCrossEntropy;
import org.glacis.spec.RobustMeanSquaredError;
import org.glacis.spec.Sabr;
import org.glacis.spec.SoftHkr;
import org.glacis.spec.TemperatureCrossEntropy;
import org.glacis.spec.Trades;
import org.glacis.spec.WeightedSum;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** Which lowering each kind of loss has. A user's own loss is added by {@link #register}. */
public final class LossLowerings {
  private static final Map<Class<?>, LossLowering<?>> KNOWN = new ConcurrentHashMap<>();

  static {
    register(CrossEntropy.class, CrossEntropyLoss::scalar);
    register(RobustCrossEntropy.class, RobustCrossEntropyLoss::scalar);
    register(Adversarial.class, ExpressiveLosses::adversarial);
    register(IbpLoss.class, ExpressiveLosses::ibp);
    register(CrownIbp.class, CrownIbpLoss::scalar);
    register(CcIbp.class, ExpressiveLosses::cc);
    register(MtlIbp.class, ExpressiveLosses::mtl);
    register(ExpIbp.class, ExpressiveLosses::exp);
    register(Sabr.class, ExpressiveLosses::sabr);
    register(KantorovichRubinstein.class, MarginLosses::kr);
    register(HingeMargin.class, MarginLosses::hinge);
    register(Hkr.class, MarginLosses::hkr);
    register(SoftHkr.class, SmoothHkrLosses::soft);
    register(LseHkr.class, SmoothHkrLosses::lse);
    register(MultiMargin.class, MarginLosses::multiMargin);
    register(CategoricalHinge.class, MarginLosses::categoricalHinge);
    register(TemperatureCrossEntropy.class, MarginLosses::temperatureCrossEntropy);
    register(Trades.class, TradesLoss::scalar);
    register(IntervalWidth.class, IntervalWidthLoss::scalar);
    register(MeanSquaredError.class, MeanSquaredErrorLoss::scalar);
    register(RobustMeanSquaredError.class, RobustMeanSquaredErrorLoss::scalar);
    register(WeightedSum.class, WeightedSumLoss::scalar);
    register(HolisticRobust.class, HolisticLosses::risk);
    register(Clipped.class, HolisticLosses::clipped);
  }

  private LossLowerings() {}

  /** Makes losses of the class {@code loss} known; a later lowering replaces an earlier one. */
  public static <L extends LossSpec> void register(Class<L> loss, LossLowering<L> lowering) {
    KNOWN.put(loss, lowering);
  }

  /** The classes of losses that can be lowered. */
  public static Set<Class<?>> known() {
    return Set.copyOf(KNOWN.keySet());
  }

  /** Adds a fault for each part of {@code loss} that cannot be lowered. */
  public static void check(LossSpec loss, Faults faults) {
    if (!KNOWN.containsKey(loss.getClass())) {
      faults.add(
          "is " + loss + ", which has no lowering",
          "register one for "
              + loss.getClass().getName()
              + " with LossLowerings.register, or take one of "
              + KNOWN.keySet().stream()
                  .map(Class::getSimpleName)
                  .sorted()
                  .collect(Collectors.joining(", ")));
    }
    loss.getInner().forEach((path, inner) -> check(inner, faults.at(path)));
  }

  /** The loss as a scalar. */
  @SuppressWarnings("unchecked")
  public static <T extends TFloating> Operand<T> lower(LossSpec loss, LossInputs<T> in) {
    LossLowering<LossSpec> lowering = (LossLowering<LossSpec>) KNOWN.get(loss.getClass());
    if (lowering == null) {
      throw new InputException(
          "train.loss: no lowering for "
              + loss
              + "; register one for "
              + loss.getClass().getName()
              + " with LossLowerings.register");
    }
    return lowering.scalar(loss, in);
  }
}
