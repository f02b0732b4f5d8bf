package org.glacis.runtime.report;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The columns of {@code metrics.csv}, a row per epoch. What was not measured in an epoch is NaN.
 *
 * @param columns values by column name; all of one length
 */
public record Metrics(Map<String, double[]> columns) {
  static final Metrics NONE = new Metrics(Map.of());

  /**
   * The metrics of the run in {@code run}; without columns where there are none yet.
   *
   * @throws org.glacis.spec.InputException if the file is damaged
   */
  public static Metrics read(Path run) {
    Path file = run.resolve("metrics.csv");
    String text = RunFiles.readIfThere(file);
    return text == null ? NONE : parse(file, text);
  }

  static Metrics parse(Path file, String text) {
    Csv csv = Csv.parse(file, text, List.of("epoch"));
    Map<String, double[]> columns = new LinkedHashMap<>();
    for (String column : csv.columns())
      columns.put(column, csv.rows().stream().mapToDouble(row -> row.number(column)).toArray());
    return new Metrics(columns);
  }

  /** The mean over runs, up to the last epoch that all of them have. */
  static Metrics mean(List<Metrics> runs) {
    List<Metrics> measured = runs.stream().filter(m -> m.epochs() > 0).toList();
    if (measured.isEmpty()) return NONE;
    int epochs = measured.stream().mapToInt(Metrics::epochs).min().orElse(0);
    Map<String, double[]> mean = new LinkedHashMap<>();
    for (String column : measured.get(0).columns.keySet()) {
      if (!measured.stream().allMatch(m -> m.columns.containsKey(column))) continue;
      double[] sum = new double[epochs];
      for (Metrics m : measured)
        for (int i = 0; i < epochs; i++) sum[i] += m.values(column)[i] / measured.size();
      mean.put(column, sum);
    }
    return new Metrics(mean);
  }

  public int epochs() {
    return values("epoch").length;
  }

  /** The values of {@code column}; none where there is no such column. */
  public double[] values(String column) {
    return columns.getOrDefault(column, new double[0]);
  }

  /** Whether {@code column} has a finite value anywhere. */
  public boolean has(String column) {
    return Arrays.stream(values(column)).anyMatch(Double::isFinite);
  }
}
