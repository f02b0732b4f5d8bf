package org.glacis.runtime.attack;

import java.util.List;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.Margins;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Loop;
import org.glacis.spec.DeepFool;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Steps to the nearest boundary of the network as it would be were it linear, until the decision
 * changes (Moosavi-Dezfooli et al. 2016, algorithm 2): a loop of the graph that ends when every
 * sample has got there.
 */
final class DeepFoolAttack<T extends TFloating> {
  /** The place of the flags of the samples that go on. */
  private static final int GOING = 2;

  private final DeepFool spec;
  private final AttackInputs<T> in;
  private final Ops tf;
  private final Element<T> element;

  private DeepFoolAttack(DeepFool spec, AttackInputs<T> in) {
    this.spec = spec;
    this.in = in;
    tf = in.tf();
    element = in.element();
  }

  /** The first wrongly decided points; where the steps did not suffice, the last ones. */
  static <T extends TFloating> Operand<T> points(DeepFool spec, AttackInputs<T> in) {
    return new DeepFoolAttack<>(spec, in).walked();
  }

  private Operand<T> walked() {
    int others = Math.min(spec.getCandidates(), in.classes()) - 1;
    if (others < 1) {
      return in.x();
    }
    Operand<T> candidates = candidates(others);
    Operand<T> all =
        tf.fill(
            tf.reshape(in.noise().batch(), tf.constant(new int[] {1})), element.constant(tf, 1));
    List<Operand<T>> start = List.of(tf.zerosLike(in.x()), in.x(), all);
    Loop<T> loop =
        new Loop<>(
            tf,
            element,
            spec.getSteps(),
            start,
            GOING,
            (round, state) ->
                step(state.get(0), state.get(1), state.get(GOING), candidates, others));
    return loop.run(start).get(1);
  }

  /** The classes besides the label with the largest logits, one-hot: batch × others × classes. */
  private Operand<T> candidates(int others) {
    Operand<T> away = tf.math.mul(in.truth(), element.constant(tf, 1e30));
    Operand<TInt32> largest =
        tf.nn.topK(tf.math.sub(in.output(), away), tf.constant(others), TInt32.class).indices();
    return tf.oneHot(
        largest, tf.constant(in.classes()), element.constant(tf, 1), element.constant(tf, 0));
  }

  private List<Operand<T>> step(
      Operand<T> way, Operand<T> points, Operand<T> goes, Operand<T> candidates, int others) {
    Operand<T> logits = in.at(points);
    Operand<T> margin =
        Margins.least(tf, element, Margins.ofPoints(tf, element, logits, in.truth()), in.truth());
    Operand<TBool> wrong = tf.math.less(margin, element.constant(tf, 0));
    Operand<T> going = tf.select(wrong, tf.zerosLike(goes), goes);

    Operand<T> least = null;
    Operand<T> step = null;
    for (int k = 0; k < others; k++) {
      Operand<T> one = tf.gather(candidates, tf.constant(k), tf.constant(1));
      Operand<T> gap =
          tf.reduceSum(tf.math.mul(logits, tf.math.sub(one, in.truth())), tf.constant(1));
      Operand<T> slope = tf.gradients(tf.reduceSum(gap, tf.constant(0)), List.of(points)).<T>dy(0);
      Operand<T> length = in.length(slope);
      Operand<T> far = tf.math.div(tf.reshape(tf.math.abs(gap), in.broad()), length);
      Operand<T> there = tf.math.mul(slope, tf.math.div(far, length));
      if (least == null || step == null) {
        least = far;
        step = there;
      } else {
        Operand<TBool> nearer = tf.math.less(far, least);
        step = tf.select(nearer, there, step);
        least = tf.select(nearer, far, least);
      }
    }
    Operand<T> go = tf.reshape(going, in.broad());
    Operand<T> further = tf.math.add(way, tf.math.mul(go, java.util.Objects.requireNonNull(step)));
    Interval<T> range = in.region().box();
    Operand<T> beyond =
        tf.math.add(in.x(), tf.math.mul(further, element.constant(tf, 1 + spec.getOvershoot())));
    Operand<T> cut = tf.math.minimum(tf.math.maximum(beyond, range.lower(tf)), range.upper(tf));
    Operand<TBool> moves = tf.math.greater(go, element.constant(tf, 0));
    return List.of(further, tf.select(moves, cut, points), going);
  }
}
