package org.glacis.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.glacis.recipes.Published;
import org.glacis.runtime.Run;
import org.glacis.runtime.Seeds;
import org.jspecify.annotations.Nullable;

/** The figures of a run as a table, with what was published beside them. */
final class Figures {
  /** What is shown of {@code summary.json}, in order, and how it is called. */
  private static final Map<String, String> LABELS = new LinkedHashMap<>();

  static {
    LABELS.put("cleanAccuracy", "clean accuracy");
    LABELS.put("attackAccuracy", "accuracy under attack");
    LABELS.put("certifiedAccuracy", "certified accuracy");
    LABELS.put("heldOutErrorBound", "certified error beyond the samples, at most");
    LABELS.put("certifiedAccuracyBy.crownIbp", "  by crownIbp");
    LABELS.put("certifiedAccuracyBy.lipschitzMargin", "  by lipschitzMargin");
    LABELS.put("certifiedAccuracyBy.ibp", "  by ibp");
    LABELS.put("certifiedAccuracyBy.ibpBox", "  by ibpBox");
    LABELS.put("certifiedAccuracyBy.ibpBoxUnclipped", "  by ibpBoxUnclipped");
    LABELS.put("certifiedAccuracyAt.36/255", "  at 36/255");
    LABELS.put("certifiedAccuracyAt.0.25", "  at 0.25");
    LABELS.put("certifiedAccuracyAt.0.5", "  at 0.5");
    LABELS.put("meanCertifiedRadius", "average certified radius");
    LABELS.put("kr", "Kantorovich-Rubinstein term");
    LABELS.put("lipschitzBound", "Lipschitz constant, proved");
    LABELS.put("certificateValidation.smallestRatio", "nearest wrong decision, in radii");
    LABELS.put("certificateValidation.meanDistance", "mean distance of wrong decisions");
    LABELS.put("meanAbsoluteError", "mean absolute error");
    LABELS.put("certifiedMeanAbsoluteError", "certified mean absolute error");
    LABELS.put("meanSquaredError", "mean squared error");
    LABELS.put("certifiedMeanSquaredError", "certified mean squared error");
    LABELS.put("meanOutputWidth", "mean output width");
  }

  private Figures() {}

  static void print(Run run, List<Published> published, PrintStream out) {
    Map<String, Double> measured = run.figures();
    if (!run.certifications().isEmpty()) {
      out.println();
    }
    run.certifications().forEach(certification -> out.println(certification.summary()));
    if (LABELS.keySet().stream().anyMatch(measured::containsKey)) {
      out.println();
      table(measured, published).lines().forEach(out::println);
      out.println();
    }
    if (run.summary().get("baselines") instanceof List<?> baselines
        && LABELS.keySet().stream()
            .anyMatch(name -> measured.containsKey(name) && has(baselines, name))) {
      baselines(measured, baselines).lines().forEach(out::println);
      out.println();
    }
    if (run.summary().get("stressTest") instanceof List<?> rows && !rows.isEmpty()) {
      stress(rows).lines().forEach(out::println);
      out.println();
    }
    if (run.summary().get("selection") instanceof Map<?, ?> selection
        && "best".equals(selection.get("select"))) {
      out.println("selected: " + selection.get("why"));
      out.println();
    }
    files(run.directory()).forEach(out::println);
  }

  /** The run and what it is compared with, a row each. */
  private static Table baselines(Map<String, Double> measured, List<?> baselines) {
    List<String> figures =
        LABELS.keySet().stream()
            .filter(name -> measured.containsKey(name) && has(baselines, name))
            .toList();
    boolean[] right = new boolean[figures.size() + 1];
    java.util.Arrays.fill(right, 1, right.length, true);
    Table table = new Table(right);
    table.row(row("", figures, name -> LABELS.getOrDefault(name, name)));
    table.row(row("this run", figures, name -> text(name, measured.getOrDefault(name, 0.0))));
    for (Object each : baselines) {
      if (each instanceof Map<?, ?> baseline) {
        table.row(
            row(
                String.valueOf(baseline.get("name")),
                figures,
                name ->
                    baseline.get(name) instanceof Number number
                        ? text(name, number.doubleValue())
                        : ""));
      }
    }
    return table;
  }

  /** Accuracies on harder test samples: a row each kind and level, a column each method. */
  private static Table stress(List<?> rows) {
    List<String> methods = values(rows, "method");
    Map<String, Map<String, String>> cells = new LinkedHashMap<>();
    for (Object each : rows) {
      if (each instanceof Map<?, ?> row && row.get("accuracy") instanceof Number accuracy) {
        String test =
            "clean".equals(row.get("kind")) ? "clean" : row.get("kind") + " " + row.get("level");
        cells
            .computeIfAbsent(test, t -> new LinkedHashMap<>())
            .put(String.valueOf(row.get("method")), text("Accuracy", accuracy.doubleValue()));
      }
    }
    boolean[] right = new boolean[methods.size() + 1];
    java.util.Arrays.fill(right, 1, right.length, true);
    Table table = new Table(right);
    table.row(row("stress test", methods, method -> method));
    cells.forEach(
        (test, of) -> table.row(row(test, methods, method -> of.getOrDefault(method, ""))));
    return table;
  }

  private static List<String> values(List<?> rows, String key) {
    return rows.stream()
        .map(row -> row instanceof Map<?, ?> map ? String.valueOf(map.get(key)) : "")
        .distinct()
        .toList();
  }

  private static boolean has(List<?> baselines, String figure) {
    return baselines.stream().anyMatch(b -> b instanceof Map<?, ?> map && map.containsKey(figure));
  }

  private static String[] row(String name, List<String> figures, Function<String, String> cell) {
    return java.util.stream.Stream.concat(
            java.util.stream.Stream.of(name), figures.stream().map(cell).map(String::strip))
        .toArray(String[]::new);
  }

  /** The end of a recipe's line: what was published; empty where nothing was. */
  static String line(List<Published> published) {
    return published.isEmpty()
        ? ""
        : published.stream()
            .map(
                figure ->
                    LABELS.getOrDefault(figure.metric(), figure.metric()).strip()
                        + " "
                        + text(figure.metric(), figure.value()))
            .collect(Collectors.joining(", ", " (published: ", ")"));
  }

  /** The means of several seeds, each with its spread: the largest minus the smallest. */
  static void print(Seeds seeds, List<Published> published, PrintStream out) {
    Map<String, Double> mean = seeds.mean();
    Map<String, Double> spread = seeds.spread();
    Map<String, Published> beside = byMetric(published);
    Table table = new Table(false, true, true, true, false);
    table.row("", "mean", "spread", published.isEmpty() ? "" : "published", "");
    LABELS.forEach(
        (name, label) -> {
          if (mean.containsKey(name)) {
            Published other = beside.get(name);
            table.row(
                label,
                text(name, mean.getOrDefault(name, Double.NaN)),
                text(name, spread.getOrDefault(name, Double.NaN)),
                other == null ? "" : text(name, other.value()),
                other == null ? "" : other.source());
          }
        });
    out.println();
    out.println(
        seeds.runs().size()
            + " runs, seeds "
            + seeds.seeds().stream().map(String::valueOf).collect(Collectors.joining(", "))
            + "; spread is the largest minus the smallest");
    out.println();
    table.lines().forEach(out::println);
    out.println();
    List<Map<String, Object>> compared =
        seeds.comparison().stream().filter(row -> LABELS.containsKey(row.get("figure"))).toList();
    if (!compared.isEmpty()) {
      comparison(compared).lines().forEach(out::println);
      out.println();
    }
    out.println("runs    " + seeds.directory());
    out.println("means   " + seeds.directory().resolve("seeds.json"));
    out.println("report  " + seeds.directory().resolve("report.html"));
  }

  /** What the runs have more than their baselines, seed by seed. */
  private static Table comparison(List<Map<String, Object>> compared) {
    Table table = new Table(false, false, true, true, true, true);
    table.row("more than", "", "mean", "95 % ±", "least", "most");
    for (Map<String, Object> row : compared) {
      String figure = String.valueOf(row.get("figure"));
      table.row(
          String.valueOf(row.get("baseline")),
          LABELS.getOrDefault(figure, figure).strip(),
          number(figure, row.get("mean")),
          number(figure, row.get("halfWidth")),
          number(figure, row.get("least")),
          number(figure, row.get("most")));
    }
    return table;
  }

  private static String number(String figure, @Nullable Object value) {
    return value instanceof Number number ? text(figure, number.doubleValue()) : "";
  }

  private static Map<String, Published> byMetric(List<Published> published) {
    return published.stream().collect(Collectors.toMap(Published::metric, p -> p, (a, b) -> a));
  }

  private static Table table(Map<String, Double> measured, List<Published> published) {
    Map<String, Published> beside = byMetric(published);
    Table table = new Table(false, true, true, false);
    table.row("", "measured", published.isEmpty() ? "" : "published", "");
    LABELS.forEach(
        (name, label) -> {
          Double value = measured.get(name);
          if (value != null) {
            Published other = beside.get(name);
            table.row(
                label,
                text(name, value),
                other == null ? "" : text(name, other.value()),
                other == null ? "" : other.source());
          }
        });
    return table;
  }

  /** Shares as percentages, a bound rounded up; other numbers as they are. */
  static String text(String name, double value) {
    if (name.equals("heldOutErrorBound")) {
      return String.format(Locale.ROOT, "%.2f %%", Math.ceil(1e4 * value) / 100);
    }
    return name.contains("Accuracy")
        ? String.format(Locale.ROOT, "%.2f %%", 100 * value)
        : String.format(Locale.ROOT, "%.4g", value);
  }

  /** Where the files are that somebody wants to open. */
  private static List<String> files(Path run) {
    Table table = new Table(false, false);
    table.row("run directory", run.toString());
    if (Files.exists(run.resolve("report.html"))) {
      table.row("report", run.resolve("report.html").toString());
    }
    try (Stream<Path> all = Files.list(run)) {
      all.filter(file -> file.getFileName().toString().startsWith("events.out"))
          .findFirst()
          .ifPresent(file -> table.row("TensorBoard", "tensorboard --logdir " + run));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return table.lines();
  }
}
