package org.glacis.runtime.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.spec.Adam;
import org.glacis.spec.AdamW;
import org.glacis.spec.RAdam;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * The family of Adam: {@code w <- keep * w}, then {@code w <- w - rate * m / (sqrt(v) + epsilon)}
 * with the moving means {@code m} of gradients and {@code v} of their squares, by TensorFlow's
 * fused update. What the members differ in, bias correction included, is in three numbers a step,
 * computed in double precision.
 */
final class AdamOptimizer<T extends TFloating> implements Optimizer<T> {
  /**
   * So large an epsilon that {@code sqrt(v)} vanishes beside it; a power of two, so that a rate
   * times it loses nothing.
   */
  private static final double HUGE = 0x1p64;

  /** The numbers of step {@code t}, which counts from 1, at the scheduled rate {@code eta}. */
  private interface Rule {
    double rate(double eta, double t);

    double epsilon(double t);
  }

  private final double beta1;
  private final double beta2;
  private final double decay;
  private final Element<T> element;
  private final Operand<T> rate;
  private final Operand<T> epsilon;
  private final Operand<T> keep;
  private final List<Variable<T>> first = new ArrayList<>();
  private final List<Variable<T>> second = new ArrayList<>();

  private AdamOptimizer(
      double beta1,
      double beta2,
      double decay,
      Rule rule,
      LongToDoubleFunction eta,
      long firstStep,
      Variables<T> slots,
      List<Variable<T>> variables,
      Scalars<T> scalars) {
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.decay = decay;
    element = scalars.element();
    LongToDoubleFunction t = step -> (double) Math.max(1, step - firstStep + 1);
    rate =
        scalars.declare("learningRate", s -> rule.rate(eta.applyAsDouble(s), t.applyAsDouble(s)));
    epsilon = scalars.declare("adamEpsilon", s -> rule.epsilon(t.applyAsDouble(s)));
    keep = scalars.declare("adamKeep", s -> 1 - decay * eta.applyAsDouble(s));
    for (Variable<T> variable : variables) {
      first.add(slots.create(SLOTS + variable.path() + "/m", variable.shape()));
      second.add(slots.create(SLOTS + variable.path() + "/v", variable.shape()));
    }
  }

  /**
   * Kingma and Ba 2015, algorithm 1. With {@code epsilon * sqrt(1 - beta2^t)} beside the
   * uncorrected second moment, epsilon stands beside the corrected one.
   */
  static <T extends TFloating> AdamOptimizer<T> of(
      Adam spec,
      LongToDoubleFunction eta,
      long firstStep,
      Variables<T> slots,
      List<Variable<T>> variables,
      Scalars<T> scalars) {
    return of(spec, 0, eta, firstStep, slots, variables, scalars);
  }

  /** Loshchilov and Hutter 2019, algorithm 2, the decay scaled by the rate. */
  static <T extends TFloating> AdamOptimizer<T> of(
      AdamW spec,
      LongToDoubleFunction eta,
      long firstStep,
      Variables<T> slots,
      List<Variable<T>> variables,
      Scalars<T> scalars) {
    Adam adam =
        new Adam(spec.getLearningRate(), spec.getBeta1(), spec.getBeta2(), spec.getEpsilon());
    return of(adam, spec.getWeightDecay(), eta, firstStep, slots, variables, scalars);
  }

  private static <T extends TFloating> AdamOptimizer<T> of(
      Adam spec,
      double decay,
      LongToDoubleFunction eta,
      long firstStep,
      Variables<T> slots,
      List<Variable<T>> variables,
      Scalars<T> scalars) {
    Rule rule =
        new Rule() {
          @Override
          public double rate(double eta, double t) {
            return eta * correction(t) / (1 - Math.pow(spec.getBeta1(), t));
          }

          @Override
          public double epsilon(double t) {
            return spec.getEpsilon() * correction(t);
          }

          private double correction(double t) {
            return Math.sqrt(1 - Math.pow(spec.getBeta2(), t));
          }
        };
    return new AdamOptimizer<>(
        spec.getBeta1(), spec.getBeta2(), decay, rule, eta, firstStep, slots, variables, scalars);
  }

  /**
   * Liu et al. 2020, algorithm 2, with PyTorch's limit 5 and its epsilon beside the uncorrected
   * second moment. Where the rate is not adapted, {@link #HUGE} takes the place of {@code sqrt(v)}.
   */
  static <T extends TFloating> AdamOptimizer<T> of(
      RAdam spec,
      LongToDoubleFunction eta,
      long firstStep,
      Variables<T> slots,
      List<Variable<T>> variables,
      Scalars<T> scalars) {
    double longest = 2 / (1 - spec.getBeta2()) - 1;
    Rule rule =
        new Rule() {
          @Override
          public double rate(double eta, double t) {
            double corrected = eta / (1 - Math.pow(spec.getBeta1(), t));
            double length = length(t);
            if (length <= 5) {
              return corrected * HUGE;
            }
            double rectified =
                Math.sqrt(
                    (length - 4)
                        * (length - 2)
                        * longest
                        / ((longest - 4) * (longest - 2) * length));
            return corrected * rectified * Math.sqrt(1 - Math.pow(spec.getBeta2(), t));
          }

          @Override
          public double epsilon(double t) {
            return length(t) <= 5 ? HUGE : spec.getEpsilon();
          }

          /** How many gradients the second moment is as good as. */
          private double length(double t) {
            double power = Math.pow(spec.getBeta2(), t);
            return longest - 2 * t * power / (1 - power);
          }
        };
    return new AdamOptimizer<>(
        spec.getBeta1(), spec.getBeta2(), 0, rule, eta, firstStep, slots, variables, scalars);
  }

  @Override
  public List<Op> updates(Ops tf, List<Variable<T>> variables, List<Operand<T>> gradients) {
    Operand<T> none = element.constant(tf, 0);
    Operand<T> keepFirst = element.constant(tf, beta1);
    Operand<T> keepSecond = element.constant(tf, beta2);
    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < variables.size(); i++) {
      Variable<T> variable = variables.get(i);
      Ops then = tf;
      if (decay > 0) {
        Op decayed = tf.assignVariableOp(variable.handle(), tf.math.mul(variable.value(), keep));
        then = tf.withControlDependencies(List.of(decayed));
      }
      updates.add(
          then.train.resourceApplyAdam(
              variable.handle(),
              first.get(i).handle(),
              second.get(i).handle(),
              none,
              none,
              rate,
              keepFirst,
              keepSecond,
              epsilon,
              gradients.get(i)));
    }
    return updates;
  }
}
