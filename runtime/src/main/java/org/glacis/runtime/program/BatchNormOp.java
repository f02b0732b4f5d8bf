package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Normalisation of the last axis by statistics of the batch. By itself it takes the running
 * statistics and is affine; {@link #at} makes the affine map of others.
 *
 * @param path the layer: {@code layers/3}
 * @param law what is made of the statistics
 * @param running mean and variance outside training
 * @param settled the affine map with the running statistics
 * @param momentum the share of a batch in the new running statistics
 */
public record BatchNormOp<T extends TFloating>(
    Element<T> element,
    String path,
    StatisticsLaw<T> law,
    Moments<T> running,
    ScaleShiftOp<T> settled,
    double momentum)
    implements Affine<T> {
  /** The names of the running statistics below the layer's path. */
  public static final String MEAN = "mean";

  public static final String VARIANCE = "variance";

  /** An operation whose running statistics are {@code running}. */
  public static <T extends TFloating> BatchNormOp<T> of(
      Ops tf,
      Element<T> element,
      String path,
      StatisticsLaw<T> law,
      Moments<T> running,
      double momentum) {
    return new BatchNormOp<>(element, path, law, running, law.at(tf, running), momentum);
  }

  /**
   * Mean and variance of each channel.
   *
   * @param variance biased: the mean square deviation
   */
  public record Moments<T extends TFloating>(Operand<T> mean, Operand<T> variance) {
    /** The same numbers, through which no gradient flows. */
    public Moments<T> detached(Ops tf) {
      return new Moments<>(tf.stopGradient(mean), tf.stopGradient(variance));
    }
  }

  /** Mean and variance of {@code x} (batch × shape) over all axes but the last. */
  private Moments<T> of(Ops tf, Operand<T> x, Batching<T> batching) {
    int[] axes = new int[x.shape().numDimensions() - 1];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i;
    }
    if (!batching.isWhole()) {
      // Both at once, which spares a pass over the parts; around the running mean, so that little
      // is lost in the difference.
      Operand<T> pivot = tf.stopGradient(running.mean());
      Operand<T> square = tf.math.mean(tf.math.squaredDifference(x, pivot), tf.constant(axes));
      Operand<T> whole = batching.mean(tf, tf.math.mean(x, tf.constant(axes)));
      return new Moments<>(
          whole,
          tf.math.maximum(
              tf.math.sub(batching.mean(tf, square), tf.math.squaredDifference(whole, pivot)),
              element.constant(tf, 0)));
    }
    Operand<T> mean = tf.math.mean(x, tf.constant(axes));
    Operand<T> variance =
        tf.math.mean(tf.math.squaredDifference(x, tf.stopGradient(mean)), tf.constant(axes));
    return new Moments<>(mean, variance);
  }

  /** What a pass makes of a batch, and the batch's statistics. */
  record Normalized<T extends TFloating>(Operand<T> output, Moments<T> moments) {}

  /**
   * The batch {@code x} normalised by its own statistics.
   *
   * @param differentiable whether gradients are to flow through the returned statistics, not only
   *     through the output
   */
  Normalized<T> normalize(Ops tf, Operand<T> x, boolean differentiable, Batching<T> batching) {
    if (!(law instanceof StatisticsLaw.Each<T> each)
        || !batching.isWhole()
        || element != (Element<?>) Element.FLOAT32
        || x.shape().numDimensions() != 4) {
      Moments<T> moments = of(tf, x, batching);
      return new Normalized<>(at(tf, moments).apply(tf, x), moments);
    }
    // One kernel reads the images once or twice, where separate operations do so six times. Its
    // gradient knows only the output, so statistics that need one are computed beside it.
    Operand<T> none = tf.fill(tf.constant(new int[] {0}), element.constant(tf, 0));
    FusedBatchNorm<T, T> fused =
        tf.nn.fusedBatchNorm(
            x,
            each.gamma(),
            each.beta(),
            none,
            none,
            FusedBatchNorm.epsilon((float) each.epsilon()),
            FusedBatchNorm.isTraining(true));
    if (differentiable) {
      return new Normalized<>(fused.y(), of(tf, x, batching));
    }
    Operand<T> one = element.constant(tf, 1);
    Operand<T> count = count(tf, x);
    Operand<T> biased = tf.math.div(tf.math.maximum(tf.math.sub(count, one), one), count);
    return new Normalized<>(
        fused.y(), new Moments<>(fused.batchMean(), tf.math.mul(fused.batchVariance(), biased)));
  }

  /** How many numbers a channel has in the batch {@code x}. */
  private Operand<T> count(Ops tf, Operand<T> x) {
    long places = 1;
    for (int axis = 1; axis < x.shape().numDimensions() - 1; axis++) {
      places *= x.shape().get(axis);
    }
    Operand<TInt32> first =
        tf.slice(tf.shape(x), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
    return tf.math.mul(
        tf.reshape(tf.dtypes.cast(first, element.type()), tf.constant(new int[0])),
        element.constant(tf, (double) places));
  }

  /** The affine map with the statistics {@code moments}. */
  public ScaleShiftOp<T> at(Ops tf, Moments<T> moments) {
    return law.at(tf, moments);
  }

  /**
   * The statistics {@code present} moved towards those of a batch.
   *
   * @param count how many numbers a channel has in the batch
   * @param share of the batch in the result; null for the momentum
   */
  public Moments<T> moved(
      Ops tf, Moments<T> present, Moments<T> batch, Operand<T> count, @Nullable Operand<T> share) {
    Operand<T> one = element.constant(tf, 1);
    // A batch of one number has no unbiased variance; it then counts as it is.
    Operand<T> unbiased = tf.math.div(count, tf.math.maximum(tf.math.sub(count, one), one));
    Operand<T> part = share == null ? element.constant(tf, momentum) : share;
    return new Moments<>(
        towards(tf, present.mean(), batch.mean(), part),
        towards(tf, present.variance(), tf.math.mul(batch.variance(), unbiased), part));
  }

  private Operand<T> towards(Ops tf, Operand<T> present, Operand<T> batch, Operand<T> share) {
    Operand<T> rest = tf.math.sub(element.constant(tf, 1), share);
    return tf.math.add(tf.math.mul(present, rest), tf.math.mul(batch, share));
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return settled.apply(tf, x);
  }

  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    return settled.spread(tf, radius);
  }

  @Override
  public Operand<T> shift() {
    return settled.shift();
  }

  @Override
  public Operand<T> shiftSize(Ops tf) {
    return settled.shiftSize(tf);
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return settled.pullBack(tf, rows);
  }

  @Override
  public double norm(Numbers<T> numbers) {
    return settled.norm(numbers);
  }

  @Override
  public int terms() {
    return settled.terms();
  }
}
