package org.glacis.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.glacis.evidence.Json;
import org.glacis.runtime.report.HtmlReport;
import org.glacis.runtime.report.Metrics;
import org.glacis.runtime.train.NotFiniteException;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * What became of a {@link Sweep}: each point in a run directory {@code point-N} of its own, all of
 * them in {@code tune.json} and on the page {@code tune.html}.
 *
 * @param directory that of all points
 * @param points those that are done, in the order of the sweep
 * @param finished false when it was interrupted: {@code --resume} goes on
 */
public record Tuning(Path directory, Sweep sweep, List<Point> points, boolean finished) {
  private static final int FORMAT_VERSION = 1;

  public Tuning {
    points = List.copyOf(points);
  }

  /**
   * One value and how good its network is on the validation samples, at the full radius:
   * accuracies, or in regression mean absolute errors. With several seeds, their means.
   *
   * @param run its directory below that of all points
   * @param clean without perturbation; NaN where training failed
   * @param certified by interval bounds; NaN where training failed
   * @param cleanSpread the largest over the seeds minus the smallest; NaN for one run
   * @param certifiedSpread the same
   * @param front whether no other point is better in one figure and as good in the other
   * @param fault why training failed; null where it did not
   */
  public record Point(
      double value,
      String run,
      double clean,
      double certified,
      double cleanSpread,
      double certifiedSpread,
      boolean front,
      @Nullable String fault) {
    private Point withFront(boolean is) {
      return new Point(value, run, clean, certified, cleanSpread, certifiedSpread, is, fault);
    }
  }

  /**
   * Trains and measures every point. A point whose numbers stop being finite is recorded as failed,
   * and the next is begun. With {@code resume}, what is finished is kept and the rest made.
   *
   * @param options whose {@code out} is the directory of all points; null for {@code
   *     runs/NAME-tune}
   * @param seeds several runs a point; empty for one, with the declaration's seed
   * @param begun hears the number of each point, from 1, before it is begun
   * @throws InputException when the declaration, the data or the directory is at fault
   */
  public static Tuning run(Sweep sweep, RunOptions options, List<Long> seeds, IntConsumer begun) {
    Path out = options.out();
    Path parent = out != null ? out : RunDirectory.free(Path.of("runs"), sweep.recipe() + "-tune");
    sweep.points().forEach(Implementations::check);
    if (options.resume()) {
      checkSame(sweep, parent, seeds);
    } else {
      Seeds.checkEmpty(parent);
    }
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < sweep.points().size(); i++) {
      begun.accept(i + 1);
      Point point = point(sweep, i, parent, options, seeds);
      if (point == null) {
        return new Tuning(parent, sweep, points, false);
      }
      points.add(point);
      boolean last = i + 1 == sweep.points().size();
      Tuning sofar = new Tuning(parent, sweep, front(points, sweep), last);
      RunDirectory.write(parent.resolve("tune.json"), sofar.toJson(seeds));
      if (last) {
        HtmlReport.tuning(parent);
        return sofar;
      }
    }
    throw new IllegalStateException("a sweep has at least two points");
  }

  /** The point at a position of the sweep; null where it was interrupted. */
  private static @Nullable Point point(
      Sweep sweep, int position, Path parent, RunOptions options, List<Long> seeds) {
    Experiment experiment = sweep.points().get(position);
    String name = name(position);
    Path directory = parent.resolve(name);
    double value = sweep.values().get(position);
    List<Run> runs;
    try {
      if (seeds.isEmpty()) {
        runs = List.of(Seeds.one(experiment, options, directory));
      } else {
        Seeds all = Seeds.run(experiment, options.withOut(directory), seeds);
        if (!all.finished()) {
          return null;
        }
        runs = all.runs();
      }
    } catch (NotFiniteException e) {
      double none = Double.NaN;
      return new Point(value, name, none, none, none, none, false, e.getMessage());
    }
    if (!runs.stream().allMatch(Run::finished)) {
      return null;
    }
    boolean classifies = sweep.classifies();
    List<Double> clean = measured(runs, classifies ? "valAccuracy" : "valMeanAbsoluteError");
    List<Double> certified =
        measured(runs, classifies ? "valCertifiedAccuracy" : "valCertifiedMeanAbsoluteError");
    return new Point(
        value, name, mean(clean), mean(certified), spread(clean), spread(certified), false, null);
  }

  private static String name(int position) {
    return "point-" + (position + 1);
  }

  /** The figure of the network that each run ends with, as the row of its epoch has it. */
  private static List<Double> measured(List<Run> runs, String column) {
    List<Double> values = new ArrayList<>();
    for (Run run : runs) {
      double epoch = run.figures().getOrDefault("selection.epoch", Double.NaN);
      Metrics metrics = Metrics.read(run.directory());
      double[] epochs = metrics.values("epoch");
      double[] figures = metrics.values(column);
      double value = Double.NaN;
      for (int i = 0; i < figures.length; i++) {
        if (epochs[i] == epoch) {
          value = figures[i];
        }
      }
      if (Double.isNaN(value)) {
        throw new InputException(
            run.directory().resolve("metrics.csv")
                + ": has no "
                + column
                + " for the epoch that summary.json names; delete the directory and --resume to make the point again");
      }
      values.add(value);
    }
    return values;
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
  }

  private static double spread(List<Double> values) {
    return values.size() < 2
        ? Double.NaN
        : values.stream().mapToDouble(v -> v).max().orElse(Double.NaN)
            - values.stream().mapToDouble(v -> v).min().orElse(Double.NaN);
  }

  /** The points with those on the front marked. */
  private static List<Point> front(List<Point> points, Sweep sweep) {
    double better = sweep.classifies() ? 1 : -1;
    List<Point> marked = new ArrayList<>();
    for (Point point : points) {
      boolean beaten =
          points.stream()
              .anyMatch(
                  other -> {
                    double clean = better * (other.clean - point.clean);
                    double certified = better * (other.certified - point.certified);
                    return clean >= 0 && certified >= 0 && clean + certified > 0;
                  });
      marked.add(point.withFront(point.fault == null && !beaten));
    }
    return marked;
  }

  /** What is there must have been made for this sweep: the points are one table. */
  private static void checkSame(Sweep sweep, Path parent, List<Long> seeds) {
    for (int i = 0; i < sweep.points().size(); i++) {
      Path directory = parent.resolve(name(i));
      if (seeds.isEmpty()) {
        checkSame(sweep.points().get(i), directory);
      } else if (isRun(directory)) {
        throw another(directory);
      }
      for (long seed : seeds) {
        checkSame(sweep.points().get(i).withSeed(seed), directory.resolve("seed-" + seed));
      }
    }
  }

  private static void checkSame(Experiment experiment, Path directory) {
    if (isRun(directory) && !RunDirectory.open(directory).experiment().equals(experiment)) {
      throw another(directory);
    }
  }

  private static boolean isRun(Path directory) {
    return Files.isRegularFile(directory.resolve("experiment.json"));
  }

  private static InputException another(Path directory) {
    return new InputException(
        directory
            + ": was made with another range or other settings; give those that it was begun with, or another --out");
  }

  private String toJson(List<Long> seeds) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("formatVersion", FORMAT_VERSION);
    json.put("recipe", sweep.recipe());
    json.put("path", sweep.path());
    json.put("scale", sweep.logarithmic() ? "logarithmic" : "linear");
    json.put("figure", sweep.classifies() ? "accuracy" : "meanAbsoluteError");
    json.put("validation", sweep.points().get(0).getData().getValidation());
    json.put("keptBackForTuning", sweep.keptBack());
    json.put("seeds", seeds);
    json.put("finished", finished);
    json.put("points", points.stream().map(Tuning::fields).toList());
    return Json.pretty(json);
  }

  private static Map<String, Object> fields(Point point) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("value", point.value);
    fields.put("run", point.run);
    fields.put("clean", point.clean);
    fields.put("certified", point.certified);
    if (!Double.isNaN(point.cleanSpread)) {
      fields.put("cleanSpread", point.cleanSpread);
      fields.put("certifiedSpread", point.certifiedSpread);
    }
    fields.put("front", point.front);
    if (point.fault != null) {
      fields.put("fault", point.fault);
    }
    return fields;
  }
}
