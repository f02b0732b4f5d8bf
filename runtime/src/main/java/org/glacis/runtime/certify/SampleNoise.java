package org.glacis.runtime.certify;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.lower.Noise;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TFloating;

/**
 * Random numbers that are a function of a sample's key and the place alone, whatever batch the
 * sample is in: each is SplitMix64's finaliser (Steele, Lea, Flood 2014) of key, place and
 * position.
 */
final class SampleNoise extends Noise {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final Operand<TInt64> keys;

  /**
   * Noise of some samples.
   *
   * @param keys one number a sample
   */
  SampleNoise(Ops tf, Operand<TInt64> keys) {
    super(tf.constant(new int[] {0, 0}), tf.shape.size(tf.shape(keys), tf.constant(0)));
    this.keys = keys;
  }

  @Override
  public <T extends TFloating> Operand<T> uniform(
      Ops tf, Element<T> element, String place, Operand<TInt32> shape) {
    int bits = Math.min(53, 1 - Math.getExponent(element.unitRoundoff()));
    Operand<TInt64> drawn = bits(tf, place, shape, bits);
    return tf.math.mul(
        tf.dtypes.cast(drawn, element.type()), element.constant(tf, Math.scalb(1.0, -bits)));
  }

  /** Of two uniform numbers (Box and Muller 1958). */
  @Override
  public <T extends TFloating> Operand<T> normal(
      Ops tf, Element<T> element, String place, Operand<TInt32> shape) {
    Operand<T> first = uniform(tf, element, place + "/radius", shape);
    Operand<T> second = uniform(tf, element, place + "/angle", shape);
    Operand<T> length =
        tf.math.sqrt(
            tf.math.mul(
                tf.math.log(tf.math.sub(element.constant(tf, 1), first)),
                element.constant(tf, -2)));
    return tf.math.mul(length, tf.math.cos(tf.math.mul(second, element.constant(tf, 2 * Math.PI))));
  }

  @Override
  public Operand<TInt32> integers(
      Ops tf, String place, Operand<TInt32> shape, int least, int most) {
    Operand<TInt64> drawn = bits(tf, place, shape, 31);
    Operand<TInt64> range = tf.constant((long) most - least);
    return tf.math.add(
        tf.dtypes.cast(tf.math.floorMod(drawn, range), TInt32.class), tf.constant(least));
  }

  /** Whole numbers below {@code 2^bits}. */
  private Operand<TInt64> bits(Ops tf, String place, Operand<TInt32> shape, int bits) {
    Operand<TInt32> each =
        tf.reduceProd(
            tf.slice(shape, tf.constant(new int[] {1}), tf.constant(new int[] {-1})),
            tf.constant(0));
    Operand<TInt64> position =
        tf.math.mul(
            tf.range(
                tf.constant(1L),
                tf.math.add(tf.dtypes.cast(each, TInt64.class), tf.constant(1L)),
                tf.constant(1L)),
            tf.constant(GOLDEN));
    Operand<TInt64> of =
        mixed(tf, tf.math.add(keys, tf.constant((long) place.hashCode() * GOLDEN)));
    Operand<TInt64> all =
        tf.math.add(
            tf.reshape(of, tf.constant(new int[] {-1, 1})),
            tf.reshape(position, tf.constant(new int[] {1, -1})));
    return tf.reshape(shifted(tf, mixed(tf, all), 64 - bits), shape);
  }

  private static Operand<TInt64> mixed(Ops tf, Operand<TInt64> z) {
    Operand<TInt64> once =
        tf.math.mul(tf.bitwise.bitwiseXor(z, shifted(tf, z, 30)), tf.constant(0xBF58476D1CE4E5B9L));
    Operand<TInt64> twice =
        tf.math.mul(
            tf.bitwise.bitwiseXor(once, shifted(tf, once, 27)), tf.constant(0x94D049BB133111EBL));
    return tf.bitwise.bitwiseXor(twice, shifted(tf, twice, 31));
  }

  /** To the right, zeros from the left. */
  private static Operand<TInt64> shifted(Ops tf, Operand<TInt64> z, int by) {
    return tf.bitwise.bitwiseAnd(
        tf.bitwise.rightShift(z, tf.constant((long) by)), tf.constant(-1L >>> by));
  }
}
