package org.glacis.runtime.attack;

import java.util.List;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.Margins;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Loop;
import org.glacis.spec.CarliniWagner;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * The nearest wrongly decided point by Adam in the space of {@code atanh} (Carlini and Wagner 2017,
 * section VI.A): each search is a loop of the graph, whose rounds are the steps of Adam. What a
 * sample gets does not depend on the others in its batch.
 */
final class CarliniWagnerAttack<T extends TFloating> {
  /** Keeps inputs at the ends of the range from infinity. */
  private static final double INSIDE = 0.999999;

  /** Shares of the old moments, and what keeps the quotient finite: Adam's usual numbers. */
  private static final double FIRST = 0.9;

  private static final double SECOND = 0.999;
  private static final double TINY = 1e-8;

  /** A search that ends early looks so often whether it goes on, and asks for this share. */
  private static final int LOOKS = 10;

  private static final double PROGRESS = 0.9999;

  /** From so many searches on the last one takes the least constant that found a point. */
  private static final int MANY = 10;

  private final CarliniWagner spec;
  private final AttackInputs<T> in;
  private final Ops tf;
  private final Element<T> element;
  private final Operand<T> middle;
  private final Operand<T> half;
  private final @Nullable Operand<T> target;

  /** The state of a search, in the order in which the loop carries it. */
  private record State<T extends TFloating>(
      Operand<T> w,
      Operand<T> first,
      Operand<T> second,
      Operand<T> points,
      Operand<T> squares,
      Operand<T> found,
      Operand<T> constant,
      Operand<T> going,
      Operand<T> before) {
    /** The place of {@link #going}. */
    static final int GOING = 7;

    static <T extends TFloating> State<T> of(List<Operand<T>> all) {
      return new State<>(
          all.get(0),
          all.get(1),
          all.get(2),
          all.get(3),
          all.get(4),
          all.get(5),
          all.get(6),
          all.get(GOING),
          all.get(8));
    }

    List<Operand<T>> all() {
      return List.of(w, first, second, points, squares, found, constant, going, before);
    }
  }

  private CarliniWagnerAttack(CarliniWagner spec, AttackInputs<T> in) {
    this.spec = spec;
    this.in = in;
    tf = in.tf();
    element = in.element();
    Interval<T> range = in.region().box();
    Operand<T> halved = element.constant(tf, 0.5);
    middle = tf.math.mul(tf.math.add(range.lower(tf), range.upper(tf)), halved);
    half = tf.math.mul(tf.math.sub(range.upper(tf), range.lower(tf)), halved);
    Integer to = spec.getTarget();
    target = to == null ? null : oneHot(to);
  }

  private Operand<T> oneHot(int of) {
    double[] values = new double[in.classes()];
    values[of] = 1;
    return element.constant(tf, values, 1, values.length);
  }

  /** The nearest points that were found; the inputs where none was. */
  static <T extends TFloating> Operand<T> points(CarliniWagner spec, AttackInputs<T> in) {
    return new CarliniWagnerAttack<>(spec, in).searched();
  }

  private Operand<T> searched() {
    Operand<T> none = each(Double.POSITIVE_INFINITY);
    Operand<T> inside =
        tf.math.mul(tf.math.div(tf.math.sub(in.x(), middle), half), element.constant(tf, INSIDE));
    Operand<T> start = tf.math.atanh(inside);
    Operand<T> zeros = tf.zerosLike(in.x());
    Operand<T> constant = each(spec.getInitialConstant());
    State<T> like =
        new State<>(start, zeros, zeros, in.x(), none, each(0), constant, each(1), none);
    Loop<T> loop =
        new Loop<>(
            tf,
            element,
            spec.getSteps(),
            like.all(),
            State.GOING,
            (round, state) -> step(round, State.of(state)).all());
    Operand<T> lower = each(0);
    Operand<T> upper = none;
    Operand<T> points = in.x();
    Operand<T> squares = none;
    for (int search = 0; search < spec.getBinarySearchSteps(); search++) {
      if (search == spec.getBinarySearchSteps() - 1 && search + 1 >= MANY) {
        constant = tf.math.minimum(upper, element.constant(tf, 1e10));
      }
      State<T> begin =
          new State<>(start, zeros, zeros, points, squares, each(0), constant, each(1), none);
      State<T> end = State.of(loop.run(begin.all()));
      points = end.points();
      squares = end.squares();
      Operand<TBool> found = tf.math.greater(end.found(), element.constant(tf, 0));
      upper = tf.select(found, constant, upper);
      lower = tf.select(found, lower, constant);
      constant =
          tf.select(
              tf.math.isInf(upper),
              tf.math.mul(constant, element.constant(tf, 10)),
              tf.math.mul(tf.math.add(lower, upper), element.constant(tf, 0.5)));
    }
    return points;
  }

  /** One step of Adam, after a look at the point where it begins. */
  private State<T> step(Operand<TInt32> round, State<T> at) {
    Operand<T> zero = element.constant(tf, 0);
    Operand<T> points = tf.math.add(middle, tf.math.mul(half, tf.math.tanh(at.w())));
    Operand<T> squares = in.squares(tf.math.sub(points, in.x()));
    Operand<T> excess = excess(in.at(points));
    Operand<T> loss =
        tf.math.add(squares, tf.math.mul(at.constant(), tf.math.maximum(excess, zero)));
    Operand<T> gradient =
        tf.gradients(tf.reduceSum(loss, tf.constant(0)), List.of(at.w())).<T>dy(0);

    Operand<TBool> wrong = tf.math.less(excess, zero);
    Operand<TBool> nearer = tf.math.logicalAnd(wrong, tf.math.less(squares, at.squares()));
    Operand<T> found = tf.math.maximum(at.found(), tf.dtypes.cast(wrong, element.type()));

    Operand<T> first = moment(at.first(), gradient, FIRST);
    Operand<T> second = moment(at.second(), tf.math.square(gradient), SECOND);
    Operand<T> move =
        tf.math.div(
            tf.math.mul(corrected(first, FIRST, round), element.constant(tf, spec.getStepSize())),
            tf.math.add(
                tf.math.sqrt(corrected(second, SECOND, round)), element.constant(tf, TINY)));
    Operand<T> w = tf.math.sub(at.w(), tf.math.mul(move, tf.reshape(at.going(), in.broad())));
    Operand<T> going = at.going();
    Operand<T> before = at.before();
    if (spec.getAbortEarly()) {
      int every = (spec.getSteps() + LOOKS - 1) / LOOKS;
      Operand<TBool> looks =
          tf.math.equal(tf.math.floorMod(round, tf.constant(every)), tf.constant(0));
      Operand<TBool> stalled =
          tf.math.greater(loss, tf.math.mul(before, element.constant(tf, PROGRESS)));
      going = tf.select(tf.math.logicalAnd(looks, stalled), tf.zerosLike(going), going);
      before = tf.select(looks, loss, before);
    }
    return new State<>(
        w,
        first,
        second,
        tf.select(tf.reshape(nearer, in.broad()), points, at.points()),
        tf.select(nearer, squares, at.squares()),
        found,
        at.constant(),
        going,
        before);
  }

  /** What is missing for a wrong decision: below 0 where the point is decided as wished. */
  private Operand<T> excess(Operand<T> logits) {
    Operand<T> of = target == null ? in.truth() : target;
    Operand<T> ahead = Margins.least(tf, element, Margins.ofPoints(tf, element, logits, of), of);
    return tf.math.add(
        target == null ? ahead : tf.math.neg(ahead), element.constant(tf, spec.getConfidence()));
  }

  private Operand<T> moment(Operand<T> old, Operand<T> now, double share) {
    return tf.math.add(
        tf.math.mul(old, element.constant(tf, share)),
        tf.math.mul(now, element.constant(tf, 1 - share)));
  }

  /** Without the weight of the zero at which a moment begins. */
  private Operand<T> corrected(Operand<T> moment, double share, Operand<TInt32> round) {
    Operand<T> steps = tf.dtypes.cast(tf.math.add(round, tf.constant(1)), element.type());
    Operand<T> old = tf.math.pow(element.constant(tf, share), steps);
    return tf.math.div(moment, tf.math.sub(element.constant(tf, 1), old));
  }

  /** One number for each sample. */
  private Operand<T> each(double value) {
    return tf.fill(
        tf.reshape(in.noise().batch(), tf.constant(new int[] {1})), element.constant(tf, value));
  }
}
