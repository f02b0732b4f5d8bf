package org.glacis.runtime.report;

import static org.glacis.runtime.report.PlotSpec.map;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.glacis.runtime.report.TrainingCurves.Curve;

/** Several runs side by side, or the seeds of one experiment. */
final class ComparisonPage {
  private static final String[] DASHES = {"solid", "dashed", "dotted", "dotdash"};

  private ComparisonPage() {}

  /** Runs of any experiments. */
  static String render(List<RunFiles> runs) {
    Page page = new Page("Comparison of " + runs.size() + " runs · Glacis");
    page.html("<header><p class=\"kind\">Glacis · robustness protocol</p><h1>Comparison</h1>");
    page.html(
        "<p class=\"facts\">" + Html.escape(String.join(" · ", names(runs))) + "</p></header>");
    page.section("Result");
    figures(page, runs);
    page.figures(band(runs));
    Header.methods(page, runs);
    training(page, runs);
    page.section("Settings that differ");
    differences(page, runs);
    page.section("Cost and environment");
    costs(page, runs);
    environments(page, runs);
    return page.render();
  }

  /** The seeds of one experiment, and their mean. */
  static String render(SeedFiles seeds) {
    RunFiles mean = seeds.mean();
    Page page = new Page(mean.title() + ", " + seeds.runs().size() + " seeds · Glacis");
    Header.write(page, mean);
    page.section("Result, mean ± spread over " + seeds.runs().size() + " seeds");
    Header.figures(page, mean);
    page.figures(
        Plot.certifiedBand(mean.curve(), mean.accuracy("cleanAccuracy"), mean.scalarEpsilon()));
    Header.methods(page, List.of(mean));
    PublishedTable.write(page, mean);
    page.section("Seed by seed");
    figures(page, Stream.concat(seeds.runs().stream(), Stream.of(mean)).toList());
    BaselineTable.write(page, seeds);
    StressPlots.write(page, seeds.runs());
    training(page, seeds.runs());
    page.section("Cost and environment");
    costs(page, Stream.concat(seeds.runs().stream(), Stream.of(mean)).toList());
    environments(page, seeds.runs());
    page.section("Reproduction")
        .collapsed("experiment.json of the first seed", mean.experimentText());
    return page.render();
  }

  /** What came out, a row per run. */
  private static void figures(Page page, List<RunFiles> runs) {
    List<KeyFigure> present = present(runs, false);
    boolean scales =
        runs.stream()
            .anyMatch(
                r ->
                    r.accuracy("certifiedAccuracy") != null && r.accuracy("cleanAccuracy") != null);
    List<String> names = names(runs);
    page.html(
        "<div class=\"wide\"><table><caption>Key figures</caption><thead><tr><th scope=\"col\">Run</th>");
    if (scales) page.html("<th scope=\"col\">Proved, open, broken, wrong</th>");
    page.html("<th scope=\"col\" class=\"n\">Set</th><th scope=\"col\" class=\"n\">Samples</th>");
    for (KeyFigure figure : present)
      page.html("<th scope=\"col\" class=\"n\">" + Html.escape(figure.title()) + "</th>");
    page.html("</tr></thead><tbody>");
    for (int i = 0; i < runs.size(); i++) {
      RunFiles run = runs.get(i);
      page.html("<tr><th scope=\"row\">" + Html.escape(names.get(i)) + "</th>");
      if (scales) page.html("<td class=\"mini\">" + DecisionScale.small(run) + "</td>");
      Double samples = run.summary().number("samples");
      cell(page, run.epsilon() == null ? "–" : Header.norm(run) + ", ε = " + run.epsilon());
      cell(page, samples == null ? "–" : Format.number(samples));
      for (KeyFigure figure : present) cell(page, figure.cell(run));
      page.html("</tr>");
    }
    page.html("</tbody></table></div>");
  }

  /** What it took, a row per run. */
  private static void costs(Page page, List<RunFiles> runs) {
    List<KeyFigure> present = present(runs, true);
    if (present.isEmpty()) return;
    List<String> names = names(runs);
    List<List<String>> rows =
        IntStream.range(0, runs.size())
            .mapToObj(
                i ->
                    Stream.concat(
                            Stream.of(names.get(i)), present.stream().map(f -> f.cell(runs.get(i))))
                        .toList())
            .toList();
    page.table(
        "Cost",
        Stream.concat(Stream.of("Run"), present.stream().map(KeyFigure::title)).toList(),
        rows,
        1);
  }

  private static List<KeyFigure> present(List<RunFiles> runs, boolean cost) {
    return Arrays.stream(KeyFigure.values())
        .filter(f -> f.isCost() == cost && runs.stream().anyMatch(r -> f.value(r) != null))
        .toList();
  }

  private static void cell(Page page, String text) {
    page.html("<td class=\"n\">" + Html.escape(text) + "</td>");
  }

  private static void training(Page page, List<RunFiles> runs) {
    List<Figure> figures =
        Stream.of(
                overlay("loss", "Training loss", "loss", runs),
                overlay("clean", "Clean accuracy, monitored", "cleanAccuracy", runs),
                overlay("certified", "Certified accuracy, monitored", "certifiedAccuracy", runs),
                overlay("valClean", "Clean accuracy on validation", "valAccuracy", runs),
                overlay(
                    "valCertified",
                    "Certified accuracy on validation",
                    "valCertifiedAccuracy",
                    runs),
                overlay("width", "Mean output width", "outputWidth", runs),
                overlay("epsilon", "Epsilon schedule", "epsilon", runs))
            .flatMap(Optional::stream)
            .toList();
    if (!figures.isEmpty()) page.section("Training").figures(figures);
  }

  private static Optional<Figure> overlay(
      String id, String title, String column, List<RunFiles> runs) {
    List<String> names = names(runs);
    List<Curve> curves =
        IntStream.range(0, runs.size())
            .mapToObj(
                i -> new Curve(runs.get(i).metrics(), column, names.get(i), colour(i), dash(i)))
            .filter(Curve::isMeasured)
            .toList();
    if (curves.isEmpty()) return Optional.empty();
    Metrics longest =
        curves.stream()
            .map(Curve::metrics)
            .reduce((a, b) -> a.epochs() >= b.epochs() ? a : b)
            .orElseThrow();
    PlotSpec plot = TrainingCurves.epochs(longest, Plot.HEIGHT);
    if (column.endsWith("Accuracy")) TrainingCurves.shares(plot, curves);
    else
      plot.scale(
          "y",
          TrainingCurves.valueScale(
              title.toLowerCase(Locale.ROOT).replace(" schedule", ""), curves));
    return Optional.of(
        Svg.figure(
            id, title, "A curve per run, against epochs.", TrainingCurves.draw(plot, curves)));
  }

  /**
   * The band of every run: certified edges as lines, attacked edges thin, the gap shaded in the
   * run's colour.
   */
  private static Optional<Figure> band(List<RunFiles> runs) {
    PlotSpec plot =
        Plot.shares(new PlotSpec(Plot.WIDTH, Plot.HEIGHT), "accuracy", 0)
            .scale("x", "name", "epsilon (units of the input)");
    List<String> names = names(runs);
    List<String> shown = new ArrayList<>();
    List<String> colours = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      List<CurvePoint> curve = runs.get(i).curve();
      if (curve.size() < 2) continue;
      List<Double> x = curve.stream().map(CurvePoint::epsilon).toList();
      List<Double> lower = curve.stream().map(CurvePoint::certified).toList();
      List<Double> upper = curve.stream().map(CurvePoint::attacked).toList();
      Map<String, Object> data =
          map(
              "x",
              x,
              "lower",
              lower,
              "upper",
              upper,
              "series",
              Plot.repeated(names.get(i), x.size()));
      if (upper.stream().allMatch(Double::isFinite)) {
        plot.layer(
            "ribbon",
            data,
            map("x", "x", "ymin", "lower", "ymax", "upper"),
            "fill",
            colour(i),
            "alpha",
            0.14,
            "size",
            0);
        plot.layer(
            "line",
            data,
            map("x", "x", "y", "upper", "color", "series"),
            "size",
            0.8,
            "linetype",
            "dashed",
            "show_legend",
            false);
      }
      plot.layer("line", data, map("x", "x", "y", "lower", "color", "series"), "size", 1.4);
      shown.add(names.get(i));
      colours.add(colour(i));
    }
    if (shown.isEmpty()) return Optional.empty();
    plot.manual("color", shown, colours);
    String description =
        "For each run: solid, what is proved; dashed, what withstood an attack; the shaded gap is neither proved nor broken.";
    return Optional.of(Svg.figure("band", "Accuracy against epsilon", description, plot));
  }

  private static void differences(Page page, List<RunFiles> runs) {
    List<Map<String, String>> settings = runs.stream().map(Settings::of).toList();
    List<List<String>> rows = new ArrayList<>();
    for (String path : Settings.differing(runs))
      rows.add(
          Stream.concat(Stream.of(path), settings.stream().map(s -> s.getOrDefault(path, "–")))
              .toList());
    if (rows.isEmpty()) page.paragraph("None: the declarations are equal.");
    else
      page.table(
          "Settings that differ",
          Stream.concat(Stream.of("Setting"), names(runs).stream()).toList(),
          rows,
          Integer.MAX_VALUE);
  }

  private static void environments(Page page, List<RunFiles> runs) {
    List<List<String>> rows = new ArrayList<>();
    List<Map<String, String>> all =
        runs.stream()
            .map(
                run ->
                    RunPage.environment(run).stream()
                        .collect(Collectors.toMap(r -> r.get(0), r -> r.get(1), (a, b) -> a)))
            .toList();
    Stream<String> keys =
        runs.stream()
            .flatMap(run -> RunPage.environment(run).stream().map(r -> r.get(0)))
            .distinct();
    keys.forEach(
        key ->
            rows.add(
                Stream.concat(
                        Stream.of(key),
                        all.stream().map(e -> Objects.requireNonNullElse(e.get(key), "–")))
                    .toList()));
    if (rows.isEmpty()) return;
    page.table(
        "Environment",
        Stream.concat(Stream.of(""), names(runs).stream()).toList(),
        rows,
        Integer.MAX_VALUE);
  }

  /** A name for each run: its directory's, with the parent's where two share one. */
  static List<String> names(List<RunFiles> runs) {
    List<String> labels = runs.stream().map(RunFiles::label).toList();
    if (labels.stream().distinct().count() == labels.size()) return labels;
    return runs.stream()
        .map(
            run -> {
              var parent = run.directory().toAbsolutePath().normalize().getParent();
              return (parent == null || parent.getFileName() == null
                      ? ""
                      : parent.getFileName() + "/")
                  + run.label();
            })
        .toList();
  }

  private static String colour(int run) {
    return Palette.RUNS.get(run % Palette.RUNS.size());
  }

  private static String dash(int run) {
    return DASHES[run / Palette.RUNS.size() % DASHES.length];
  }
}
