package org.glacis.runtime.attack;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.lower.Noise;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.glacis.spec.GlacisException;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/** What an attack is given: a network, the points it begins at, and where it may look. */
public final class AttackInputs<T extends TFloating> {
  /** So often more coordinates may meet the end of the range on the way out of a ball. */
  private static final int CLIPPINGS = 4;

  private final Ops tf;
  private final Element<T> element;
  private final Program<T> program;
  private final Operand<T> x;
  private final Operand<T> truth;
  private final Supplier<Operand<T>> output;
  private final Region<T> region;
  private final Noise noise;
  private final boolean seeksErrors;
  private @Nullable UnaryOperator<Operand<T>> loss;
  private int passes;

  /**
   * Where an attack looks.
   *
   * @param box the corners, clipped to the range of the data
   * @param radius of an l2 ball, a scalar or batch × 1s; null for the whole box
   */
  public record Region<T extends TFloating>(Interval<T> box, @Nullable Operand<T> radius) {}

  /**
   * Inputs of one attack.
   *
   * @param x the inputs: batch × input shape
   * @param truth one-hot labels: batch × classes
   * @param output gives the network's output at {@code x}, where an attack asks for it
   * @param noise random numbers
   * @param seeksErrors whether a wrong decision is worth more than a large objective: a
   *     certification looks for counterexamples, a training step for what its loss is worst at
   */
  public AttackInputs(
      Ops tf,
      Element<T> element,
      Program<T> program,
      Operand<T> x,
      Operand<T> truth,
      Supplier<Operand<T>> output,
      Region<T> region,
      Noise noise,
      boolean seeksErrors) {
    this.tf = tf;
    this.element = element;
    this.program = program;
    this.x = x;
    this.truth = truth;
    this.output = output;
    this.region = region;
    this.noise = noise;
    this.seeksErrors = seeksErrors;
  }

  /** Adds what the training makes small at the attacked points: outputs to one number a sample. */
  public AttackInputs<T> withLoss(UnaryOperator<Operand<T>> attacked) {
    loss = attacked;
    return this;
  }

  public Ops tf() {
    return tf;
  }

  public Element<T> element() {
    return element;
  }

  /** The inputs: batch × input shape. */
  public Operand<T> x() {
    return x;
  }

  /** One-hot labels: batch × classes. */
  public Operand<T> truth() {
    return truth;
  }

  /** The network's output at {@link #x}: batch × classes; no gradient flows through it. */
  public Operand<T> output() {
    return tf.stopGradient(output.get());
  }

  /** How many classes the network tells apart. */
  public int classes() {
    return program.shapeOf(program.output()).getSize();
  }

  /**
   * Where the points must lie; for an attack that looks for the nearest point, the range of the
   * data.
   */
  public Region<T> region() {
    return region;
  }

  /** Random numbers. */
  public Noise noise() {
    return noise;
  }

  /** Whether a wrong decision is worth more than a large objective. */
  public boolean seeksErrors() {
    return seeksErrors;
  }

  /** The network's output at {@code points}: batch × classes. */
  public Operand<T> at(Operand<T> points) {
    return ForwardPass.output(tf, "pass" + passes++, program, points);
  }

  /** What the training makes small at the attacked points, from the outputs there: batch. */
  public Operand<T> loss(Operand<T> outputs) {
    if (loss == null) {
      throw new GlacisException("this attack has no loss; take another objective");
    }
    return loss.apply(outputs);
  }

  /** Uniformly random points of the region: batch × input shape. */
  public Operand<T> start(int restart) {
    Interval<T> box = region.box();
    Operand<T> lower = box.lower(tf);
    String place = "attack/" + restart;
    Operand<T> radius = region.radius();
    if (radius == null) {
      Operand<T> uniform = noise.uniform(tf, element, place, tf.shape(x));
      return tf.math.add(lower, tf.math.mul(uniform, tf.math.sub(box.upper(tf), lower)));
    }
    Operand<T> direction = noise.normal(tf, element, place, tf.shape(x));
    Operand<TInt32> lengths =
        tf.concat(
            List.of(tf.reshape(noise.batch(), tf.constant(new int[] {1})), tf.constant(ones())),
            tf.constant(0));
    Operand<T> uniform = noise.uniform(tf, element, place + "/length", lengths);
    // The d-th root makes the points uniform in the ball, not their distances.
    Operand<T> share = tf.math.pow(uniform, element.constant(tf, 1.0 / program.input().getSize()));
    return within(tf.math.add(x, tf.math.mul(unit(direction), tf.math.mul(share, radius))));
  }

  /**
   * The nearest points of the region. For a ball in a box around its centre {@code x} that is
   * {@code clip(x + t * (points - x))} with the largest share {@code t} of the way, at most 1, that
   * stays in the ball. It is found from below: what is clipped at one share stays so at each larger
   * one, and the rest may go on until the ball is full. Each round's points are in ball and box.
   */
  public Operand<T> within(Operand<T> points) {
    Operand<T> radius = region.radius();
    if (radius == null) {
      return clipped(points);
    }
    Operand<T> way = tf.math.sub(points, x);
    Operand<T> one = element.constant(tf, 1);
    Operand<T> share = tf.math.minimum(one, tf.math.div(radius, length(way)));
    Operand<T> near = tf.math.add(x, tf.math.mul(way, share));
    Operand<T> all = tf.math.square(radius);
    for (int round = 0; round < CLIPPINGS; round++) {
      Operand<T> cut = clipped(near);
      Operand<T> free = tf.dtypes.cast(tf.math.equal(near, cut), element.type());
      Operand<T> moves = squared(tf.math.mul(way, free));
      Operand<T> stays = squared(tf.math.mul(tf.math.sub(cut, x), tf.math.sub(one, free)));
      Operand<T> left = tf.math.maximum(tf.math.sub(all, stays), element.constant(tf, 0));
      Operand<T> further = tf.math.sqrt(tf.math.divNoNan(left, moves));
      share = tf.math.minimum(one, tf.math.maximum(share, further));
      near = tf.math.add(x, tf.math.mul(way, share));
    }
    return clipped(near);
  }

  private Operand<T> clipped(Operand<T> points) {
    Interval<T> box = region.box();
    return tf.math.minimum(tf.math.maximum(points, box.lower(tf)), box.upper(tf));
  }

  /**
   * A direction in which {@code points} can go: without the coordinates that lead out of the range
   * of the data where they are at its ends. Where the ball ends before the range does, none is left
   * out.
   */
  public Operand<T> open(Operand<T> points, Operand<T> direction) {
    Operand<T> radius = region.radius();
    Interval<T> box = region.box();
    Operand<T> none = element.constant(tf, 0);
    Operand<TBool> up =
        tf.math.logicalAnd(
            tf.math.greaterEqual(points, box.upper(tf)), tf.math.greater(direction, none));
    Operand<TBool> down =
        tf.math.logicalAnd(tf.math.lessEqual(points, box.lower(tf)), tf.math.less(direction, none));
    Operand<TBool> ends = tf.math.logicalOr(up, down);
    if (radius != null) {
      Operand<T> almost = tf.math.mul(radius, element.constant(tf, 1 - 1e-4));
      ends = tf.math.logicalAnd(ends, tf.math.less(tf.math.abs(tf.math.sub(points, x)), almost));
    }
    return tf.select(ends, tf.zerosLike(direction), direction);
  }

  /** Vectors of length 1, or of 0 where there is no direction. */
  public Operand<T> unit(Operand<T> vectors) {
    return tf.math.div(vectors, length(vectors));
  }

  /** The Euclidean length of each sample, at least a tiny one: batch × 1s. */
  Operand<T> length(Operand<T> vectors) {
    Operand<T> lengths = tf.math.sqrt(squared(vectors));
    return tf.math.maximum(lengths, element.constant(tf, 1e-12));
  }

  private Operand<T> squared(Operand<T> vectors) {
    return tf.reshape(squares(vectors), broad());
  }

  /** The squared Euclidean length of each sample: batch. */
  Operand<T> squares(Operand<T> vectors) {
    int[] axes = new int[program.input().getRank()];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i + 1;
    }
    return tf.reduceSum(tf.math.square(vectors), tf.constant(axes));
  }

  /** The shape in which one number a sample goes with points: batch × 1s. */
  public Operand<TInt32> broad() {
    int[] broad = new int[program.input().getRank() + 1];
    java.util.Arrays.fill(broad, 1);
    broad[0] = -1;
    return tf.constant(broad);
  }

  private int[] ones() {
    int[] ones = new int[program.input().getRank()];
    java.util.Arrays.fill(ones, 1);
    return ones;
  }
}
