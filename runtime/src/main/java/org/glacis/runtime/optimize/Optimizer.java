package org.glacis.runtime.optimize;

import java.util.List;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.spec.Adam;
import org.glacis.spec.OptimizerSpec;
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
    if (spec instanceof Adam adam) {
      return new AdamOptimizer<>(adam, rate, stepsPerEpoch, firstStep, slots, variables, scalars);
    }
    return new SgdOptimizer<>((Sgd) spec, rate, stepsPerEpoch, slots, variables, scalars);
  }
}
