package org.glacis.runtime.report;

import static org.glacis.runtime.report.PlotSpec.map;

import java.util.List;
import java.util.Optional;

/** Loss against learning rate, of a search for the rate. */
final class RatePage {
  private RatePage() {}

  static String render(
      String recipe,
      List<Double> rates,
      List<Double> losses,
      List<Double> smoothed,
      double suggested) {
    Page page = new Page(recipe + ", learning rate · Glacis");
    page.html("<header><p class=\"kind\">Glacis · search for a learning rate</p>");
    page.html("<h1>" + Html.escape(recipe) + "</h1></header>");
    page.section("Loss against learning rate");
    page.paragraph(
        Double.isNaN(suggested)
            ? "The loss falls at no rate of the range."
            : "The loss falls most steeply at the rate " + Format.number(suggested) + ".");
    if (rates.size() > 1) page.figures(figure(rates, losses, smoothed, suggested));
    return page.render();
  }

  private static Optional<Figure> figure(
      List<Double> rates, List<Double> losses, List<Double> smoothed, double suggested) {
    PlotSpec plot =
        new PlotSpec(Plot.WIDTH, Plot.HEIGHT)
            .scale("x", "name", "learning rate, log scale", "trans", "log10")
            .scale("y", "name", "loss");
    if (Double.isFinite(suggested))
      plot.layer(
          "vline",
          map("x", List.of(suggested)),
          map("xintercept", "x"),
          "color",
          Palette.FAINT,
          "linetype",
          "dotted",
          "size",
          1);
    List<String> names = List.of("smoothed", "of each step");
    curve(plot, "point", rates, losses, names.get(1), 2);
    curve(plot, "line", rates, smoothed, names.get(0), 1.3);
    plot.manual("color", names, List.of(Palette.CERTIFIED, Palette.FAINT));
    return Optional.of(
        Svg.figure(
            "rate",
            "Loss against learning rate",
            "One step a rate, each on a batch of its own; dotted: where the smoothed loss falls most steeply.",
            plot));
  }

  private static void curve(
      PlotSpec plot, String geom, List<Double> x, List<Double> y, String name, double size) {
    plot.layer(
        geom,
        map("x", x, "y", y, "series", Plot.repeated(name, x.size())),
        map("x", "x", "y", "y", "color", "series"),
        "size",
        size);
  }
}
