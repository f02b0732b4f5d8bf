package org.glacis.runtime.train;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.glacis.spec.Experiment;

/** In which order samples are trained on. */
public final class SampleOrder {
  private SampleOrder() {}

  /**
   * The order of {@code size} samples in an epoch: a function of the experiment's seed and the
   * epoch alone; as they are where the experiment does not shuffle.
   */
  public static int[] of(Experiment experiment, int size, int epoch) {
    int[] order = IntStream.range(0, size).toArray();
    if (experiment.getTrain().getShuffle()) {
      SplittableRandom random =
          new SplittableRandom(experiment.getSeed() * 0x9E3779B97F4A7C15L + epoch);
      for (int i = size - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int kept = order[i];
        order[i] = order[j];
        order[j] = kept;
      }
    }
    return order;
  }
}
