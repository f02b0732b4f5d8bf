package org.glacis.runtime.loss;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;

/**
 * Weights of the holistic robust risk as operations of a fixed number, without sorting: the same as
 * {@link org.glacis.evidence.holistic.HolisticRisk} computes for {@code SAMPLE_THEN_CORRUPT}. In
 * float64.
 *
 * <p>A share {@code alpha} of the mass goes from the smallest losses to the worst one. With the
 * masses {@code q} and the gaps {@code g} of the losses to the worst one, weights are {@code q / (u
 * + g)}, normalised, for the root {@code u} of {@code E log(u + g) + log E 1 / (u + g) = r}. The
 * root is between two numbers in closed form; it is cut out of ever narrower rows of points, and
 * then made exact by Newton's method.
 */
final class HolisticLaw {
  /** Points of a row: each round leaves a part of so many of the last interval, less one. */
  private static final int POINTS = 17;

  private static final int ROUNDS = 3;
  private static final int NEWTON = 3;

  /** Radii below which the equation's left side is a difference of nearly equal numbers. */
  private static final double TINY = 1e-6;

  /** Where {@code log u} stays: below, all mass is on the worst loss but for 1e-130 of it. */
  private static final double LEAST = -300;

  /** Below this size {@code log(1 + z) - z} is its series. */
  private static final double SMALL = 1e-3;

  private final Ops tf;
  private final double alpha;
  private final double r;
  private final @Nullable Double worst;

  /**
   * What samples count.
   *
   * @param weights one a sample
   * @param extra the weight of the worst loss beside the samples; a scalar
   */
  record Weights(Operand<TFloat64> weights, Operand<TFloat64> extra) {}

  /** Masses and gaps, the worst loss last where it is given. */
  private record Law(Operand<TFloat64> masses, Operand<TFloat64> gaps) {}

  /**
   * A risk.
   *
   * @param worst the largest loss that is possible; null where the largest of the batch stands for
   *     it
   */
  HolisticLaw(Ops tf, double alpha, double r, @Nullable Double worst) {
    this.tf = tf;
    this.alpha = alpha;
    this.r = r;
    this.worst = worst;
  }

  /** The weights of samples with the losses {@code losses}, a vector. */
  Weights of(Operand<TFloat64> losses) {
    Operand<TFloat64> top = worst == null ? tf.max(losses, axis(0)) : number(worst);
    Operand<TFloat64> gaps = tf.math.sub(top, losses);
    Law law = law(losses, gaps);
    Operand<TFloat64> all = r == 0 ? law.masses() : reweighted(law);
    if (worst == null) {
      return new Weights(all, number(0));
    }
    Operand<TFloat64> weights =
        alpha == 0
            ? all
            : tf.slice(
                all,
                tf.constant(new int[] {0}),
                tf.math.sub(tf.shape(all), tf.constant(new int[] {1})));
    return new Weights(weights, tf.math.sub(number(1), sum(weights)));
  }

  private Law law(Operand<TFloat64> losses, Operand<TFloat64> gaps) {
    Operand<TFloat64> share = tf.math.reciprocal(sum(tf.onesLike(losses)));
    Operand<TFloat64> even = tf.math.add(tf.zerosLike(losses), share);
    if (alpha == 0) {
      return new Law(even, gaps);
    }
    Operand<TFloat64> kept = tf.math.sub(even, taken(losses, share));
    if (worst != null) {
      Operand<TFloat64> atWorst = tf.constant(new double[] {alpha});
      Operand<TFloat64> none = tf.constant(new double[] {0});
      return new Law(
          tf.concat(List.of(kept, atWorst), axis(0)), tf.concat(List.of(gaps, none), axis(0)));
    }
    Operand<TFloat64> largest = indicator(tf.math.equal(gaps, number(0)));
    Operand<TFloat64> added = tf.math.mul(largest, tf.math.div(number(alpha), sum(largest)));
    return new Law(tf.math.add(kept, added), gaps);
  }

  /** What the smallest losses lose, {@code alpha} in all; equal losses lose the same. */
  private Operand<TFloat64> taken(Operand<TFloat64> losses, Operand<TFloat64> share) {
    Operand<TFloat64> row = tf.expandDims(losses, axis(0));
    Operand<TFloat64> column = tf.expandDims(losses, axis(1));
    Operand<TFloat64> below = along(indicator(tf.math.less(row, column)), 1);
    Operand<TFloat64> tied = along(indicator(tf.math.equal(row, column)), 1);
    Operand<TFloat64> left = tf.math.sub(number(alpha), tf.math.mul(below, share));
    Operand<TFloat64> whole = tf.math.mul(tied, share);
    Operand<TFloat64> here = tf.math.minimum(tf.math.maximum(left, number(0)), whole);
    return tf.math.div(here, tied);
  }

  /** The masses after the neighbourhood of radius {@code r} did its worst. */
  private Operand<TFloat64> reweighted(Law law) {
    Operand<TFloat64> largest = tf.max(law.gaps(), axis(0));
    Operand<TFloat64> q = law.masses();
    Operand<TFloat64> g =
        tf.math.div(
            law.gaps(), tf.select(tf.math.lessEqual(largest, number(0)), number(1), largest));
    Operand<TFloat64> mean = sum(tf.math.mul(q, g));
    // All mass is on the worst loss: it stays there.
    Operand<TBool> flat = tf.math.lessEqual(mean, number(0));
    Operand<TBool> zero = tf.math.equal(g, number(0));
    Operand<TFloat64> atZero = sum(tf.math.mul(q, indicator(zero)));
    Operand<TFloat64> positive = tf.select(zero, tf.onesLike(g), g);
    Operand<TFloat64> logs = sum(tf.math.mul(q, tf.math.log(positive)));
    Operand<TFloat64> y = root(q, g, mean, lower(atZero, logs, positive), upper(q, g, mean));
    Operand<TFloat64> weights = tf.math.div(q, tf.math.add(g, tf.math.exp(y)));
    Operand<TFloat64> found = tf.math.div(weights, sum(weights));
    if (worst != null && alpha == 0) {
      // Without mass at the worst loss there may be no root: then some goes there after all.
      Operand<TFloat64> inverse = sum(tf.math.div(q, positive));
      Operand<TBool> none =
          tf.math.logicalAnd(
              tf.math.equal(atZero, number(0)),
              tf.math.lessEqual(tf.math.add(logs, tf.math.log(inverse)), number(r)));
      Operand<TFloat64> scale = tf.math.exp(tf.math.sub(logs, number(r)));
      found = tf.select(none, tf.math.mul(tf.math.div(q, positive), scale), found);
    }
    return tf.select(flat, q, found);
  }

  /** Below the root, as a logarithm. */
  private Operand<TFloat64> lower(
      Operand<TFloat64> atZero, Operand<TFloat64> logs, Operand<TFloat64> positive) {
    Operand<TBool> none = tf.math.equal(atZero, number(0));
    Operand<TFloat64> there = tf.select(none, number(1), atZero);
    Operand<TFloat64> rest = tf.math.maximum(tf.math.sub(number(1), there), number(1e-300));
    Operand<TFloat64> bound =
        tf.math.div(tf.math.sub(tf.math.add(logs, tf.math.log(there)), number(r)), rest);
    Operand<TFloat64> least = tf.math.sub(tf.math.log(tf.min(positive, axis(0))), number(40));
    return tf.math.maximum(tf.select(none, least, bound), number(LEAST));
  }

  /** Above the root, as a logarithm. */
  private Operand<TFloat64> upper(
      Operand<TFloat64> q, Operand<TFloat64> g, Operand<TFloat64> mean) {
    Operand<TFloat64> variance = sum(tf.math.mul(q, tf.math.squaredDifference(g, mean)));
    Operand<TFloat64> c = tf.math.div(variance, number(Math.expm1(r)));
    Operand<TFloat64> root =
        tf.math.sqrt(tf.math.add(tf.math.square(mean), tf.math.mul(number(4), c)));
    return tf.math.log(tf.math.div(tf.math.mul(number(2), c), tf.math.add(mean, root)));
  }

  /** The root as a logarithm. */
  private Operand<TFloat64> root(
      Operand<TFloat64> q,
      Operand<TFloat64> g,
      Operand<TFloat64> mean,
      Operand<TFloat64> least,
      Operand<TFloat64> most) {
    Operand<TFloat64> column = tf.expandDims(g, axis(1));
    Operand<TFloat64> row = tf.expandDims(q, axis(0));
    double[] steps = new double[POINTS];
    for (int i = 0; i < POINTS; i++) {
      steps[i] = (double) i / (POINTS - 1);
    }
    Operand<TFloat64> low = tf.math.minimum(least, most);
    Operand<TFloat64> width = tf.math.sub(most, low);
    for (int round = 0; round < ROUNDS; round++) {
      Operand<TFloat64> points = tf.math.add(low, tf.math.mul(width, tf.constant(steps)));
      Operand<TFloat64> sums = tf.math.add(column, tf.math.exp(points));
      Operand<TFloat64> left =
          tf.math.add(
              mean(row, tf.math.log(sums)), tf.math.log(mean(row, tf.math.reciprocal(sums))));
      Operand<TFloat64> before =
          tf.math.sub(sum(indicator(tf.math.greater(left, number(r)))), number(1));
      width = tf.math.div(width, number(POINTS - 1.0));
      low = tf.math.add(low, tf.math.mul(width, tf.math.maximum(before, number(0))));
    }
    Operand<TFloat64> y = low;
    for (int step = 0; step < NEWTON; step++) {
      y = newton(q, g, mean, y);
    }
    return y;
  }

  private Operand<TFloat64> mean(Operand<TFloat64> row, Operand<TFloat64> columns) {
    return tf.reshape(tf.linalg.matMul(row, columns), tf.constant(new int[] {-1}));
  }

  /** A step towards where the logarithm of the left side is that of {@code r}. */
  private Operand<TFloat64> newton(
      Operand<TFloat64> q, Operand<TFloat64> g, Operand<TFloat64> mean, Operand<TFloat64> y) {
    Operand<TFloat64> u = tf.math.exp(y);
    Operand<TFloat64> sums = tf.math.add(g, u);
    Operand<TFloat64> inverses = tf.math.div(q, sums);
    Operand<TFloat64> first = sum(inverses);
    Operand<TFloat64> second = sum(tf.math.div(inverses, sums));
    Operand<TFloat64> left =
        r < TINY
            ? around(q, g, mean, u, sums)
            : tf.math.add(sum(tf.math.mul(q, tf.math.log(sums))), tf.math.log(first));
    Operand<TFloat64> excess =
        tf.math.log(tf.math.div(tf.math.maximum(left, number(1e-300)), number(r)));
    Operand<TFloat64> variance = tf.math.sub(second, tf.math.square(first));
    Operand<TFloat64> slope =
        tf.math.maximum(tf.math.div(tf.math.mul(u, variance), first), number(1e-300));
    return tf.math.maximum(
        tf.math.add(y, tf.math.div(tf.math.mul(left, excess), slope)), number(LEAST));
  }

  /** The left side around the mean gap, where nothing cancels. */
  private Operand<TFloat64> around(
      Operand<TFloat64> q,
      Operand<TFloat64> g,
      Operand<TFloat64> mean,
      Operand<TFloat64> u,
      Operand<TFloat64> sums) {
    Operand<TFloat64> centre = tf.math.add(mean, u);
    Operand<TFloat64> z = tf.math.div(tf.math.sub(g, mean), centre);
    Operand<TFloat64> ratio = tf.math.div(centre, sums);
    Operand<TFloat64> squares = sum(tf.math.mul(q, tf.math.mul(tf.math.square(z), ratio)));
    return tf.math.add(sum(tf.math.mul(q, bent(z, ratio))), tf.math.log1p(squares));
  }

  /** {@code log(1 + z) - z}, where {@code ratio = 1 / (1 + z)}. */
  private Operand<TFloat64> bent(Operand<TFloat64> z, Operand<TFloat64> ratio) {
    Operand<TFloat64> size = tf.math.abs(z);
    Operand<TFloat64> half = tf.math.minimum(z, number(0.5));
    Operand<TFloat64> near = tf.math.log1p(tf.math.maximum(half, number(-0.5)));
    Operand<TFloat64> logs =
        tf.select(tf.math.greater(size, number(0.5)), tf.math.neg(tf.math.log(ratio)), near);
    Operand<TFloat64> series = number(-1.0 / 6);
    for (double factor : new double[] {0.2, -0.25, 1.0 / 3, -0.5}) {
      series = tf.math.add(number(factor), tf.math.mul(z, series));
    }
    return tf.select(
        tf.math.less(size, number(SMALL)),
        tf.math.mul(tf.math.square(z), series),
        tf.math.sub(logs, z));
  }

  private Operand<TFloat64> number(double value) {
    return tf.constant(value);
  }

  private Operand<TInt32> axis(int axis) {
    return tf.constant(axis);
  }

  private Operand<TFloat64> sum(Operand<TFloat64> vector) {
    return along(vector, 0);
  }

  private Operand<TFloat64> along(Operand<TFloat64> values, int axis) {
    return tf.reduceSum(values, axis(axis));
  }

  private Operand<TFloat64> indicator(Operand<TBool> where) {
    return tf.dtypes.cast(where, TFloat64.class);
  }
}
