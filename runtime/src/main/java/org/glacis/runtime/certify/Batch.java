package org.glacis.runtime.certify;

import org.glacis.runtime.data.Samples;
import org.glacis.spec.Task;

/**
 * Some samples as a network in double precision gets them.
 *
 * @param inputs count × input shape; bytes as {@code b / 255}
 * @param truth one-hot labels (count × classes) or targets (count × outputs)
 * @param labels the classes; empty for regression
 */
public record Batch(int count, double[] inputs, double[] truth, int[] labels) {
  /** The chosen samples, in the given order. */
  public static Batch of(Samples samples, int[] indices, int outputs) {
    int width = samples.shape().getSize();
    double[] inputs = new double[indices.length * width];
    double[] truth = new double[indices.length * outputs];
    boolean labelled = samples.task() == Task.CLASSIFICATION;
    int[] labels = new int[labelled ? indices.length : 0];
    for (int k = 0; k < indices.length; k++) {
      int i = indices[k];
      for (int j = 0; j < width; j++) {
        inputs[k * width + j] =
            samples.isBytes()
                ? (samples.bytes()[i * width + j] & 0xff) / 255.0
                : samples.values()[i * width + j];
      }
      if (labelled) {
        labels[k] = samples.labels()[i];
        truth[k * outputs + labels[k]] = 1;
      } else {
        for (int j = 0; j < outputs; j++) {
          truth[k * outputs + j] = samples.targets()[i * outputs + j];
        }
      }
    }
    return new Batch(indices.length, inputs, truth, labels);
  }

  /** The samples {@code from} to below {@code to}. */
  public static Batch of(Samples samples, int from, int to, int outputs) {
    return of(samples, java.util.stream.IntStream.range(from, to).toArray(), outputs);
  }
}
