package org.glacis.runtime.loss;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.Batching;
import org.glacis.runtime.program.Node;
import org.glacis.runtime.program.ReluOp;
import org.glacis.spec.RegularizerTerm;
import org.glacis.spec.WarmUpRegularizer;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TFloating;

/**
 * The regularisers of Shi et al. (2021, section 4.2 and 4.3), over the boxes before each ReLU, in
 * the form of the authors' code: means over the batch and all neurons, the mean over the ReLUs.
 */
public final class WarmUpTerm<T extends TFloating> {
  private final Ops tf;
  private final Element<T> element;
  private final WarmUpRegularizer spec;
  private final Batching<T> batching;

  public WarmUpTerm(Ops tf, Element<T> element, WarmUpRegularizer spec, Batching<T> batching) {
    this.batching = batching;
    this.tf = tf;
    this.element = element;
    this.spec = spec;
  }

  /** The sum of the terms that count, before the weight; 0 for a network without ReLUs. */
  public Operand<T> of(Bounds<T> bounds) {
    List<Operand<T>> parts = new ArrayList<>();
    if (spec.getTerms().contains(RegularizerTerm.TIGHTNESS)) {
      parts.add(tightness(bounds));
    }
    if (spec.getTerms().contains(RegularizerTerm.RELU)) {
      parts.add(balance(bounds));
    }
    return parts.size() == 1 ? parts.get(0) : tf.math.addN(parts);
  }

  /** {@code mean_i relu(tolerance - r_0 / r_i) / tolerance}: how much boxes widen. */
  public Operand<T> tightness(Bounds<T> bounds) {
    Operand<T> first = mean(bounds.values().get(0).radius(tf));
    List<Operand<T>> each = new ArrayList<>();
    for (Interval<T> box : beforeRelus(bounds)) {
      Operand<T> ratio =
          tf.math.div(first, tf.math.maximum(mean(box.radius(tf)), element.constant(tf, 1e-12)));
      each.add(excess(ratio));
    }
    return average(each);
  }

  /**
   * {@code mean_i [relu(tolerance - min(a, 1 / a)) + relu(tolerance - min(v, 1 / v))] / tolerance}:
   * {@code a} is the ratio of the means of active and inactive centres, {@code v} that of their
   * variances. A ReLU where that is not finite counts as 0: one that is never inactive does.
   */
  public Operand<T> balance(Bounds<T> bounds) {
    List<Operand<T>> each = new ArrayList<>();
    for (Interval<T> box : beforeRelus(bounds)) {
      Operand<T> zero = element.constant(tf, 0);
      Operand<T> centre = box.centre(tf);
      Operand<T> active = cast(tf.math.greater(box.lower(tf), zero));
      Operand<T> inactive = cast(tf.math.less(box.upper(tf), zero));
      Operand<T> deviations = tf.math.square(tf.math.sub(centre, mean(centre)));
      Operand<T> above = mean(tf.math.mul(centre, active));
      Operand<T> below = tf.math.neg(mean(tf.math.mul(centre, inactive)));
      Operand<T> spreadAbove = mean(tf.math.mul(deviations, active));
      Operand<T> spreadBelow = mean(tf.math.mul(deviations, inactive));
      Operand<T> both =
          tf.math.add(excess(evened(above, below)), excess(evened(spreadAbove, spreadBelow)));
      // Without an inactive one the authors' ratio is x / -0: minus infinity.
      Operand<TBool> unknown =
          tf.math.logicalOr(tf.math.equal(below, zero), bothZero(spreadAbove, spreadBelow));
      Operand<TBool> known =
          tf.math.logicalAnd(tf.math.isFinite(both), tf.math.logicalNot(unknown));
      each.add(tf.select(known, both, zero));
    }
    return average(each);
  }

  private List<Interval<T>> beforeRelus(Bounds<T> bounds) {
    List<Interval<T>> boxes = new ArrayList<>();
    for (Node<T> node : bounds.program().nodes()) {
      if (node.operation() instanceof ReluOp) {
        boxes.add(bounds.values().get(node.input()));
      }
    }
    return boxes;
  }

  private Operand<T> average(List<Operand<T>> each) {
    if (each.isEmpty()) {
      return element.constant(tf, 0);
    }
    return tf.math.div(tf.math.addN(each), element.constant(tf, each.size()));
  }

  private Operand<T> excess(Operand<T> ratio) {
    Operand<T> tolerance = element.constant(tf, spec.getTolerance());
    return tf.math.div(tf.nn.relu(tf.math.sub(tolerance, ratio)), tolerance);
  }

  /**
   * The smaller of {@code a / b} and {@code b / a}. Where {@code b} is 0 that is 0, and no gradient
   * flows: it would be no number.
   */
  private Operand<T> evened(Operand<T> a, Operand<T> b) {
    Operand<TBool> none = tf.math.equal(b, element.constant(tf, 0));
    Operand<T> one = element.constant(tf, 1);
    Operand<T> ratio = tf.math.div(a, tf.select(none, one, b));
    Operand<T> inverse = tf.math.div(one, tf.math.maximum(ratio, element.constant(tf, 1e-12)));
    return tf.select(none, element.constant(tf, 0), tf.math.minimum(ratio, inverse));
  }

  private Operand<TBool> bothZero(Operand<T> a, Operand<T> b) {
    Operand<T> zero = element.constant(tf, 0);
    return tf.math.logicalAnd(tf.math.equal(a, zero), tf.math.equal(b, zero));
  }

  private Operand<T> cast(Operand<TBool> flags) {
    return tf.dtypes.cast(flags, element.type());
  }

  private Operand<T> mean(Operand<T> values) {
    int[] axes = new int[values.shape().numDimensions()];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i;
    }
    return batching.mean(tf, tf.math.mean(values, tf.constant(axes)));
  }
}
