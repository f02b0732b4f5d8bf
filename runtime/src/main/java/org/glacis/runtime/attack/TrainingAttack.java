package org.glacis.runtime.attack;

import java.util.List;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.Margins;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Loop;
import org.glacis.runtime.loss.CrossEntropyLoss;
import org.glacis.runtime.lower.Noise;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.glacis.spec.AttackObjective;
import org.glacis.spec.Pgd;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Projected gradient ascent inside a training step (Madry et al. 2018): every step is part of the
 * graph, or, where they are many, a round of a loop of the graph. No gradient flows through the
 * points that it returns.
 */
public final class TrainingAttack<T extends TFloating> {
  /** Up to so many steps are written out: that spares the loop and lets them share constants. */
  private static final int FEW = 4;

  private final Ops tf;
  private final Element<T> element;
  private final Pgd spec;
  private final Program<T> program;
  private final Operand<T> x;
  private final Operand<T> truth;
  private final Operand<T> output;
  private final Region<T> region;
  private int passes;

  /**
   * Where an attack looks.
   *
   * @param box the corners, clipped to the range of the data
   * @param radius of an l2 ball, a scalar; null for the whole box
   */
  public record Region<T extends TFloating>(Interval<T> box, @Nullable Operand<T> radius) {}

  /** A point of each sample and how large the objective is there. */
  private record Seen<T extends TFloating>(Operand<T> points, Operand<T> objective) {}

  /**
   * An attack of one step.
   *
   * @param x the inputs: batch × input shape
   * @param truth one-hot labels
   * @param output the network's output at {@code x}, for {@link AttackObjective#KL}; otherwise any
   */
  public TrainingAttack(
      Ops tf,
      Element<T> element,
      Pgd spec,
      Program<T> program,
      Operand<T> x,
      Operand<T> truth,
      Operand<T> output,
      Region<T> region) {
    this.tf = tf;
    this.element = element;
    this.spec = spec;
    this.program = program;
    this.x = x;
    this.truth = truth;
    this.output = output;
    this.region = region;
  }

  /**
   * The points that were found: batch × input shape. With one step and one start the end point,
   * else the point of the largest objective among all, starts and ends included.
   */
  public Operand<T> points(Noise noise) {
    boolean best = spec.getSteps() > 1 || spec.getRestarts() > 1;
    Seen<T> worst = null;
    if (spec.getSteps() > FEW) {
      return looped(noise);
    }
    for (int restart = 0; restart < spec.getRestarts(); restart++) {
      Operand<T> points = spec.getRandomStart() ? start(noise, restart) : x;
      for (int step = 0; step < spec.getSteps(); step++) {
        points = tf.stopGradient(points);
        Operand<T> objective = objective(points);
        if (best) {
          worst = larger(worst, new Seen<>(points, objective));
        }
        points = step(points, objective, element.constant(tf, spec.stepSize(step)));
      }
      worst =
          best ? larger(worst, new Seen<>(points, objective(points))) : new Seen<>(points, points);
    }
    return tf.stopGradient(java.util.Objects.requireNonNull(worst).points());
  }

  /** As {@link #points}, each step a round of a loop. */
  private Operand<T> looped(Noise noise) {
    Operand<T> unseen =
        tf.fill(
            tf.reshape(noise.batch(), tf.constant(new int[] {1})),
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
            List.of(x, x, unseen),
            (round, state) -> {
              Operand<T> points = state.get(0);
              Operand<T> objective = objective(points);
              Seen<T> worst =
                  larger(new Seen<>(state.get(1), state.get(2)), new Seen<>(points, objective));
              Operand<T> next = step(points, objective, tf.gather(all, round, tf.constant(0)));
              return List.of(next, worst.points(), worst.objective());
            });
    Seen<T> worst = new Seen<>(x, unseen);
    for (int restart = 0; restart < spec.getRestarts(); restart++) {
      Operand<T> points = spec.getRandomStart() ? start(noise, restart) : x;
      List<Operand<T>> end =
          loop.run(List.of(tf.stopGradient(points), worst.points(), worst.objective()));
      worst =
          larger(new Seen<>(end.get(1), end.get(2)), new Seen<>(end.get(0), objective(end.get(0))));
    }
    return tf.stopGradient(worst.points());
  }

  /** Uniformly random points of the region: batch × input shape. */
  private Operand<T> start(Noise noise, int restart) {
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

  /** The next points, after a step that makes {@code objective} at {@code points} larger. */
  private Operand<T> step(Operand<T> points, Operand<T> objective, Operand<T> size) {
    Operand<T> gradient =
        tf.gradients(tf.reduceSum(objective, tf.constant(0)), List.of(points)).<T>dy(0);
    Operand<T> radius = region.radius();
    Interval<T> box = region.box();
    if (radius != null) {
      Operand<T> length = tf.math.mul(radius, size);
      return within(tf.math.add(points, tf.math.mul(unit(gradient), length)));
    }
    Operand<T> half =
        tf.math.mul(
            tf.math.sub(box.upper(tf), box.lower(tf)),
            tf.math.mul(size, element.constant(tf, 0.5)));
    return within(tf.math.add(points, tf.math.mul(tf.math.sign(gradient), half)));
  }

  /** The nearest points of the region; for a ball first on the ball, then in the box around it. */
  private Operand<T> within(Operand<T> points) {
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

  private Operand<T> unit(Operand<T> vectors) {
    return tf.math.div(vectors, length(vectors));
  }

  /** The Euclidean length of each sample, at least a tiny one: batch × 1s. */
  private Operand<T> length(Operand<T> vectors) {
    int[] axes = new int[program.input().getRank()];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i + 1;
    }
    Operand<T> squares =
        tf.reduceSum(
            tf.math.square(vectors),
            tf.constant(axes),
            org.tensorflow.op.core.ReduceSum.keepDims(true));
    return tf.math.maximum(tf.math.sqrt(squares), element.constant(tf, 1e-12));
  }

  /** What the attack makes large: one number a sample. */
  private Operand<T> objective(Operand<T> points) {
    Operand<T> logits = ForwardPass.output(tf, "pass" + passes++, program, points);
    return switch (spec.getObjective()) {
      case CROSS_ENTROPY -> CrossEntropyLoss.perSample(tf, element, logits, truth);
      case MARGIN ->
          tf.math.neg(
              Margins.least(tf, element, Margins.ofPoints(tf, element, logits, truth), truth));
      case KL -> {
        Operand<T> clean = tf.stopGradient(tf.nn.logSoftmax(output));
        yield tf.reduceSum(
            tf.math.mul(tf.math.exp(clean), tf.math.sub(clean, tf.nn.logSoftmax(logits))),
            tf.constant(1));
      }
    };
  }

  private Seen<T> larger(@Nullable Seen<T> a, Seen<T> b) {
    if (a == null) {
      return b;
    }
    Operand<TBool> second = tf.math.greater(b.objective(), a.objective());
    int[] broad = new int[program.input().getRank() + 1];
    java.util.Arrays.fill(broad, 1);
    broad[0] = -1;
    return new Seen<>(
        tf.select(tf.reshape(second, tf.constant(broad)), b.points(), a.points()),
        tf.select(second, b.objective(), a.objective()));
  }

  private int[] ones() {
    int[] ones = new int[program.input().getRank()];
    java.util.Arrays.fill(ones, 1);
    return ones;
  }
}
