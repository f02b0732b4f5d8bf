package org.glacis.runtime.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.graph.WeightsFile;
import org.glacis.spec.GlacisException;
import org.glacis.spec.InputException;

/**
 * The whole state of a run in one file, {@code last.npz}: variables and slots, below {@code
 * average/} the averaged weights, and below {@code progress/} where it stands. A number of progress
 * is stored as the four 16-bit words of its float64, the highest first, each as a float32, so that
 * one kind of array serves all and every number, NaN and infinity included, comes back as it was.
 */
public final class Checkpoint {
  private static final String PROGRESS = "progress/";
  private static final String POSITION = PROGRESS + "position";
  private static final String SECONDS = PROGRESS + "seconds";
  private static final String STEP_MILLIS = PROGRESS + "stepMillis";
  private static final String AVERAGED = PROGRESS + "averaged";
  private static final String AVERAGE = "average/";
  private static final int WORDS = 4;
  private static final String SUM = PROGRESS + "sum/";
  private static final String HISTORY = PROGRESS + "history/";

  private final Path file;

  /** The checkpoint in {@code directory}. */
  public Checkpoint(Path directory) {
    file = directory.resolve("last.npz");
  }

  public boolean exists() {
    return Files.isRegularFile(file);
  }

  /**
   * Replaces the checkpoint at once and whole. A state with NaN or infinity is refused and the old
   * one stays.
   */
  public void write(Progress.State state) {
    String broken = state.variables().firstNotFinite();
    if (!broken.isEmpty()) {
      throw new GlacisException(
          "the weights "
              + broken
              + " are NaN or infinite after epoch "
              + (state.progress().epoch() - 1)
              + "; the last good checkpoint, "
              + file
              + ", was kept");
    }
    Progress progress = state.progress();
    Map<String, Weights.Entry> entries = new LinkedHashMap<>(state.variables().entries());
    entries.put(POSITION, numbers(List.of((double) progress.epoch(), (double) progress.step())));
    entries.put(SECONDS, numbers(List.of(progress.seconds())));
    if (!progress.stepMillis().isEmpty()) {
      entries.put(STEP_MILLIS, numbers(progress.stepMillis()));
    }
    WeightAverage average = progress.average();
    if (average.count() > 0) {
      entries.put(AVERAGED, numbers(List.of((double) average.count())));
      average.mean().entries().forEach((path, entry) -> entries.put(AVERAGE + path, entry));
    }
    progress
        .sums()
        .forEach(
            (name, sum) ->
                entries.put(
                    SUM + name, numbers(List.of(sum, progress.samples().getOrDefault(name, 0.0)))));
    for (EpochRecord record : progress.history()) {
      record
          .values()
          .forEach(
              (name, value) ->
                  entries.put(HISTORY + record.epoch() + "/" + name, numbers(List.of(value))));
    }
    WeightsFile.write(file, new Weights(entries));
  }

  /** Reads the state back. */
  public Progress.State read() {
    if (!exists()) {
      throw new InputException(file + ": no checkpoint there; leave --resume out to begin anew");
    }
    Weights all = WeightsFile.read(file);
    Map<String, Weights.Entry> variables = new LinkedHashMap<>();
    Map<String, Weights.Entry> mean = new LinkedHashMap<>();
    Map<String, Double> sums = new LinkedHashMap<>();
    Map<String, Double> samples = new LinkedHashMap<>();
    Map<Integer, Map<String, Double>> history = new LinkedHashMap<>();
    all.entries()
        .forEach(
            (path, entry) -> {
              if (path.startsWith(SUM)) {
                double[] pair = numbers(entry);
                sums.put(path.substring(SUM.length()), pair[0]);
                samples.put(path.substring(SUM.length()), pair[1]);
              } else if (path.startsWith(HISTORY)) {
                String[] parts = path.substring(HISTORY.length()).split("/", 2);
                history
                    .computeIfAbsent(Integer.valueOf(parts[0]), e -> new LinkedHashMap<>())
                    .put(parts[1], numbers(entry)[0]);
              } else if (path.startsWith(AVERAGE)) {
                mean.put(path.substring(AVERAGE.length()), entry);
              } else if (!path.startsWith(PROGRESS)) {
                variables.put(path, entry);
              }
            });
    double[] position = numbers(all.get(POSITION));
    List<EpochRecord> records = new ArrayList<>();
    history.forEach((epoch, values) -> records.add(new EpochRecord(epoch, values)));
    return new Progress.State(
        new Weights(variables),
        new Progress(
            (int) position[0],
            (int) position[1],
            sums,
            samples,
            records,
            numbers(all.get(SECONDS))[0],
            all.paths().contains(STEP_MILLIS)
                ? Arrays.stream(numbers(all.get(STEP_MILLIS))).boxed().toList()
                : List.of(),
            mean.isEmpty()
                ? WeightAverage.NONE
                : new WeightAverage(new Weights(mean), (int) numbers(all.get(AVERAGED))[0])));
  }

  private static Weights.Entry numbers(List<Double> values) {
    float[] words = new float[WORDS * values.size()];
    for (int i = 0; i < values.size(); i++) {
      long bits = Double.doubleToRawLongBits(values.get(i));
      for (int k = WORDS - 1; k >= 0; k--) {
        words[WORDS * i + k] = bits & 0xffff;
        bits >>>= 16;
      }
    }
    return new Weights.Entry(new int[] {values.size(), WORDS}, words);
  }

  private double[] numbers(Weights.Entry entry) {
    int[] shape = entry.shape();
    if (shape.length != 2 || shape[1] != WORDS) {
      throw new InputException(
          file
              + ": found progress of shape "
              + Arrays.toString(shape)
              + ", expected (numbers, "
              + WORDS
              + "); it was written by another version of Glacis: go on with that, or begin a new run");
    }
    double[] values = new double[shape[0]];
    for (int i = 0; i < values.length; i++) {
      long bits = 0;
      for (int k = 0; k < WORDS; k++) {
        bits = bits << 16 | (long) entry.values()[WORDS * i + k];
      }
      values[i] = Double.longBitsToDouble(bits);
    }
    return values;
  }
}
