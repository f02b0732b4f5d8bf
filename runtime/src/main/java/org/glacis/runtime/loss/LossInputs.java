package org.glacis.runtime.loss;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.glacis.evidence.holistic.HolisticRisk;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.Margins;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.loss.Passes.Adversary;
import org.glacis.runtime.loss.Passes.HostWeights;
import org.glacis.spec.Constant;
import org.glacis.spec.LossSpec;
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
  private final Passes<T> passes;
  private final Map<String, Operand<T>> parts = new LinkedHashMap<>();
  private final Map<String, Operand<T>> keeps = new LinkedHashMap<>();
  private @Nullable List<Operand<T>> values;
  private @Nullable Bounds<T> bounds;
  private @Nullable Operand<T> margins;
  private @Nullable Bounds<T> boundsOfPart;
  private @Nullable Operand<T> marginsOfPart;
  private @Nullable Adversary<T> adversary;
  private @Nullable Operand<T> robust;
  private @Nullable Operand<T> adversarial;
  private boolean apart;

  /**
   * Inputs of one step.
   *
   * @param truth one-hot labels (batch × classes) or targets (batch × outputs)
   */
  public LossInputs(Ops tf, Element<T> element, Operand<T> truth, Passes<T> passes) {
    this.tf = tf;
    this.element = element;
    this.truth = truth;
    this.passes = passes;
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
      values = passes.clean();
    }
    return values.get(values.size() - 1);
  }

  /** Bounds over the perturbation set. */
  public Bounds<T> bounds() {
    if (bounds == null) {
      bounds = passes.bounds();
    }
    return bounds;
  }

  /** What the attack found. */
  public Adversary<T> adversary() {
    if (adversary == null) {
      adversary = passes.adversary();
    }
    return adversary;
  }

  /**
   * Lower bounds of the margins over {@link #bounds()}, the last affine operation merged; batch ×
   * classes, 0 for the label.
   */
  public Operand<T> margins() {
    if (margins == null) {
      margins = Margins.elided(tf, element, bounds(), truth);
    }
    return margins;
  }

  /** The mean cross-entropy of {@link #margins()}: {@code log(1 + sum_j exp(-margin_j))}. */
  public Operand<T> robust() {
    if (robust == null) {
      robust = part("ibpLoss", mean(crossEntropy(tf.math.neg(margins()))));
    }
    return robust;
  }

  /** The mean cross-entropy of the margins over a part of the perturbation set. */
  public Operand<T> robustOver(Interval<T> part) {
    Bounds<T> there = passes.bounds(part);
    Operand<T> known = Margins.elided(tf, element, there, truth);
    boundsOfPart = there;
    marginsOfPart = known;
    return mean(crossEntropy(tf.math.neg(known)));
  }

  /** The mean cross-entropy at the adversarial points. */
  public Operand<T> adversarial() {
    if (adversarial == null) {
      adversarial = part("adversarialLoss", mean(crossEntropy(adversary().output())));
    }
    return adversarial;
  }

  /**
   * Reports a part of the loss as a metric of the step; returns it. A second part of a name, as
   * sums have them, gets a number.
   */
  public Operand<T> part(String name, Operand<T> scalar) {
    String free = name;
    for (int number = 2; parts.containsKey(free) && !apart && parts.get(free) != scalar; number++) {
      free = name + number;
    }
    parts.put(free, apart ? passes.mean(tf, tf.math.mean(scalar, tf.constant(0))) : scalar);
    return scalar;
  }

  /**
   * What a loss is for each sample: while {@code loss} is built, means over samples are left out.
   *
   * @return one number a sample
   */
  Operand<T> perSample(Supplier<Operand<T>> loss) {
    @Nullable Operand<T> outerRobust = robust;
    @Nullable Operand<T> outerAdversarial = adversarial;
    boolean outer = apart;
    robust = null;
    adversarial = null;
    apart = true;
    Operand<T> each = loss.get();
    apart = outer;
    robust = outerRobust;
    adversarial = outerAdversarial;
    return each;
  }

  /**
   * A loss of single samples, as it is where the network says {@code output}.
   *
   * @return one number a sample
   */
  public Operand<T> each(LossSpec loss, Operand<T> output) {
    LossInputs<T> there = new LossInputs<>(tf, element, truth, passes.at(output));
    return there.perSample(() -> LossLowerings.lower(loss, there));
  }

  /** Whether means over samples are left out now; see {@link #perSample}. */
  boolean isApart() {
    return apart;
  }

  /** Weights of the samples that are found outside of the graph, from their losses. */
  HostWeights<T> weighed(HolisticRisk risk, Operand<T> losses) {
    return passes.weighed(risk, losses);
  }

  /** Whether the radius is at its full size, in a step of its own kind. */
  public boolean isFull() {
    return passes.isFull();
  }

  /** The parts that were reported, by name. */
  public Map<String, Operand<T>> parts() {
    return parts;
  }

  /** The clean output if some loss asked for it. */
  public @Nullable Operand<T> outputIfComputed() {
    return values == null ? null : output();
  }

  /** The bounds if some loss asked for them, or else those over a part of the set. */
  public @Nullable Bounds<T> boundsIfComputed() {
    return bounds != null ? bounds : boundsOfPart;
  }

  /** The margins over {@link #boundsIfComputed} if some loss asked for them. */
  public @Nullable Operand<T> marginsIfComputed() {
    return bounds != null ? margins : marginsOfPart;
  }

  /** The adversarial points if some loss asked for them. */
  public @Nullable Adversary<T> adversaryIfComputed() {
    return adversary;
  }

  /** The epsilon schedule's value at this step: a scalar from 0 to 1. */
  public Operand<T> epsilonFactor() {
    return passes.epsilonFactor();
  }

  /** A scheduled number at this step. */
  public Operand<T> scheduled(ScheduleSpec schedule) {
    return schedule instanceof Constant constant
        ? element.constant(tf, constant.getValue())
        : passes.scheduled(schedule);
  }

  /** A number that a loss keeps from step to step. */
  public Kept<T> kept(String name) {
    String free = name;
    for (int number = 2; keeps.containsKey(free); number++) {
      free = name + number;
    }
    Kept<T> number = new Kept<>(free, passes.kept(free));
    keeps.put(free, number.before());
    return number;
  }

  /** Keeps {@code next} for the next step. */
  public void keep(Kept<T> number, Operand<T> next) {
    keeps.put(number.name(), next);
  }

  /** What the next step is to know, by name. */
  public Map<String, Operand<T>> keeps() {
    return keeps;
  }

  /**
   * A number that a loss keeps from step to step.
   *
   * @param before what the last step kept; 0 in the first. No gradient reaches it
   */
  public record Kept<T extends TFloating>(String name, Operand<T> before) {}

  /**
   * The mean over all samples of the step and all axes; of each sample by itself while a loss is
   * built that weighs samples.
   */
  public Operand<T> mean(Operand<T> perSample) {
    int rank = perSample.shape().numDimensions();
    if (apart) {
      return rank == 1 ? perSample : tf.math.mean(perSample, tf.constant(others(rank)));
    }
    int[] axes = new int[rank];
    for (int i = 0; i < rank; i++) {
      axes[i] = i;
    }
    return passes.mean(tf, tf.math.mean(perSample, tf.constant(axes)));
  }

  private static int[] others(int rank) {
    int[] axes = new int[rank - 1];
    for (int i = 1; i < rank; i++) {
      axes[i - 1] = i;
    }
    return axes;
  }

  /** The mean over the batch of numbers that each sample has in the same places. */
  public Operand<T> meanOfSamples(Operand<T> perSample) {
    return passes.mean(tf, tf.math.mean(perSample, tf.constant(0)));
  }

  /** Cross-entropy of {@code logits} against the one-hot labels: one number a sample. */
  public Operand<T> crossEntropy(Operand<T> logits) {
    return CrossEntropyLoss.perSample(tf, element, logits, truth);
  }
}
