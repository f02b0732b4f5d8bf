package org.glacis.runtime.optimize;

import java.util.List;
import java.util.function.LongToDoubleFunction;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.spec.Adam;
import org.glacis.spec.AdamW;
import org.glacis.spec.OptimizerSpec;
import org.glacis.spec.RAdam;
import org.glacis.spec.ScheduleSpec;
import org.glacis.spec.Sgd;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Turns gradients into updates of variables. Its slots are variables too, below {@code slots/}. */
public interface Optimizer<T extends TFloating> {
  /** Everything an optimiser keeps lies below this path. */
  String SLOTS = "slots/";

  /** The updates of one step; {@code gradients} are in the order of the variables. */
  List<Op> updates(Ops tf, List<Variable<T>> variables, List<Operand<T>> gradients);

  /**
   * The optimiser of a declaration; makes its slots.
   *
   * @param rate factor of the learning rate
   * @param stepsPerEpoch what an epoch of {@code rate} is
   * @param firstStep the global step that is the optimiser's first
   */
  static <T extends TFloating> Optimizer<T> of(
      OptimizerSpec spec,
      ScheduleSpec rate,
      int stepsPerEpoch,
      long firstStep,
      Variables<T> slots,
      List<Variable<T>> variables,
      Scalars<T> scalars) {
    LongToDoubleFunction eta = step -> spec.getLearningRate() * rate.value(step, stepsPerEpoch);
    // Java sees that a type is missing here only since 21; the test of sealed families sees it now.
    if (spec instanceof Adam adam) {
      return AdamOptimizer.of(adam, eta, firstStep, slots, variables, scalars);
    }
    if (spec instanceof AdamW adamW) {
      return AdamOptimizer.of(adamW, eta, firstStep, slots, variables, scalars);
    }
    if (spec instanceof RAdam rAdam) {
      return AdamOptimizer.of(rAdam, eta, firstStep, slots, variables, scalars);
    }
    if (spec instanceof Sgd sgd) {
      return new SgdOptimizer<>(sgd, eta, slots, variables, scalars);
    }
    throw new IllegalArgumentException("no optimiser for " + spec);
  }
}
