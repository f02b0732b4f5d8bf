package org.glacis.runtime.data;

import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import org.glacis.spec.CorruptionSpec;
import org.glacis.spec.DataRange;
import org.glacis.spec.Experiment;
import org.glacis.spec.GaussianNoise;
import org.glacis.spec.InputException;
import org.glacis.spec.Occlusion;
import org.glacis.spec.Shape;
import org.glacis.spec.StressSpec;
import org.glacis.spec.Task;
import org.glacis.spec.WrongLabels;
import org.jspecify.annotations.Nullable;

/** Samples that are spoilt on purpose. A seed spoils the same samples in the same way again. */
public final class Corruptions {
  private Corruptions() {}

  /**
   * The samples after {@code corruption}.
   *
   * @param outputs how many classes there are
   * @param range where inputs stay; null where they may be anything
   * @throws InputException if they have no labels but labels are to be spoilt
   */
  public static Samples of(
      CorruptionSpec corruption,
      Samples samples,
      int outputs,
      @Nullable DataRange range,
      long seed) {
    if (corruption instanceof WrongLabels wrong) {
      return wrongLabels(wrong, samples, outputs, seed);
    } else if (corruption instanceof GaussianNoise noise) {
      return noisy(noise, samples, range, seed);
    }
    return occluded((Occlusion) corruption, samples, seed);
  }

  /** The data with the training samples that an experiment declares: a part of them, spoilt. */
  public static Dataset of(Experiment experiment, Dataset dataset) {
    Double fraction = experiment.getData().getFraction();
    Samples train = dataset.train();
    if (fraction != null) {
      train = fraction(train, fraction, experiment.getSeed());
    }
    long seed = experiment.getSeed();
    for (CorruptionSpec corruption : experiment.getData().getCorruption()) {
      seed = seed * 31 + 17;
      if (!isRedrawn(corruption)) {
        train =
            of(corruption, train, dataset.outputs(), experiment.getPerturbation().getRange(), seed);
      }
    }
    return train == dataset.train() ? dataset : dataset.withTrain(train);
  }

  /**
   * The samples that are kept for validation where the wrong labels of the others are drawn anew in
   * each epoch: theirs are wrong too, once.
   */
  public static Samples validation(Experiment experiment, Samples kept, int outputs) {
    long seed = experiment.getSeed();
    Samples spoilt = kept;
    for (CorruptionSpec corruption : experiment.getData().getCorruption()) {
      seed = seed * 31 + 17;
      if (isRedrawn(corruption)) {
        spoilt = wrongLabels((WrongLabels) corruption, spoilt, outputs, seed);
      }
    }
    return spoilt;
  }

  /** The samples of a test, made harder; evasion needs a network and is not of this kind. */
  public static Samples of(
      StressSpec stress, Samples samples, @Nullable DataRange range, long seed) {
    if (stress instanceof GaussianNoise noise) {
      return noisy(noise, samples, range, seed);
    } else if (stress instanceof Occlusion occlusion) {
      return occluded(occlusion, samples, seed);
    }
    throw new IllegalArgumentException(stress + " is found by an attack on a network");
  }

  private static boolean isRedrawn(CorruptionSpec corruption) {
    return corruption instanceof WrongLabels wrong && wrong.getRedrawn();
  }

  /** So many of the samples, chosen at random, in their order. */
  public static Samples fraction(Samples samples, double fraction, long seed) {
    int[] places = shuffled(samples.size(), seed);
    int count = Math.max(1, (int) Math.round(fraction * samples.size()));
    int[] chosen = Arrays.copyOf(places, Math.min(count, samples.size()));
    Arrays.sort(chosen);
    return samples.select(chosen);
  }

  private static Samples wrongLabels(WrongLabels wrong, Samples samples, int outputs, long seed) {
    if (samples.task() != Task.CLASSIFICATION) {
      throw new InputException(
          "data.corruption: is " + wrong + " but the samples are of a regression; leave it out");
    }
    int[] labels = samples.labels().clone();
    int[] places = shuffled(samples.size(), seed);
    SplittableRandom random = new SplittableRandom(seed).split();
    long count = Math.round(wrong.getShare() * samples.size());
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(outputs - 1);
      labels[places[i]] = other >= labels[places[i]] ? other + 1 : other;
    }
    return samples.withLabels(labels);
  }

  private static int[] shuffled(int count, long seed) {
    int[] places = new int[count];
    Arrays.setAll(places, i -> i);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = count - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int kept = places[i];
      places[i] = places[j];
      places[j] = kept;
    }
    return places;
  }

  private static Samples noisy(
      GaussianNoise noise, Samples samples, @Nullable DataRange range, long seed) {
    float[] values = values(samples);
    Random random = new Random(seed);
    for (int i = 0; i < values.length; i++) {
      double value = values[i] + noise.getDeviation() * random.nextGaussian();
      values[i] =
          (float)
              (range == null
                  ? value
                  : Math.max(range.getLeast(), Math.min(range.getMost(), value)));
    }
    return changed(samples, values);
  }

  private static Samples occluded(Occlusion occlusion, Samples samples, long seed) {
    Shape shape = samples.shape();
    int width = shape.get(1);
    int channels = shape.get(2);
    float[] values = values(samples);
    SplittableRandom random = new SplittableRandom(seed);
    int side = occlusion.getSide();
    for (int i = 0; i < samples.size(); i++) {
      int top = random.nextInt(shape.get(0) - side + 1);
      int left = random.nextInt(width - side + 1);
      for (int row = top; row < top + side; row++) {
        int from = i * shape.getSize() + (row * width + left) * channels;
        Arrays.fill(values, from, from + side * channels, 0);
      }
    }
    return changed(samples, values);
  }

  /** Samples of bytes stay such: numbers are rounded to 255ths. */
  private static Samples changed(Samples samples, float[] values) {
    if (!samples.isBytes()) {
      return samples.withValues(values);
    }
    byte[] pixels = new byte[values.length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) Math.round(255 * Math.max(0, Math.min(1, values[i])));
    }
    return Samples.images(samples.shape(), pixels, samples.labels());
  }

  private static float[] values(Samples samples) {
    int size = samples.shape().getSize();
    float[] values = new float[Math.multiplyExact(samples.size(), size)];
    for (int i = 0; i < samples.size(); i++) {
      System.arraycopy(samples.input(i), 0, values, i * size, size);
    }
    return values;
  }
}
