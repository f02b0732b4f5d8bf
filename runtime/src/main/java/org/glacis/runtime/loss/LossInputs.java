package org.glacis.runtime.loss;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.graph.Element;
import org.glacis.spec.ScheduleSpec;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * What a loss may ask for. Passes run only when a loss asks for them, and once: a loss that needs
 * no clean output costs no clean forward pass.
 */
public final class LossInputs<T extends TFloating> {
  private final Ops tf;
  private final Element<T> element;
  private final Operand<T> truth;
  private final Supplier<List<Operand<T>>> forward;
  private final Supplier<Bounds<T>> bounding;
  private final Function<ScheduleSpec, Operand<T>> schedules;
  private @Nullable List<Operand<T>> values;
  private @Nullable Bounds<T> bounds;

  /**
   * Inputs of one step.
   *
   * @param truth one-hot labels (batch × classes) or targets (batch × outputs)
   * @param forward all values of the program at the clean inputs
   * @param bounding bounds over the perturbation set of this step
   * @param schedules a scheduled number as a scalar of this step
   */
  public LossInputs(
      Ops tf,
      Element<T> element,
      Operand<T> truth,
      Supplier<List<Operand<T>>> forward,
      Supplier<Bounds<T>> bounding,
      Function<ScheduleSpec, Operand<T>> schedules) {
    this.tf = tf;
    this.element = element;
    this.truth = truth;
    this.forward = forward;
    this.bounding = bounding;
    this.schedules = schedules;
  }

  public Ops tf() {
    return tf;
  }

  public Element<T> element() {
    return element;
  }

  /** One-hot labels or targets. */
  public Operand<T> truth() {
    return truth;
  }

  /** The network's output at the clean inputs: batch × outputs. */
  public Operand<T> output() {
    if (values == null) {
      values = forward.get();
    }
    return values.get(values.size() - 1);
  }

  /** Bounds over the perturbation set. */
  public Bounds<T> bounds() {
    if (bounds == null) {
      bounds = bounding.get();
    }
    return bounds;
  }

  /** The clean output if some loss asked for it. */
  public @Nullable Operand<T> outputIfComputed() {
    return values == null ? null : output();
  }

  /** The bounds if some loss asked for them. */
  public @Nullable Bounds<T> boundsIfComputed() {
    return bounds;
  }

  /** A scheduled number at this step. */
  public Operand<T> scheduled(ScheduleSpec schedule) {
    return schedules.apply(schedule);
  }

  /** The mean over all axes. */
  public Operand<T> mean(Operand<T> perSample) {
    int rank = perSample.shape().numDimensions();
    int[] axes = new int[rank];
    for (int i = 0; i < rank; i++) {
      axes[i] = i;
    }
    return tf.math.mean(perSample, tf.constant(axes));
  }

  /** Cross-entropy of {@code logits} against the one-hot labels: one number a sample. */
  public Operand<T> crossEntropy(Operand<T> logits) {
    return CrossEntropyLoss.perSample(tf, element, logits, truth);
  }
}
