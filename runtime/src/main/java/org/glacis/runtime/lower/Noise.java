package org.glacis.runtime.lower;

import java.util.List;
import org.glacis.runtime.graph.Element;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;
import org.tensorflow.types.family.TType;

/** The random numbers of a training step. Each place draws its own: no two are alike. */
public class Noise {
  private final Operand<TInt32> seed;
  private final Operand<TInt32> batch;
  private final @Nullable Part part;

  /**
   * Which samples of a step's batch are seen.
   *
   * @param first the number of the first one; a scalar
   * @param whole how many the batch has; a scalar
   */
  public record Part(Operand<TInt32> first, Operand<TInt32> whole) {}

  /**
   * Noise of one step.
   *
   * @param seed two whole numbers, new at each step
   * @param batch how many samples the step has; a scalar
   */
  public Noise(Operand<TInt32> seed, Operand<TInt32> batch) {
    this(seed, batch, null);
  }

  /**
   * Noise of the samples of a part, which is what they would get in the whole batch.
   *
   * @param seed two whole numbers, new at each step
   * @param batch how many samples the part has; a scalar
   * @param part where they are; null where they are the whole batch
   */
  public Noise(Operand<TInt32> seed, Operand<TInt32> batch, @Nullable Part part) {
    this.seed = seed;
    this.batch = batch;
    this.part = part;
  }

  /** How many samples are seen; a scalar. */
  public final Operand<TInt32> batch() {
    return batch;
  }

  /** How many samples the step has; a scalar. */
  public final Operand<TInt32> whole() {
    return part == null ? batch : part.whole();
  }

  /** Uniform numbers in [0, 1); the first extent of {@code shape} is the samples seen. */
  public <T extends TFloating> Operand<T> uniform(
      Ops tf, Element<T> element, String place, Operand<TInt32> shape) {
    return seen(
        tf, tf.random.statelessRandomUniform(drawn(tf, shape), at(tf, place), element.type()));
  }

  /** Standard normal numbers; the first extent of {@code shape} is the samples seen. */
  public <T extends TFloating> Operand<T> normal(
      Ops tf, Element<T> element, String place, Operand<TInt32> shape) {
    return seen(
        tf, tf.random.statelessRandomNormal(drawn(tf, shape), at(tf, place), element.type()));
  }

  /** Uniform whole numbers from {@code least} to {@code most} - 1. */
  public Operand<TInt32> integers(
      Ops tf, String place, Operand<TInt32> shape, int least, int most) {
    return seen(
        tf,
        tf.random.statelessRandomUniformInt(
            drawn(tf, shape), at(tf, place), tf.constant(least), tf.constant(most)));
  }

  private Operand<TInt32> drawn(Ops tf, Operand<TInt32> shape) {
    return part == null
        ? shape
        : tf.concat(
            List.of(
                tf.reshape(part.whole(), tf.constant(new int[] {1})),
                tf.slice(shape, tf.constant(new int[] {1}), tf.constant(new int[] {-1}))),
            tf.constant(0));
  }

  private <T extends TType> Operand<T> seen(Ops tf, Operand<T> drawn) {
    return part == null
        ? drawn
        : tf.gather(
            drawn,
            tf.math.add(tf.range(tf.constant(0), batch, tf.constant(1)), part.first()),
            tf.constant(0));
  }

  private Operand<TInt32> at(Ops tf, String place) {
    return tf.math.add(seed, tf.constant(new int[] {place.hashCode(), 0}));
  }
}
