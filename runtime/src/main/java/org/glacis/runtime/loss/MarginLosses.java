package org.glacis.runtime.loss;

import org.glacis.spec.CategoricalHinge;
import org.glacis.spec.HingeMargin;
import org.glacis.spec.Hkr;
import org.glacis.spec.KantorovichRubinstein;
import org.glacis.spec.MultiMargin;
import org.glacis.spec.Outputs;
import org.glacis.spec.ScheduleSpec;
import org.glacis.spec.TemperatureCrossEntropy;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.family.TFloating;

/** Losses of the outputs of 1-Lipschitz networks (Serrurier et al. 2021; Béthune et al. 2022). */
final class MarginLosses {
  private MarginLosses() {}

  static <T extends TFloating> Operand<T> kr(KantorovichRubinstein loss, LossInputs<T> in) {
    return in.tf().math.neg(in.part("kr", kr(Signs.of(loss.getOutputs(), in), in)));
  }

  static <T extends TFloating> Operand<T> hinge(HingeMargin loss, LossInputs<T> in) {
    return hinge(loss.getOutputs(), loss.getMinMargin(), Signs.of(loss.getOutputs(), in), in);
  }

  static <T extends TFloating> Operand<T> hkr(Hkr loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Signs<T> signs = Signs.of(loss.getOutputs(), in);
    Operand<T> kr = in.part("kr", kr(signs, in));
    Operand<T> hinge = in.part("hinge", hinge(loss.getOutputs(), loss.getMinMargin(), signs, in));
    return tf.math.sub(tf.math.mul(in.scheduled(loss.getAlpha()), hinge), kr);
  }

  /**
   * Outputs of which each is for a class or against it.
   *
   * @param outputs samples × outputs
   * @param own 1 where the sample is of the output's class, 0 elsewhere
   */
  private record Signs<T extends TFloating>(Operand<T> outputs, Operand<T> own) {
    static <T extends TFloating> Signs<T> of(Outputs kind, LossInputs<T> in) {
      Ops tf = in.tf();
      if (kind == Outputs.BINARY) {
        return new Signs<>(
            tf.math.sub(column(tf, in.output(), 1), column(tf, in.output(), 0)),
            column(tf, in.truth(), 1));
      } else if (kind == Outputs.MULTILABEL) {
        var has = tf.math.greater(in.truth(), in.element().constant(tf, 0));
        return new Signs<>(in.output(), tf.dtypes.cast(has, in.element().type()));
      }
      return new Signs<>(in.output(), in.truth());
    }

    private static <T extends TFloating> Operand<T> column(Ops tf, Operand<T> of, int number) {
      return tf.slice(of, tf.constant(new int[] {0, number}), tf.constant(new int[] {-1, 1}));
    }

    /** 1 for the output's class, -1 for the others. */
    Operand<T> sign(LossInputs<T> in) {
      return in.tf().math.sub(in.tf().math.add(own, own), in.element().constant(in.tf(), 1));
    }
  }

  /**
   * The mean over the outputs of the difference between the mean on the class and that on the rest;
   * a class that the batch lacks counts with the rest alone.
   */
  private static <T extends TFloating> Operand<T> kr(Signs<T> signs, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> rest = tf.math.sub(in.element().constant(tf, 1), signs.own());
    Operand<T> difference =
        tf.math.sub(meanOn(signs.own(), signs.outputs(), in), meanOn(rest, signs.outputs(), in));
    return tf.math.mean(difference, tf.constant(0));
  }

  /** The mean of each output over the samples that {@code chosen} has 1 for. */
  private static <T extends TFloating> Operand<T> meanOn(
      Operand<T> chosen, Operand<T> outputs, LossInputs<T> in) {
    Ops tf = in.tf();
    return tf.math.divNoNan(
        in.meanOfSamples(tf.math.mul(chosen, outputs)), in.meanOfSamples(chosen));
  }

  private static <T extends TFloating> Operand<T> hinge(
      Outputs kind, ScheduleSpec minMargin, Signs<T> signs, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> missing = missing(minMargin, tf.math.mul(signs.sign(in), signs.outputs()), in);
    if (kind != Outputs.MULTICLASS) {
      return in.mean(missing);
    }
    long classes = in.truth().shape().get(1);
    Operand<T> weight =
        tf.math.add(
            in.element().constant(tf, 1),
            tf.math.mul(signs.own(), in.element().constant(tf, classes - 2.0)));
    return in.mean(tf.math.mul(missing, weight));
  }

  /** What {@code values} lack to half of the margin. */
  static <T extends TFloating> Operand<T> missing(
      ScheduleSpec minMargin, Operand<T> values, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> half = tf.math.mul(in.scheduled(minMargin), in.element().constant(tf, 0.5));
    return tf.nn.relu(tf.math.sub(half, values));
  }

  static <T extends TFloating> Operand<T> multiMargin(MultiMargin loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> below =
        tf.math.sub(tf.math.add(in.output(), in.scheduled(loss.getMinMargin())), ofLabel(in));
    Operand<T> others = tf.math.sub(in.element().constant(tf, 1), in.truth());
    return in.mean(tf.math.mul(tf.nn.relu(below), others));
  }

  static <T extends TFloating> Operand<T> categoricalHinge(
      CategoricalHinge loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> best = tf.max(withoutLabel(in.output(), in), tf.constant(1), Max.keepDims(true));
    Operand<T> margin = tf.math.sub(ofLabel(in), best);
    return in.mean(tf.nn.relu(tf.math.sub(in.scheduled(loss.getMinMargin()), margin)));
  }

  /** {@code outputs} with minus infinity for each sample's label: samples × classes. */
  static <T extends TFloating> Operand<T> withoutLabel(Operand<T> outputs, LossInputs<T> in) {
    Ops tf = in.tf();
    return tf.select(
        tf.math.greater(in.truth(), in.element().constant(tf, 0)),
        in.element().constant(tf, Double.NEGATIVE_INFINITY),
        outputs);
  }

  /** The output of each sample's label: samples × 1. */
  static <T extends TFloating> Operand<T> ofLabel(LossInputs<T> in) {
    Ops tf = in.tf();
    return tf.reduceSum(
        tf.math.mul(in.truth(), in.output()), tf.constant(1), ReduceSum.keepDims(true));
  }

  static <T extends TFloating> Operand<T> temperatureCrossEntropy(
      TemperatureCrossEntropy loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> temperature = in.scheduled(loss.getTemperature());
    return tf.math.div(
        in.mean(in.crossEntropy(tf.math.mul(in.output(), temperature))), temperature);
  }
}
