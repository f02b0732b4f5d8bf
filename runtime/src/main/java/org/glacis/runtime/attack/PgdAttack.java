package org.glacis.runtime.attack;

import java.util.List;
import java.util.Objects;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.Margins;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Loop;
import org.glacis.runtime.loss.CrossEntropyLoss;
import org.glacis.spec.Pgd;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TFloating;

/**
 * Projected gradient ascent (Madry et al. 2018): every step is part of the graph, or, where they
 * are many, a round of a loop of the graph.
 */
final class PgdAttack<T extends TFloating> {
  /** Up to so many steps are written out: that spares the loop and lets them share constants. */
  private static final int FEW = 4;

  private final Pgd spec;
  private final AttackInputs<T> in;
  private final Ops tf;
  private final Element<T> element;

  /** A point of each sample and how good a find it is. */
  private record Seen<T extends TFloating>(Operand<T> points, Operand<T> rank) {}

  /** What the network says at some points: what a step makes larger, and the rank of the find. */
  private record Look<T extends TFloating>(
      Operand<T> points, Operand<T> objective, Operand<T> rank) {
    Seen<T> seen() {
      return new Seen<>(points, rank);
    }
  }

  private PgdAttack(Pgd spec, AttackInputs<T> in) {
    this.spec = spec;
    this.in = in;
    this.tf = in.tf();
    this.element = in.element();
  }

  /**
   * The points that were found: batch × input shape. A training step with one step and one start
   * takes the end point; otherwise it is the best find among all points, starts and ends included.
   */
  static <T extends TFloating> Operand<T> points(Pgd spec, AttackInputs<T> in) {
    PgdAttack<T> attack = new PgdAttack<>(spec, in);
    return spec.getSteps() > FEW ? attack.looped() : attack.written();
  }

  private Operand<T> written() {
    boolean best = spec.getSteps() > 1 || spec.getRestarts() > 1 || in.seeksErrors();
    Seen<T> worst = null;
    Operand<T> points = in.x();
    for (int restart = 0; restart < spec.getRestarts(); restart++) {
      points = start(restart);
      for (int step = 0; step < spec.getSteps(); step++) {
        points = tf.stopGradient(points);
        Look<T> look = look(points);
        if (best) {
          worst = better(worst, look.seen());
        }
        points = next(look, element.constant(tf, spec.stepSize(step)));
      }
      if (best) {
        worst = better(worst, look(points).seen());
      }
    }
    return best ? Objects.requireNonNull(worst).points() : points;
  }

  private Operand<T> looped() {
    Operand<T> unseen =
        tf.fill(
            tf.reshape(in.noise().batch(), tf.constant(new int[] {1})),
            element.constant(tf, Double.NEGATIVE_INFINITY));
    double[] sizes = new double[spec.getSteps()];
    for (int step = 0; step < sizes.length; step++) {
      sizes[step] = spec.stepSize(step);
    }
    Operand<T> all = element.constant(tf, sizes, sizes.length);
    Loop<T> loop =
        new Loop<>(
            tf,
            element,
            spec.getSteps(),
            List.of(in.x(), in.x(), unseen),
            (round, state) -> {
              Look<T> look = look(state.get(0));
              Seen<T> worst = better(new Seen<>(state.get(1), state.get(2)), look.seen());
              Operand<T> next = next(look, tf.gather(all, round, tf.constant(0)));
              return List.of(next, worst.points(), worst.rank());
            });
    Seen<T> worst = new Seen<>(in.x(), unseen);
    for (int restart = 0; restart < spec.getRestarts(); restart++) {
      List<Operand<T>> end =
          loop.run(List.of(tf.stopGradient(start(restart)), worst.points(), worst.rank()));
      worst = better(new Seen<>(end.get(1), end.get(2)), look(end.get(0)).seen());
    }
    return worst.points();
  }

  private Operand<T> start(int restart) {
    return spec.getRandomStart() ? in.start(restart) : in.x();
  }

  /** The next points, after a step that makes the objective larger. */
  private Operand<T> next(Look<T> look, Operand<T> size) {
    Operand<T> gradient =
        tf.gradients(tf.reduceSum(look.objective(), tf.constant(0)), List.of(look.points()))
            .<T>dy(0);
    Operand<T> radius = in.region().radius();
    if (radius != null) {
      Operand<T> length = tf.math.mul(radius, size);
      Operand<T> direction = in.unit(in.open(look.points(), gradient));
      return in.within(tf.math.add(look.points(), tf.math.mul(direction, length)));
    }
    Interval<T> box = in.region().box();
    Operand<T> half =
        tf.math.mul(
            tf.math.sub(box.upper(tf), box.lower(tf)),
            tf.math.mul(size, element.constant(tf, 0.5)));
    return in.within(tf.math.add(look.points(), tf.math.mul(tf.math.sign(gradient), half)));
  }

  private Look<T> look(Operand<T> points) {
    Operand<T> logits = in.at(points);
    Operand<T> objective =
        switch (spec.getObjective()) {
          case CROSS_ENTROPY -> CrossEntropyLoss.perSample(tf, element, logits, in.truth());
          case MARGIN -> wrongness(logits);
          case LOSS -> in.loss(logits);
          case KL -> {
            Operand<T> clean = tf.stopGradient(tf.nn.logSoftmax(in.output()));
            yield tf.reduceSum(
                tf.math.mul(tf.math.exp(clean), tf.math.sub(clean, tf.nn.logSoftmax(logits))),
                tf.constant(1));
          }
        };
    return new Look<>(points, objective, in.seeksErrors() ? wrongness(logits) : objective);
  }

  /** The largest other logit minus the label's: above 0 where the decision is wrong. */
  private Operand<T> wrongness(Operand<T> logits) {
    return tf.math.neg(
        Margins.least(tf, element, Margins.ofPoints(tf, element, logits, in.truth()), in.truth()));
  }

  private Seen<T> better(@Nullable Seen<T> a, Seen<T> b) {
    if (a == null) {
      return b;
    }
    Operand<TBool> second = tf.math.greater(b.rank(), a.rank());
    return new Seen<>(
        tf.select(tf.reshape(second, in.broad()), b.points(), a.points()),
        tf.select(second, b.rank(), a.rank()));
  }
}
