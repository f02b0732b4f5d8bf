package org.glacis.runtime.program;

import java.util.Arrays;
import java.util.List;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.Elementwise.Range;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TFloating;

/**
 * Pairs of channels, half of the channels apart, reflected at a line or not, by the side that they
 * are on (Singla et al. 2021). What each order does is told at {@link org.glacis.spec.Householder}.
 * On the lines neighbouring pieces agree and each piece is an isometry, so the Lipschitz constant
 * is 1.
 *
 * @param angle half of the channels; of order 2 3 × half of the channels
 * @param channels of the last axis, the axis {@code rank}
 */
public record HouseholderOp<T extends TFloating>(
    Element<T> element, Operand<T> angle, int order, int channels, int rank)
    implements Contraction<T> {
  /**
   * Units of rounding of {@code |a| + |b|} by which a number of a reflected or turned pair may be
   * wrong: sine and cosine are within 2 units (4 in float32), two products and a sum follow.
   */
  private static final double ERROR = 16;

  /** Both numbers of each pair. */
  private record Pairs<T extends TFloating>(Operand<T> a, Operand<T> b) {}

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Pairs<T> pairs = pairs(tf, x);
    return joined(tf, order == 1 ? folded(tf, pairs) : moved(tf, pairs));
  }

  private Pairs<T> pairs(Ops tf, Operand<T> x) {
    return new Pairs<>(half(tf, x, 0), half(tf, x, channels / 2));
  }

  private Operand<T> half(Ops tf, Operand<T> x, int from) {
    int[] begin = new int[rank + 1];
    int[] size = new int[rank + 1];
    Arrays.fill(size, -1);
    begin[rank] = from;
    size[rank] = channels / 2;
    return tf.slice(x, tf.constant(begin), tf.constant(size));
  }

  private Operand<T> joined(Ops tf, Pairs<T> pairs) {
    return tf.concat(List.of(pairs.a, pairs.b), tf.constant(rank));
  }

  /** Order 1: with {@code v = (sin(t/2), -cos(t/2))}, {@code z - 2 max(v z, 0) v}. */
  private Pairs<T> folded(Ops tf, Pairs<T> z) {
    Operand<T> sine = tf.math.sin(halved(tf, angle));
    Operand<T> cosine = tf.math.cos(halved(tf, angle));
    Operand<T> beyond = tf.nn.relu(tf.math.sub(tf.math.mul(z.a, sine), tf.math.mul(z.b, cosine)));
    Operand<T> twice = tf.math.add(beyond, beyond);
    return new Pairs<>(
        tf.math.sub(z.a, tf.math.mul(twice, sine)), tf.math.add(z.b, tf.math.mul(twice, cosine)));
  }

  private Operand<T> halved(Ops tf, Operand<T> value) {
    return tf.math.mul(value, element.constant(tf, 0.5));
  }

  /** Order 2: the piece that the direction of the pair is in. */
  private Pairs<T> moved(Ops tf, Pairs<T> z) {
    Operand<T> full = element.constant(tf, 2 * Math.PI);
    Operand<T> first = row(tf, 0);
    Operand<T> second = within(tf, row(tf, 1), full);
    Operand<T> third = within(tf, row(tf, 2), full);
    Operand<T> direction =
        tf.stopGradient(
            tf.math.floorMod(
                tf.math.sub(
                    tf.math.atan2(tf.stopGradient(z.b), tf.stopGradient(z.a)), halved(tf, first)),
                full));
    Operand<T> both = tf.math.add(second, third);
    Operand<T> turned = tf.math.add(halved(tf, third), element.constant(tf, Math.PI));
    Pairs<T> last = reflected(tf, z, first);
    Pairs<T> result = chosen(tf, tf.math.less(direction, turned), turned(tf, z, third), last);
    result =
        chosen(
            tf,
            tf.math.less(direction, halved(tf, both)),
            reflected(tf, z, tf.math.add(first, second)),
            result);
    return chosen(tf, tf.math.less(direction, halved(tf, second)), z, result);
  }

  private Operand<T> row(Ops tf, int row) {
    return tf.reshape(
        tf.slice(angle, tf.constant(new int[] {row, 0}), tf.constant(new int[] {1, channels / 2})),
        tf.constant(new int[] {channels / 2}));
  }

  private Operand<T> within(Ops tf, Operand<T> value, Operand<T> full) {
    return tf.clipByValue(value, element.constant(tf, 0), full);
  }

  private Pairs<T> chosen(Ops tf, Operand<TBool> where, Pairs<T> one, Pairs<T> other) {
    return new Pairs<>(tf.select(where, one.a, other.a), tf.select(where, one.b, other.b));
  }

  /** {@code (a cos t + b sin t, a sin t - b cos t)}. */
  private Pairs<T> reflected(Ops tf, Pairs<T> z, Operand<T> t) {
    Operand<T> sine = tf.math.sin(t);
    Operand<T> cosine = tf.math.cos(t);
    return new Pairs<>(
        tf.math.add(tf.math.mul(z.a, cosine), tf.math.mul(z.b, sine)),
        tf.math.sub(tf.math.mul(z.a, sine), tf.math.mul(z.b, cosine)));
  }

  /** {@code (a cos t + b sin t, b cos t - a sin t)}. */
  private Pairs<T> turned(Ops tf, Pairs<T> z, Operand<T> t) {
    Operand<T> sine = tf.math.sin(t);
    Operand<T> cosine = tf.math.cos(t);
    return new Pairs<>(
        tf.math.add(tf.math.mul(z.a, cosine), tf.math.mul(z.b, sine)),
        tf.math.sub(tf.math.mul(z.b, cosine), tf.math.mul(z.a, sine)));
  }

  @Override
  public Range<T> image(Ops tf, Operand<T> lower, Operand<T> upper) {
    Pairs<T> low = pairs(tf, lower);
    Pairs<T> high = pairs(tf, upper);
    Pairs<T> centre =
        new Pairs<>(halved(tf, tf.math.add(low.a, high.a)), halved(tf, tf.math.add(low.b, high.b)));
    Pairs<T> radius =
        new Pairs<>(halved(tf, tf.math.sub(high.a, low.a)), halved(tf, tf.math.sub(high.b, low.b)));
    Operand<T> sizes =
        tf.math.add(
            tf.math.add(tf.math.abs(centre.a), radius.a),
            tf.math.add(tf.math.abs(centre.b), radius.b));
    Operand<T> lost = tf.math.mul(sizes, element.constant(tf, 4 * ERROR * element.unitRoundoff()));
    if (order == 1) {
      return hull(tf, low, high, centre, radius, lost);
    }
    // A direction near a ray may fall to the wrong side of it, by roundings of the angle too.
    Operand<T> angles = tf.math.add(tf.math.abs(row(tf, 0)), element.constant(tf, 4));
    return around(tf, centre, radius, tf.math.mul(lost, angles));
  }

  /** The box where it is on the near side, its reflection on the far one, both where in between. */
  private Range<T> hull(
      Ops tf, Pairs<T> low, Pairs<T> high, Pairs<T> centre, Pairs<T> radius, Operand<T> lost) {
    Operand<T> sine = tf.math.sin(halved(tf, angle));
    Operand<T> cosine = tf.math.cos(halved(tf, angle));
    Operand<T> side = tf.math.sub(tf.math.mul(centre.a, sine), tf.math.mul(centre.b, cosine));
    Operand<T> reach = tf.math.add(spread(tf, radius, sine, cosine), lost);
    Operand<T> zero = element.constant(tf, 0);
    Operand<TBool> near = tf.math.lessEqual(tf.math.add(side, reach), zero);
    Operand<TBool> far = tf.math.greater(tf.math.sub(side, reach), zero);
    Pairs<T> there = reflected(tf, centre, angle);
    Operand<T> wholeSine = tf.math.sin(angle);
    Operand<T> wholeCosine = tf.math.cos(angle);
    Operand<T> a = tf.math.add(spread(tf, radius, wholeCosine, wholeSine), lost);
    Operand<T> b = tf.math.add(spread(tf, radius, wholeSine, wholeCosine), lost);
    Pairs<T> least = new Pairs<>(tf.math.sub(there.a, a), tf.math.sub(there.b, b));
    Pairs<T> most = new Pairs<>(tf.math.add(there.a, a), tf.math.add(there.b, b));
    Pairs<T> between =
        new Pairs<>(tf.math.minimum(low.a, least.a), tf.math.minimum(low.b, least.b));
    Pairs<T> above = new Pairs<>(tf.math.maximum(high.a, most.a), tf.math.maximum(high.b, most.b));
    return new Range<>(
        joined(tf, chosen(tf, near, low, chosen(tf, far, least, between))),
        joined(tf, chosen(tf, near, high, chosen(tf, far, most, above))));
  }

  /** {@code |p| r_a + |q| r_b}. */
  private static <T extends TFloating> Operand<T> spread(
      Ops tf, Pairs<T> radius, Operand<T> p, Operand<T> q) {
    return tf.math.add(
        tf.math.mul(radius.a, tf.math.abs(p)), tf.math.mul(radius.b, tf.math.abs(q)));
  }

  /** What the centre becomes, and all that is no farther from it than a corner from the centre. */
  private Range<T> around(Ops tf, Pairs<T> centre, Pairs<T> radius, Operand<T> lost) {
    // Squares below the least normal number are lost, so that number stands for them.
    Operand<T> reach =
        tf.math.add(
            tf.math.sqrt(
                tf.math.add(
                    tf.math.add(tf.math.square(radius.a), tf.math.square(radius.b)),
                    element.constant(tf, 4 * element.leastNormal()))),
            lost);
    Pairs<T> there = moved(tf, centre);
    return new Range<>(
        joined(tf, new Pairs<>(tf.math.sub(there.a, reach), tf.math.sub(there.b, reach))),
        joined(tf, new Pairs<>(tf.math.add(there.a, reach), tf.math.add(there.b, reach))));
  }

  /** The image of an interval holds its own errors already. */
  @Override
  public double error() {
    return 2;
  }

  @Override
  public double lipschitz() {
    return 1;
  }
}
