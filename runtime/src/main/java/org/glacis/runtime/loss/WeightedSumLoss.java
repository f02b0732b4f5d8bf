package org.glacis.runtime.loss;

import org.glacis.spec.Constant;
import org.glacis.spec.Term;
import org.glacis.spec.WeightedSum;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** {@code sum_i weight_i * loss_i}. */
final class WeightedSumLoss {
  private WeightedSumLoss() {}

  static <T extends TFloating> Operand<T> scalar(WeightedSum sum, LossInputs<T> in) {
    @Nullable Operand<T> total = null;
    for (Term term : sum.getTerms()) {
      Operand<T> value = LossLowerings.lower(term.getLoss(), in);
      boolean plain = term.getWeight() instanceof Constant constant && constant.getValue() == 1;
      Operand<T> weighted = plain ? value : in.tf().math.mul(value, in.scheduled(term.getWeight()));
      total = total == null ? weighted : in.tf().math.add(total, weighted);
    }
    return total == null ? in.element().constant(in.tf(), 0) : total;
  }
}
