package org.glacis.runtime.lower;

import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/** The random numbers of a training step. Each place draws its own: no two are alike. */
public class Noise {
  private final Operand<TInt32> seed;
  private final Operand<TInt32> batch;

  /**
   * Noise of one step.
   *
   * @param seed two whole numbers, new at each step
   * @param batch how many samples the step has; a scalar
   */
  public Noise(Operand<TInt32> seed, Operand<TInt32> batch) {
    this.seed = seed;
    this.batch = batch;
  }

  /** How many samples the step has; a scalar. */
  public final Operand<TInt32> batch() {
    return batch;
  }

  /** Uniform numbers in [0, 1). */
  public <T extends TFloating> Operand<T> uniform(
      Ops tf, Element<T> element, String place, Operand<TInt32> shape) {
    return tf.random.statelessRandomUniform(shape, at(tf, place), element.type());
  }

  /** Standard normal numbers. */
  public <T extends TFloating> Operand<T> normal(
      Ops tf, Element<T> element, String place, Operand<TInt32> shape) {
    return tf.random.statelessRandomNormal(shape, at(tf, place), element.type());
  }

  private Operand<TInt32> at(Ops tf, String place) {
    return tf.math.add(seed, tf.constant(new int[] {place.hashCode(), 0}));
  }
}
