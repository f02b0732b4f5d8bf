package org.glacis.runtime.train;

import java.util.List;

/**
 * What one training step measured.
 *
 * @param names {@code loss} first
 * @param values means over the samples of the batch, in the order of the names
 */
public record StepMetrics(List<String> names, float[] values, int samples) {
  public float loss() {
    return values[0];
  }
}
