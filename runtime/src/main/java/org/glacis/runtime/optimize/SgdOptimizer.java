package org.glacis.runtime.optimize;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.spec.ScheduleSpec;
import org.glacis.spec.Sgd;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.ResourceApplyMomentum;
import org.tensorflow.types.family.TFloating;

/** Gradient descent, with momentum where the declaration has one. */
final class SgdOptimizer<T extends TFloating> implements Optimizer<T> {
  private final Sgd spec;
  private final Operand<T> rate;
  private final Operand<T> momentum;
  private final List<Variable<T>> velocity = new ArrayList<>();

  SgdOptimizer(
      Sgd spec,
      ScheduleSpec factor,
      int stepsPerEpoch,
      Variables<T> slots,
      List<Variable<T>> variables,
      Scalars<T> scalars) {
    this.spec = spec;
    rate =
        scalars.declare(
            "learningRate", step -> spec.getLearningRate() * factor.value(step, stepsPerEpoch));
    momentum = scalars.declare("momentum", step -> spec.getMomentum());
    if (spec.getMomentum() > 0) {
      variables.forEach(v -> velocity.add(slots.create(SLOTS + v.path() + "/velocity", v.shape())));
    }
  }

  @Override
  public List<Op> updates(Ops tf, List<Variable<T>> variables, List<Operand<T>> gradients) {
    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < variables.size(); i++) {
      if (velocity.isEmpty()) {
        updates.add(
            tf.train.resourceApplyGradientDescent(
                variables.get(i).handle(), rate, gradients.get(i)));
      } else {
        updates.add(
            tf.train.resourceApplyMomentum(
                variables.get(i).handle(),
                velocity.get(i).handle(),
                rate,
                gradients.get(i),
                momentum,
                ResourceApplyMomentum.useNesterov(spec.getNesterov())));
      }
    }
    return updates;
  }
}
