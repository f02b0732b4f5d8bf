package org.glacis.runtime.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.spec.Sgd;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.ResourceApplyMomentum;
import org.tensorflow.types.family.TFloating;

/** Gradient descent, with momentum and weight decay where the declaration has them. */
final class SgdOptimizer<T extends TFloating> implements Optimizer<T> {
  private final Sgd spec;
  private final Element<T> element;
  private final Operand<T> rate;
  private final Operand<T> momentum;
  private final List<Variable<T>> velocity = new ArrayList<>();

  SgdOptimizer(
      Sgd spec,
      LongToDoubleFunction eta,
      Variables<T> slots,
      List<Variable<T>> variables,
      Scalars<T> scalars) {
    this.spec = spec;
    element = scalars.element();
    rate = scalars.declare("learningRate", eta);
    momentum = scalars.declare("momentum", step -> spec.getMomentum());
    if (spec.getMomentum() > 0) {
      variables.forEach(v -> velocity.add(slots.create(SLOTS + v.path() + "/velocity", v.shape())));
    }
  }

  @Override
  public List<Op> updates(Ops tf, List<Variable<T>> variables, List<Operand<T>> gradients) {
    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < variables.size(); i++) {
      Operand<T> gradient = decayed(tf, variables.get(i), gradients.get(i));
      if (velocity.isEmpty()) {
        updates.add(
            tf.train.resourceApplyGradientDescent(variables.get(i).handle(), rate, gradient));
      } else {
        updates.add(
            tf.train.resourceApplyMomentum(
                variables.get(i).handle(),
                velocity.get(i).handle(),
                rate,
                gradient,
                momentum,
                ResourceApplyMomentum.useNesterov(spec.getNesterov())));
      }
    }
    return updates;
  }

  private Operand<T> decayed(Ops tf, Variable<T> variable, Operand<T> gradient) {
    return spec.getWeightDecay() == 0
        ? gradient
        : tf.math.add(
            gradient, tf.math.mul(variable.value(), element.constant(tf, spec.getWeightDecay())));
  }
}
