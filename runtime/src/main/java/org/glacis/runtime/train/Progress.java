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
 * @param seconds how long the steps of this epoch took so far, in all processes
 * @param stepMillis milliseconds of each step since the first of all, in all processes
 * @param average of the weights at the steps that are averaged
 */
public record Progress(
    int epoch,
    int step,
    Map<String, Double> sums,
    Map<String, Double> samples,
    List<EpochRecord> history,
    double seconds,
    List<Double> stepMillis,
    WeightAverage average) {
  public Progress {
    sums = new LinkedHashMap<>(sums);
    samples = new LinkedHashMap<>(samples);
    history = new ArrayList<>(history);
    stepMillis = new ArrayList<>(stepMillis);
  }

  /** The state before the first step of a training that begins with {@code epoch}. */
  public static Progress atStartOf(int epoch, List<EpochRecord> history) {
    return atStartOf(epoch, history, List.of(), WeightAverage.NONE);
  }

  /** The state before the first step of {@code epoch}, after the given steps. */
  static Progress atStartOf(
      int epoch, List<EpochRecord> history, List<Double> stepMillis, WeightAverage average) {
    return new Progress(epoch, 0, Map.of(), Map.of(), history, 0, stepMillis, average);
  }

  /** Variables and progress together. */
  public record State(Weights variables, Progress progress) {}
}
