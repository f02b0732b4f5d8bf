package org.glacis.runtime.optimize;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.spec.Adam;
import org.glacis.spec.ScheduleSpec;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Adam. TensorFlow's fused update adds its epsilon to the square root of the uncorrected second
 * moment; given {@code epsilon * sqrt(1 - beta2^t)} it equals the published rule (Kingma and Ba
 * 2015, algorithm 1).
 */
final class AdamOptimizer<T extends TFloating> implements Optimizer<T> {
  private final Adam spec;
  private final Element<T> element;
  private final Operand<T> rate;
  private final Operand<T> power1;
  private final Operand<T> power2;
  private final Operand<T> epsilon;
  private final List<Variable<T>> first = new ArrayList<>();
  private final List<Variable<T>> second = new ArrayList<>();

  AdamOptimizer(
      Adam spec,
      ScheduleSpec factor,
      int stepsPerEpoch,
      long firstStep,
      Variables<T> slots,
      List<Variable<T>> variables,
      Scalars<T> scalars) {
    this.spec = spec;
    element = scalars.element();
    rate =
        scalars.declare(
            "learningRate", step -> spec.getLearningRate() * factor.value(step, stepsPerEpoch));
    power1 =
        scalars.declare(
            "beta1Power", step -> Math.pow(spec.getBeta1(), (double) (step - firstStep + 1)));
    power2 =
        scalars.declare(
            "beta2Power", step -> Math.pow(spec.getBeta2(), (double) (step - firstStep + 1)));
    epsilon =
        scalars.declare(
            "adamEpsilon",
            step ->
                spec.getEpsilon()
                    * Math.sqrt(1 - Math.pow(spec.getBeta2(), (double) (step - firstStep + 1))));
    for (Variable<T> variable : variables) {
      first.add(slots.create(SLOTS + variable.path() + "/m", variable.shape()));
      second.add(slots.create(SLOTS + variable.path() + "/v", variable.shape()));
    }
  }

  @Override
  public List<Op> updates(Ops tf, List<Variable<T>> variables, List<Operand<T>> gradients) {
    Operand<T> beta1 = element.constant(tf, spec.getBeta1());
    Operand<T> beta2 = element.constant(tf, spec.getBeta2());
    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < variables.size(); i++) {
      updates.add(
          tf.train.resourceApplyAdam(
              variables.get(i).handle(),
              first.get(i).handle(),
              second.get(i).handle(),
              power1,
              power2,
              rate,
              beta1,
              beta2,
              epsilon,
              gradients.get(i)));
    }
    return updates;
  }
}
