package org.glacis.runtime.loss;

import org.glacis.spec.LossSpec;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** Turns one kind of loss into a scalar operand, the mean over the batch. */
@FunctionalInterface
public interface LossLowering<L extends LossSpec> {
  <T extends TFloating> Operand<T> scalar(L loss, LossInputs<T> in);
}
