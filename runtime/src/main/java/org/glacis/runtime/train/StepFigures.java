package org.glacis.runtime.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.bound.Margins;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.loss.LossInputs;
import org.glacis.runtime.loss.Passes;
import org.glacis.spec.Experiment;
import org.glacis.spec.Task;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/** Figures that cost next to nothing, from passes that the loss of a step needed anyway. */
final class StepFigures<T extends TFloating> {
  private final Ops tf;
  private final Element<T> element;
  private final LossInputs<T> in;
  private final StepGraph.Batch<T> batch;
  private final Map<String, Operand<T>> figures = new LinkedHashMap<>();

  private StepFigures(Ops tf, Element<T> element, LossInputs<T> in, StepGraph.Batch<T> batch) {
    this.tf = tf;
    this.element = element;
    this.in = in;
    this.batch = batch;
  }

  /** Scalars by name. */
  static <T extends TFloating> Map<String, Operand<T>> of(
      Ops tf,
      Element<T> element,
      Experiment experiment,
      StepGraph.Phase phase,
      LossInputs<T> in,
      StepGraph.Batch<T> batch) {
    StepFigures<T> step = new StepFigures<>(tf, element, in, batch);
    boolean classifies = experiment.getTask() == Task.CLASSIFICATION;
    step.ofOutputs(classifies, phase.perturbed());
    if (phase.perturbed()) {
      step.overTheSet(classifies);
    }
    return step.figures;
  }

  private void ofOutputs(boolean classifies, boolean perturbed) {
    Operand<T> output = in.outputIfComputed();
    Bounds<T> bounds = in.boundsIfComputed();
    if (output == null && bounds != null && !perturbed) {
      output = bounds.output().centre(tf);
    }
    if (output == null) {
      return;
    }
    if (classifies) {
      figures.put("accuracy", share(output));
    } else {
      figures.put("meanSquaredError", in.mean(tf.math.square(tf.math.sub(output, batch.truth()))));
    }
  }

  private void overTheSet(boolean classifies) {
    Passes.Adversary<T> adversary = in.adversaryIfComputed();
    if (adversary != null && classifies) {
      figures.put("adversarialAccuracy", share(adversary.output()));
    }
    Bounds<T> bounds = in.boundsIfComputed();
    if (bounds == null) {
      return;
    }
    if (classifies) {
      Operand<T> margins = in.marginsIfComputed();
      figures.put(
          "robustAccuracy",
          share(
              margins != null
                  ? tf.math.neg(margins)
                  : Margins.worstLogits(tf, element, bounds.output(), batch.truth())));
    }
    figures.put("outputWidth", in.mean(bounds.output().width(tf)));
  }

  /** The share of samples whose largest logit is the label's. */
  private Operand<T> share(Operand<T> logits) {
    var labels = tf.math.argMax(batch.truth(), tf.constant(1), TInt32.class);
    var right = tf.math.equal(tf.math.argMax(logits, tf.constant(1), TInt32.class), labels);
    return batch
        .batching()
        .mean(tf, tf.math.mean(tf.dtypes.cast(right, element.type()), tf.constant(0)));
  }
}
