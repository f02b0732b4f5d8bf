package org.glacis.runtime.bound;

import org.glacis.runtime.graph.Element;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * What a bound pass does about rounding errors. Training ignores them. A certificate widens every
 * box so that it encloses the values of exact arithmetic on the stored weights.
 *
 * <p>With {@code u} half the distance from 1 to the next number and {@code g(m) = m u / (1 - m u)}
 * (Higham, Accuracy and Stability, section 3.1), a computed {@code W c + b} with {@code n} products
 * a row is wrong by at most {@code g(n + 1) (|W| |c| + |b|)} in any order of summation. It is
 * therefore enough to put {@code r + 2 g(n + 8) (r + |c|)} in the place of the radius {@code r}
 * before it is spread, and to add {@code 2 g(n + 8) |b|} after: the factor 2 pays for the rounding
 * of the spread itself, the 8 for the few operations around it. One product more is not needed.
 *
 * <p>That holds for normal numbers. Below the least of them, {@code t}, TensorFlow's kernels take 0
 * for an operand and write 0 for a result, so each product, sum and operand may lose {@code t}
 * more. A row has less than {@code 4 (n + 8)} of these losses in its centre and its spread; {@code
 * 4 (n + 8) t} is added before and after each spread.
 *
 * <p>Above the largest number there is no bound at all: {@link Bounds#finite} finds such samples.
 */
public final class Rounding<T extends TFloating> {
  private final Element<T> element;
  private final boolean outward;

  private Rounding(Element<T> element, boolean outward) {
    this.element = element;
    this.outward = outward;
  }

  /** Bounds as they are computed: for training. */
  public static <T extends TFloating> Rounding<T> ignored(Element<T> element) {
    return new Rounding<>(element, false);
  }

  /** Bounds that enclose exact arithmetic: for certificates. */
  public static <T extends TFloating> Rounding<T> outward(Element<T> element) {
    return new Rounding<>(element, true);
  }

  public boolean isOutward() {
    return outward;
  }

  Element<T> element() {
    return element;
  }

  /** The radius to spread through a row of {@code terms} products. */
  public Operand<T> before(Ops tf, Operand<T> centre, Operand<T> radius, int terms) {
    if (!outward) {
      return radius;
    }
    Operand<T> relative = tf.math.mul(tf.math.add(radius, tf.math.abs(centre)), slack(tf, terms));
    return tf.math.add(radius, tf.math.add(relative, underflow(tf, terms)));
  }

  /**
   * A radius that was spread through a row of {@code terms} products to which something is added
   * whose parts have the sizes {@code added}.
   */
  public Operand<T> after(Ops tf, Operand<T> radius, @Nullable Operand<T> added, int terms) {
    if (!outward) {
      return radius;
    }
    Operand<T> lost = underflow(tf, terms);
    if (added != null) {
      lost = tf.math.add(lost, tf.math.mul(added, slack(tf, terms)));
    }
    return tf.math.add(radius, lost);
  }

  /** The interval widened by what storing it as corners, or as centre and radius, may have lost. */
  public Interval<T> settled(Ops tf, Interval<T> interval) {
    if (!outward) {
      return interval;
    }
    Operand<T> centre = interval.centre(tf);
    return Interval.ofCentre(centre, before(tf, centre, interval.radius(tf), 0));
  }

  /**
   * The interval with infinite corners where they are no numbers, which overflow leaves behind: max
   * pooling passes over such a corner as if it were not there, and the bound would be wrong.
   */
  public Interval<T> anywhere(Ops tf, Interval<T> interval) {
    if (!outward) {
      return interval;
    }
    Operand<T> lower = interval.lower(tf);
    Operand<T> upper = interval.upper(tf);
    Operand<T> infinity = element.constant(tf, Double.POSITIVE_INFINITY);
    return Interval.ofCorners(
        tf.select(tf.math.isNan(lower), tf.math.neg(infinity), lower),
        tf.select(tf.math.isNan(upper), infinity, upper));
  }

  /**
   * {@code [lower, upper]} widened by {@code error} units of rounding of the values, and of 1; at
   * least by what underflow may have taken.
   */
  public Interval<T> widened(Ops tf, Operand<T> lower, Operand<T> upper, double error) {
    if (!outward) {
      return Interval.ofCorners(lower, upper);
    }
    return Interval.ofCorners(
        tf.math.sub(lower, loss(tf, lower, error)), tf.math.add(upper, loss(tf, upper, error)));
  }

  private Operand<T> loss(Ops tf, Operand<T> value, double error) {
    if (error == 0) {
      return underflow(tf, 0);
    }
    Operand<T> units = element.constant(tf, error * element.unitRoundoff());
    return tf.math.mul(tf.math.add(tf.math.abs(value), element.constant(tf, 1)), units);
  }

  /**
   * What coefficients that were computed as sums of {@code terms} products may be wrong by, each
   * together with what it was computed from.
   */
  Operand<T> lost(Ops tf, Operand<T> coefficients, int terms) {
    return tf.math.add(
        tf.math.mul(tf.math.abs(coefficients), slack(tf, terms)), underflow(tf, terms));
  }

  /**
   * What underflow may have taken from sums of {@code terms} products of sizes up to 1 and up to
   * {@code size}.
   */
  Operand<T> underflow(Ops tf, Operand<T> size, int terms) {
    Operand<T> each = underflow(tf, terms);
    return tf.math.add(tf.math.mul(size, each), each);
  }

  private Operand<T> underflow(Ops tf, int terms) {
    return element.constant(tf, 4.0 * (terms + 8) * element.leastNormal());
  }

  private Operand<T> slack(Ops tf, int terms) {
    double m = (terms + 8) * element.unitRoundoff();
    return element.constant(tf, 2 * m / (1 - m));
  }
}
