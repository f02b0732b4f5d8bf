package org.glacis.runtime.report;

import static org.glacis.runtime.report.PlotSpec.map;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.glacis.runtime.report.TuneFile.Point;

/** The points of a sweep: their front, each figure against the number, the table. */
final class TuningPage {
  private static final double SCALE = 100;

  /** How far a label stands from its point, as shares of the axes: the front falls to the right. */
  private static final double ASIDE = 0.08;

  private static final double ABOVE = 0.04;

  private final TuneFile tune;
  private final List<Point> measured;
  private final String unit;

  private TuningPage(TuneFile tune) {
    this.tune = tune;
    measured = tune.points().stream().filter(Point::isMeasured).toList();
    unit = tune.classifies() ? "accuracy (%)" : "mean absolute error";
  }

  static String render(TuneFile tune) {
    TuningPage it = new TuningPage(tune);
    Page page = new Page(tune.recipe() + ", " + tune.path() + " · Glacis");
    page.html("<header><p class=\"kind\">Glacis · tuning protocol</p>");
    page.html("<h1>" + Html.escape(tune.recipe()) + "</h1>");
    page.html("<p class=\"facts\">" + Html.escape(it.facts()) + "</p></header>");
    page.section("Clean against certified");
    page.paragraph(
        "Measured on the validation samples alone, "
            + Format.number(SCALE * tune.validation())
            + " % of the training samples, by interval bounds at the full radius. The test samples were not looked at."
            + (tune.seeds().isEmpty() ? "" : " Means over the seeds."));
    page.figures(Stream.of(it.front(), it.against()).flatMap(Optional::stream).toList());
    page.section("Points");
    it.table(page);
    return page.render();
  }

  private String facts() {
    String seeds = tune.seeds().isEmpty() ? "" : " · seeds " + String.join(", ", tune.seeds());
    return tune.path() + " · " + tune.points().size() + " points" + seeds;
  }

  /** Points that no other beats are joined. */
  private Optional<Figure> front() {
    if (measured.isEmpty()) return Optional.empty();
    List<Point> best =
        measured.stream()
            .filter(Point::front)
            .sorted(Comparator.comparingDouble(Point::clean))
            .toList();
    List<Point> others = measured.stream().filter(p -> !p.front()).toList();
    PlotSpec plot =
        new PlotSpec(Plot.WIDTH, Plot.HEIGHT)
            .scale("x", "name", "clean " + unit, "expand", List.of(0.15, 0))
            .scale("y", "name", "certified " + unit, "expand", List.of(0.08, 0));
    List<String> names = new ArrayList<>();
    List<String> colours = new ArrayList<>();
    if (best.size() > 1)
      plot.layer(
          "line",
          data(best, "on the front"),
          map("x", "x", "y", "y", "color", "series"),
          "size",
          1.2,
          "show_legend",
          false);
    for (boolean front : new boolean[] {true, false}) {
      List<Point> some = front ? best : others;
      if (some.isEmpty()) continue;
      String name = front ? "on the front" : "off the front";
      names.add(name);
      colours.add(front ? Palette.CERTIFIED : Palette.FAINT);
      plot.layer(
          "point", data(some, name), map("x", "x", "y", "y", "color", "series"), "size", 3.5);
      plot.layer(
          "text",
          data(some, name),
          map("x", "x", "y", "y", "label", "label", "color", "series"),
          "size",
          6,
          "nudge_x",
          (front ? ASIDE : -ASIDE) * range(Point::clean),
          "nudge_y",
          (front ? ABOVE : -ABOVE) * range(Point::certified),
          "show_legend",
          false);
    }
    plot.manual("color", names, colours);
    return Optional.of(
        Svg.figure(
            "front",
            "Clean against certified",
            "A point for each value of "
                + tune.path()
                + ", which stands at it. The joined points are those that no other beats in one figure without losing in the other.",
            plot));
  }

  private Map<String, Object> data(List<Point> points, String name) {
    return map(
        "x",
        points.stream().map(p -> scaled(p.clean())).toList(),
        "y",
        points.stream().map(p -> scaled(p.certified())).toList(),
        "label",
        points.stream().map(p -> Format.number(p.value())).toList(),
        "series",
        Plot.repeated(name, points.size()));
  }

  private double range(ToDoubleFunction<Point> figure) {
    DoubleSummaryStatistics all =
        measured.stream().mapToDouble(p -> scaled(figure.applyAsDouble(p))).summaryStatistics();
    return all.getMax() - all.getMin();
  }

  /** Both figures against the number. */
  private Optional<Figure> against() {
    if (measured.size() < 2) return Optional.empty();
    PlotSpec plot = new PlotSpec(Plot.WIDTH, Plot.HEIGHT).scale("y", "name", unit);
    if (tune.logarithmic()) plot.scale("x", "name", tune.path() + ", log scale", "trans", "log10");
    else plot.scale("x", "name", tune.path());
    curve(plot, "clean", Point::clean);
    curve(plot, "certified", Point::certified);
    plot.manual("color", List.of("clean", "certified"), List.of(Palette.CLEAN, Palette.CERTIFIED));
    return Optional.of(
        Svg.figure("against", "Figures against " + tune.path(), "A point for each value.", plot));
  }

  private void curve(PlotSpec plot, String name, ToDoubleFunction<Point> figure) {
    Map<String, Object> data =
        map(
            "x",
            measured.stream().map(Point::value).toList(),
            "y",
            measured.stream().map(p -> scaled(figure.applyAsDouble(p))).toList(),
            "series",
            Plot.repeated(name, measured.size()));
    Map<String, Object> mapping = map("x", "x", "y", "y", "color", "series");
    plot.layer("line", data, mapping, "size", 1.2);
    plot.layer("point", data, mapping, "size", 2.5, "show_legend", false);
  }

  private double scaled(double figure) {
    return tune.classifies() ? SCALE * figure : figure;
  }

  private void table(Page page) {
    List<List<String>> rows = new ArrayList<>();
    for (Point point : tune.points())
      rows.add(
          List.of(
              point.run(),
              point.fault() != null ? "failed: " + point.fault() : point.front() ? "yes" : "no",
              Format.number(point.value()),
              cell(point.clean(), point.cleanSpread()),
              cell(point.certified(), point.certifiedSpread())));
    page.table(
        "Points",
        List.of("Run", "On the front", tune.path(), "clean " + unit, "certified " + unit),
        rows,
        2);
  }

  private String cell(double figure, double spread) {
    if (!Double.isFinite(figure)) return "–";
    String text = Format.number(rounded(scaled(figure)));
    return Double.isFinite(spread) ? text + " ± " + Format.rough(scaled(spread)) : text;
  }

  /** Hundredths of a percentage point; errors as they are. */
  private double rounded(double figure) {
    return tune.classifies() ? Math.rint(SCALE * figure) / SCALE : figure;
  }
}
