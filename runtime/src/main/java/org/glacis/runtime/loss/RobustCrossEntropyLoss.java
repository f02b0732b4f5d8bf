package org.glacis.runtime.loss;

import org.glacis.runtime.bound.Margins;
import org.glacis.spec.RobustCrossEntropy;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/**
 * Cross-entropy of the worst logits in the box, or, with elision, of the negative margins: {@code
 * log(1 + sum_j exp(-margin_j))} (Gowal et al. 2018, sections 3 and 4).
 */
final class RobustCrossEntropyLoss {
  private RobustCrossEntropyLoss() {}

  static <T extends TFloating> Operand<T> scalar(RobustCrossEntropy loss, LossInputs<T> in) {
    Operand<T> worst =
        loss.getElision()
            ? in.tf().math.neg(in.margins())
            : Margins.worstLogits(in.tf(), in.element(), in.bounds().output(), in.truth());
    return in.mean(in.crossEntropy(worst));
  }
}
