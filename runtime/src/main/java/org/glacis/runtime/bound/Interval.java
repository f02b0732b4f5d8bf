package org.glacis.runtime.bound;

import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * A box for each sample of a batch, as its two corners or as its centre and radius; the other form
 * is computed when it is asked for. A radius may have one row for all samples.
 */
public final class Interval<T extends TFloating> {
  private @Nullable Operand<T> lower;
  private @Nullable Operand<T> upper;
  private @Nullable Operand<T> centre;
  private @Nullable Operand<T> radius;

  private Interval(
      @Nullable Operand<T> lower,
      @Nullable Operand<T> upper,
      @Nullable Operand<T> centre,
      @Nullable Operand<T> radius) {
    this.lower = lower;
    this.upper = upper;
    this.centre = centre;
    this.radius = radius;
  }

  public static <T extends TFloating> Interval<T> ofCorners(Operand<T> lower, Operand<T> upper) {
    return new Interval<>(lower, upper, null, null);
  }

  public static <T extends TFloating> Interval<T> ofCentre(Operand<T> centre, Operand<T> radius) {
    return new Interval<>(null, null, centre, radius);
  }

  public Operand<T> lower(Ops tf) {
    if (lower == null) {
      lower = tf.math.sub(centre(tf), radius(tf));
    }
    return lower;
  }

  public Operand<T> upper(Ops tf) {
    if (upper == null) {
      upper = tf.math.add(centre(tf), radius(tf));
    }
    return upper;
  }

  /** {@code (upper + lower) / 2}. */
  public Operand<T> centre(Ops tf) {
    if (centre == null) {
      Operand<T> sum = sum(tf);
      centre = tf.math.mul(sum, half(tf, sum));
    }
    return centre;
  }

  /** {@code upper - centre}: half the width. */
  public Operand<T> radius(Ops tf) {
    if (radius == null) {
      radius = tf.math.sub(upper(tf), centre(tf));
    }
    return radius;
  }

  /** Whether the corners are at hand and centre and radius would have to be computed. */
  boolean isCorners() {
    return centre == null && radius == null;
  }

  /** {@code upper + lower}: the centre doubled. */
  Operand<T> sum(Ops tf) {
    return tf.math.add(lower(tf), upper(tf));
  }

  /** {@code upper - lower}. */
  public Operand<T> width(Ops tf) {
    if (radius != null) {
      return tf.math.add(radius, radius);
    }
    return tf.math.sub(upper(tf), lower(tf));
  }

  private static <T extends TFloating> Operand<T> half(Ops tf, Operand<T> like) {
    return tf.dtypes.cast(tf.constant(0.5), like.type());
  }
}
