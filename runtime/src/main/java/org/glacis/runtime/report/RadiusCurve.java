package org.glacis.runtime.report;

import static org.glacis.runtime.report.PlotSpec.map;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Certified accuracy against the l2 radius, from the proved radius of each sample: a staircase from
 * radius 0 to the largest. The area under it is the average certified radius.
 */
final class RadiusCurve {
  private static final String CERTIFIED = "certified (lower edge)";

  private RadiusCurve() {}

  /**
   * A staircase: each of {@code y} holds from its {@code x} up to the next.
   *
   * @param x ascending
   */
  private record Stairs(List<Double> x, List<Double> y) {
    static Stairs of(List<CurvePoint> points, boolean attacked) {
      List<Double> x = points.stream().map(CurvePoint::epsilon).toList();
      List<Double> y = new ArrayList<>();
      for (CurvePoint point : points) {
        double share = attacked ? point.attacked() : point.certified();
        // What an attack breaks in a ball is broken in each larger one.
        y.add(attacked && !y.isEmpty() ? Math.min(share, y.get(y.size() - 1)) : share);
      }
      return new Stairs(x, y);
    }

    double at(double radius) {
      int step = 0;
      while (step + 1 < x.size() && x.get(step + 1) <= radius) step++;
      return y.get(step);
    }

    /** The corners, up to the radius {@code end}. */
    Stairs corners(double end) {
      List<Double> across = new ArrayList<>();
      List<Double> down = new ArrayList<>();
      for (int i = 0; i < x.size() && x.get(i) <= end; i++) {
        if (i > 0) {
          across.add(x.get(i));
          down.add(y.get(i - 1));
        }
        across.add(x.get(i));
        down.add(y.get(i));
      }
      if (across.get(across.size() - 1) < end) {
        across.add(end);
        down.add(down.get(down.size() - 1));
      }
      return new Stairs(across, down);
    }
  }

  /** Empty where no radii above 0 were proved. */
  static Optional<Figure> figure(RunFiles run) {
    List<CurvePoint> radii = run.radiusCurve();
    Double clean = run.accuracy("cleanAccuracy");
    if (radii.size() < 2 || clean == null) return Optional.empty();
    double end = radii.get(radii.size() - 1).epsilon();
    Stairs certified = Stairs.of(radii, false);
    boolean attacked =
        !run.curve().isEmpty() && run.curve().stream().allMatch(p -> Double.isFinite(p.attacked()));
    boolean same =
        !attacked || run.curve().stream().allMatch(p -> p.samples() == radii.get(0).samples());
    Stairs upper =
        attacked ? Stairs.of(run.curve(), true) : new Stairs(List.of(0.0), List.of(clean));
    String upperName = upperName(attacked, same ? null : run.curve().get(0).samples());
    PlotSpec plot =
        Plot.shares(new PlotSpec(Plot.WIDTH, Plot.HEIGHT), "accuracy", 0)
            .scale("x", "name", "l2 radius (units of the input)");
    if (same) gap(plot, certified, upper, end);
    double trained = run.scalarEpsilon();
    if (trained <= end)
      plot.layer(
          "vline",
          map("x", List.of(trained)),
          map("xintercept", "x"),
          "color",
          Palette.FAINT,
          "linetype",
          "dotted",
          "size",
          1);
    edge(plot, upper.corners(end), upperName);
    edge(plot, certified.corners(end), CERTIFIED);
    List<String> names = List.of(upperName, CERTIFIED);
    plot.manual(
            "color", names, List.of(attacked ? Palette.ATTACKED : Palette.CLEAN, Palette.CERTIFIED))
        .manual("linetype", names, List.of("dashed", "solid"));
    return Optional.of(
        Svg.figure(
            "radii",
            "Certified accuracy against the radius",
            description(run, attacked, same, trained),
            plot));
  }

  private static String upperName(boolean attacked, @Nullable Integer samples) {
    if (!attacked) return "clean (upper edge)";
    return samples == null
        ? "under attack (upper edge)"
        : "under attack, first %s samples".formatted(Format.number(samples));
  }

  private static void gap(PlotSpec plot, Stairs lower, Stairs upper, double end) {
    List<Double> all = new ArrayList<>(lower.x);
    all.addAll(upper.x);
    List<Double> x = all.stream().filter(at -> at <= end).distinct().sorted().toList();
    Stairs low = new Stairs(x, x.stream().map(lower::at).toList()).corners(end);
    Stairs high = new Stairs(x, x.stream().map(upper::at).toList()).corners(end);
    plot.layer(
        "ribbon",
        map("x", low.x, "lower", low.y, "upper", high.y),
        map("x", "x", "ymin", "lower", "ymax", "upper"),
        "fill",
        Palette.UNDECIDED,
        "alpha",
        0.3,
        "size",
        0);
  }

  private static void edge(PlotSpec plot, Stairs corners, String name) {
    Map<String, Object> data =
        map("x", corners.x, "y", corners.y, "series", Plot.repeated(name, corners.x.size()));
    // A path keeps the order of its corners, of which two have one radius.
    plot.layer(
        "path",
        data,
        map("x", "x", "y", "y", "color", "series", "linetype", "series"),
        "size",
        1.3);
  }

  private static String description(RunFiles run, boolean attacked, boolean same, double trained) {
    Double mean = run.summary().number("meanCertifiedRadius");
    StringBuilder text =
        new StringBuilder("The share of samples that are right and whose proved radius is larger.");
    if (mean != null)
      text.append(" The area under it is the average certified radius, ")
          .append(Format.number(mean))
          .append('.');
    text.append(
        attacked
            ? " Dashed: what withstood an attack, measured at %s radii%s."
                .formatted(
                    Format.number(run.curve().size()),
                    same ? "" : ", on the first samples alone, so that the edges may cross")
            : " Dashed: clean accuracy, since no attack ran.");
    if (same) text.append(" What is shaded is neither proved nor broken.");
    if (Double.isFinite(trained))
      text.append(" Dotted: the epsilon of this run, ").append(Format.number(trained)).append('.');
    return text.append(Plot.samples(run.radiusCurve())).toString();
  }
}
