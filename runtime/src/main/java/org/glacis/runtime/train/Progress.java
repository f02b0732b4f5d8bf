package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.graph.Weights;

/**
 * Where a training run stands: enough, with the variables, to go on as if nothing had happened.
 *
 * @param epoch the epoch that is being made, from 1
 * @param step how many of its steps are done
 * @param sums sums over its samples of what the steps measured, by name
 * @param samples over how many samples each sum goes
 * @param history the records of the epochs before
 */
public record Progress(
    int epoch,
    int step,
    Map<String, Double> sums,
    Map<String, Double> samples,
    List<EpochRecord> history) {
  public Progress {
    sums = new LinkedHashMap<>(sums);
    samples = new LinkedHashMap<>(samples);
    history = new ArrayList<>(history);
  }

  /** The state before the first step of {@code epoch}. */
  public static Progress atStartOf(int epoch, List<EpochRecord> history) {
    return new Progress(epoch, 0, Map.of(), Map.of(), history);
  }

  /** Variables and progress together. */
  public record State(Weights variables, Progress progress) {}
}
