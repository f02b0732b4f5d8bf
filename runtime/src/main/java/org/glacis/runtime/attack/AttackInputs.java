package org.glacis.runtime.attack;

import java.util.List;
import java.util.function.Supplier;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.lower.Noise;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/** What an attack is given: a network, the points it begins at, and where it may look. */
public final class AttackInputs<T extends TFloating> {
  private final Ops tf;
  private final Element<T> element;
  private final Program<T> program;
  private final Operand<T> x;
  private final Operand<T> truth;
  private final Supplier<Operand<T>> output;
  private final Region<T> region;
  private final Noise noise;
  private final boolean seeksErrors;
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

  /** The nearest points of the region; for a ball first on the ball, then in the box around it. */
  public Operand<T> within(Operand<T> points) {
    Operand<T> radius = region.radius();
    Operand<T> near = points;
    if (radius != null) {
      Operand<T> moved = tf.math.sub(points, x);
      Operand<T> most =
          tf.math.minimum(element.constant(tf, 1), tf.math.div(radius, length(moved)));
      near = tf.math.add(x, tf.math.mul(moved, most));
    }
    Interval<T> box = region.box();
    return tf.math.minimum(tf.math.maximum(near, box.lower(tf)), box.upper(tf));
  }

  /** Vectors of length 1, or of 0 where there is no direction. */
  public Operand<T> unit(Operand<T> vectors) {
    return tf.math.div(vectors, length(vectors));
  }

  /** The Euclidean length of each sample, at least a tiny one: batch × 1s. */
  Operand<T> length(Operand<T> vectors) {
    Operand<T> lengths = tf.math.sqrt(tf.reshape(squares(vectors), broad()));
    return tf.math.maximum(lengths, element.constant(tf, 1e-12));
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
