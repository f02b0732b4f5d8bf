package org.glacis.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.glacis.evidence.Json;
import org.glacis.runtime.report.HtmlReport;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;

/**
 * One experiment run with several seeds, each in a directory {@code seed-N} of its own.
 *
 * @param directory that of all of them, with {@code seeds.json}
 * @param recipe the experiment's name
 * @param runs one a seed, in the order of the seeds; fewer where it was interrupted
 * @param finished false when it was interrupted: {@code --resume} goes on
 */
public record Seeds(
    Path directory, String recipe, List<Long> seeds, List<Run> runs, boolean finished) {
  /** Numbers of a summary that tell a run, not how good it is. */
  private static final Set<String> SETTINGS = Set.of("seed", "threads");

  public Seeds {
    seeds = List.copyOf(seeds);
    runs = List.copyOf(runs);
  }

  /**
   * Runs {@code experiment} once a seed and writes {@code seeds.json} and a report. With {@code
   * resume}, runs that are finished are kept and the one that was interrupted goes on.
   *
   * @param options whose {@code out} is the directory of all runs; null for {@code runs/NAME-seeds}
   * @throws InputException if there are no seeds or one twice, or the directory has something in it
   *     and {@code resume} was not asked for
   */
  public static Seeds run(Experiment experiment, RunOptions options, List<Long> seeds) {
    if (seeds.isEmpty() || new LinkedHashSet<>(seeds).size() < seeds.size()) {
      throw new InputException("seeds are " + seeds + "; give at least one, each once");
    }
    Path out = options.out();
    Path parent =
        out != null ? out : RunDirectory.free(Path.of("runs"), experiment.getName() + "-seeds");
    if (!options.resume()) {
      checkEmpty(parent);
    }
    List<Run> runs = new ArrayList<>();
    for (long seed : seeds) {
      Run run = one(experiment.withSeed(seed), options, parent.resolve("seed-" + seed));
      if (!run.finished()) {
        return new Seeds(parent, experiment.getName(), seeds, runs, false);
      }
      runs.add(run);
    }
    Seeds all = new Seeds(parent, experiment.getName(), seeds, runs, true);
    RunDirectory.write(parent.resolve("seeds.json"), all.toJson());
    HtmlReport.write(parent, null);
    return all;
  }

  /** Runs into {@code directory}; with {@code resume}, goes on with what is there, if anything. */
  static Run one(Experiment experiment, RunOptions options, Path directory) {
    boolean begun = Files.isRegularFile(directory.resolve("experiment.json"));
    return Glacis.run(experiment, options.withOut(directory).withResume(options.resume() && begun));
  }

  /** Refuses a directory that has something in it. */
  static void checkEmpty(Path directory) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      if (files.findAny().isPresent()) {
        throw new InputException(
            "--out "
                + directory
                + ": is not empty, and nothing is overwritten; give another directory, or --resume to go on with the runs in it");
      }
    } catch (IOException e) {
      throw new InputException("--out " + directory + ": cannot be read (" + e + ")", e);
    }
  }

  /** The mean over the runs of each figure that all of them have. */
  public Map<String, Double> mean() {
    return over(values -> values.stream().mapToDouble(v -> v).average().orElse(Double.NaN));
  }

  /** The largest of each figure minus the smallest. */
  public Map<String, Double> spread() {
    return over(
        values ->
            values.stream().mapToDouble(v -> v).max().orElse(Double.NaN)
                - values.stream().mapToDouble(v -> v).min().orElse(Double.NaN));
  }

  /** The standard deviation of each figure, of a sample ({@code n - 1}); NaN for a single run. */
  public Map<String, Double> deviation() {
    Map<String, Double> mean = mean();
    Map<String, Double> deviation = new LinkedHashMap<>();
    mean.forEach(
        (name, centre) -> {
          double squares =
              runs.stream()
                  .mapToDouble(
                      run -> Math.pow(run.figures().getOrDefault(name, centre) - centre, 2))
                  .sum();
          deviation.put(
              name, runs.size() > 1 ? Math.sqrt(squares / (runs.size() - 1)) : Double.NaN);
        });
    return deviation;
  }

  private Map<String, Double> over(java.util.function.ToDoubleFunction<List<Double>> figure) {
    Map<String, List<Double>> values = new LinkedHashMap<>();
    for (Run run : runs) {
      run.figures()
          .forEach(
              (name, value) -> values.computeIfAbsent(name, n -> new ArrayList<>()).add(value));
    }
    Map<String, Double> result = new LinkedHashMap<>();
    values.forEach(
        (name, of) -> {
          if (of.size() == runs.size() && !SETTINGS.contains(name)) {
            result.put(name, figure.applyAsDouble(of));
          }
        });
    return result;
  }

  /**
   * How much more the runs have than each of their baselines: of each figure that all of them have,
   * {@code baseline}, {@code figure}, the {@code mean} of the differences seed by seed, their
   * {@code least} and {@code most}, and the {@code halfWidth} of the 95 % interval of the mean.
   */
  public List<Map<String, Object>> comparison() {
    List<Map<String, Object>> all = new ArrayList<>();
    Map<String, Double> figures = mean();
    for (String name : baselines()) {
      for (String figure : figures.keySet()) {
        List<Double> own = new ArrayList<>();
        List<Double> other = new ArrayList<>();
        for (Run run : runs) {
          if (baseline(run, name).get(figure) instanceof Number number) {
            own.add(run.figures().get(figure));
            other.add(number.doubleValue());
          }
        }
        if (own.size() == runs.size()) {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("baseline", name);
          row.put("figure", figure);
          row.putAll(PairedDifference.of(own, other).fields());
          all.add(row);
        }
      }
    }
    return all;
  }

  private List<String> baselines() {
    return runs.isEmpty() || !(runs.get(0).summary().get("baselines") instanceof List<?> all)
        ? List.of()
        : all.stream().map(each -> String.valueOf(((Map<?, ?>) each).get("name"))).toList();
  }

  private static Map<?, ?> baseline(Run run, String name) {
    if (run.summary().get("baselines") instanceof List<?> all) {
      for (Object each : all) {
        if (each instanceof Map<?, ?> baseline && name.equals(baseline.get("name"))) {
          return baseline;
        }
      }
    }
    return Map.of();
  }

  private String toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("recipe", recipe);
    json.put("seeds", seeds);
    json.put(
        "runs",
        runs.stream().map(run -> directory.relativize(run.directory()).toString()).toList());
    json.put("mean", mean());
    json.put("spread", spread());
    json.put("deviation", deviation());
    List<Map<String, Object>> compared = comparison();
    if (!compared.isEmpty()) {
      json.put("comparison", compared);
    }
    return Json.pretty(json);
  }
}
