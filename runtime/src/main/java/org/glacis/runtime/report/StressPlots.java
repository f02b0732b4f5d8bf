package org.glacis.runtime.report;

import static org.glacis.runtime.report.PlotSpec.map;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.glacis.spec.InputException;

/**
 * Accuracy against what test samples are put to ({@code stressTest} of {@code summary.json}): a
 * figure of each kind, a line of each method; over several seeds their means, with error bars.
 */
final class StressPlots {
  private static final String CLEAN = "clean";

  /** What the numbers of a kind are. */
  private static final Map<String, String> AXES =
      Map.of(
          "gaussianNoise", "deviation of the noise (units of the input)",
          "occlusion", "side of the hidden square (pixels)",
          "evasion", "radius of the attack (units of the input)");

  private static final Map<String, String> TITLES =
      Map.of(
          "gaussianNoise", "Accuracy under Gaussian noise",
          "occlusion", "Accuracy under occlusion",
          "evasion", "Accuracy under evasion");

  /** Accuracies by level, one a seed. */
  private final Map<String, Map<String, Map<Double, List<Double>>>> kinds = new LinkedHashMap<>();

  private final Map<String, List<Double>> clean = new LinkedHashMap<>();
  private final int seeds;

  private StressPlots(List<RunFiles> runs) {
    seeds = runs.size();
    for (RunFiles run : runs) {
      for (JsonTree row : run.summary().objects("stressTest")) {
        String method = text(row, "method");
        String kind = text(row, "kind");
        double accuracy = fraction(row);
        if (kind.equals(CLEAN)) {
          clean.computeIfAbsent(method, m -> new ArrayList<>()).add(accuracy);
        } else {
          Double level = row.number("level");
          kinds
              .computeIfAbsent(kind, k -> new LinkedHashMap<>())
              .computeIfAbsent(method, m -> new TreeMap<>())
              .computeIfAbsent(level == null ? Double.NaN : level, l -> new ArrayList<>())
              .add(accuracy);
        }
      }
    }
  }

  /** The figures of one run, or of one experiment's runs with several seeds. */
  static void write(Page page, List<RunFiles> runs) {
    StressPlots plots = new StressPlots(runs);
    if (plots.kinds.isEmpty()) return;
    page.section(
        runs.size() == 1 ? "Stress test" : "Stress test, means over " + runs.size() + " seeds");
    List<Figure> figures = new ArrayList<>();
    plots.kinds.forEach((kind, methods) -> figures.add(plots.figure(kind, methods)));
    page.figures(figures);
    plots.table(page);
  }

  private Figure figure(String kind, Map<String, Map<Double, List<Double>>> methods) {
    Set<String> names = new LinkedHashSet<>(methods.keySet());
    double least = 1;
    PlotSpec plot = new PlotSpec(Plot.WIDTH, Plot.HEIGHT);
    List<String> colours = new ArrayList<>();
    for (String method : names) {
      TreeMap<Double, List<Double>> points = new TreeMap<>(methods.get(method));
      if (clean.containsKey(method)) points.put(0.0, clean.get(method));
      List<Double> x = new ArrayList<>(points.keySet());
      List<Double> y = points.values().stream().map(StressPlots::mean).toList();
      List<Double> bar = points.values().stream().map(StressPlots::deviation).toList();
      List<Double> low = new ArrayList<>();
      List<Double> high = new ArrayList<>();
      for (int i = 0; i < x.size(); i++) {
        low.add(Math.max(0, y.get(i) - bar.get(i)));
        high.add(Math.min(1, y.get(i) + bar.get(i)));
        least = Math.min(least, low.get(i));
      }
      Map<String, Object> data =
          map("x", x, "y", y, "low", low, "high", high, "series", Plot.repeated(method, x.size()));
      Map<String, Object> mapping = map("x", "x", "y", "y", "color", "series");
      plot.layer("line", data, mapping, "size", 1.3);
      plot.layer("point", data, mapping, "size", 3, "show_legend", false);
      if (seeds > 1)
        plot.layer(
            "errorbar",
            data,
            map("x", "x", "ymin", "low", "ymax", "high", "color", "series"),
            "width",
            x.get(x.size() - 1) / 40,
            "size",
            1,
            "show_legend",
            false);
      colours.add(Palette.RUNS.get(colours.size() % Palette.RUNS.size()));
    }
    Plot.shares(plot, "accuracy", Math.floor(10 * least) / 10)
        .scale("x", "name", AXES.getOrDefault(kind, "level"))
        .manual("color", List.copyOf(names), colours);
    String description =
        "The share of test samples that is decided rightly; at 0 the samples are as they are."
            + (seeds > 1 ? " Bars: one standard deviation over " + seeds + " seeds." : "");
    return Svg.figure("stress-" + kind, TITLES.getOrDefault(kind, kind), description, plot);
  }

  private void table(Page page) {
    List<String> header = new ArrayList<>(List.of("Test", "Level"));
    header.addAll(clean.keySet());
    List<List<String>> rows = new ArrayList<>();
    rows.add(row("as they are", "", clean));
    kinds.forEach(
        (kind, methods) -> {
          Set<Double> levels = new LinkedHashSet<>();
          methods.values().forEach(points -> levels.addAll(points.keySet()));
          for (double level : levels) {
            Map<String, List<Double>> cells = new LinkedHashMap<>();
            methods.forEach(
                (method, points) -> cells.put(method, points.getOrDefault(level, List.of())));
            rows.add(row(kind, Format.number(level), cells));
          }
        });
    page.table("Accuracy on harder test samples, %", header, rows, 1);
  }

  private List<String> row(String kind, String level, Map<String, List<Double>> accuracies) {
    List<String> cells = new ArrayList<>(List.of(kind, level));
    for (String method : clean.keySet()) {
      List<Double> of = accuracies.getOrDefault(method, List.of());
      cells.add(
          of.isEmpty()
              ? "–"
              : Format.points(mean(of))
                  + (of.size() > 1 ? " ± " + Format.points(deviation(of)) : ""));
    }
    return cells;
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
  }

  /** The standard deviation of a sample; 0 for a single value. */
  private static double deviation(List<Double> values) {
    double mean = mean(values);
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return values.size() < 2 ? 0 : Math.sqrt(squares / (values.size() - 1));
  }

  private static String text(JsonTree row, String key) {
    String text = row.text(key);
    if (text == null)
      throw new InputException(
          "%s: %s is missing; run again to write it".formatted(row.file(), row.at(key)));
    return text;
  }

  private static double fraction(JsonTree row) {
    Double accuracy = row.fraction("accuracy");
    if (accuracy == null)
      throw new InputException(
          "%s: %s is missing; run again to write it".formatted(row.file(), row.at("accuracy")));
    return accuracy;
  }
}
