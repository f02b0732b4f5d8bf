package org.glacis.runtime.report;

import static org.glacis.runtime.report.PlotSpec.map;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The figures of one run, as SVG text. Certified and attacked accuracy are always two edges of a
 * band: what lies between is not known.
 */
public final class Plot {
  static final double WIDTH = 540;
  static final double HEIGHT = 340;

  /** Curves of at most so many points show them. */
  static final int FEW = 25;

  private static final int MOST_CLASSES_WITH_COUNTS = 20;

  private Plot() {}

  /**
   * Loss, accuracies, mean output width, and the schedules of epsilon and learning rate, against
   * epochs: a figure for each that was measured.
   */
  public static List<Figure> trainingCurves(Metrics metrics) {
    return TrainingCurves.of(metrics);
  }

  /**
   * Certified accuracy against epsilon as a band: the lower edge is proved, the upper edge
   * withstood an attack, and the truth is in the shaded gap. Where no attack ran, the upper edge is
   * {@code cleanAccuracy}. Empty where there is nothing to draw.
   *
   * @param trained the epsilon of the run, marked by a line; NaN for none
   */
  public static Optional<Figure> certifiedBand(
      List<CurvePoint> curve, @Nullable Double cleanAccuracy, double trained) {
    if (curve.size() < 2) return Optional.empty();
    for (CurvePoint p : curve)
      CurvePoint.checkOrder(
          p.certified(), p.attacked(), "the curve at epsilon " + Format.number(p.epsilon()));
    boolean attacked = curve.stream().allMatch(p -> Double.isFinite(p.attacked()));
    if (!attacked && cleanAccuracy == null) return Optional.empty();
    List<Double> x = curve.stream().map(CurvePoint::epsilon).toList();
    List<Double> lower = curve.stream().map(CurvePoint::certified).toList();
    List<Double> upper =
        curve.stream().map(p -> attacked ? Double.valueOf(p.attacked()) : cleanAccuracy).toList();
    String lowerName = "certified (lower edge)";
    String upperName = attacked ? "under attack (upper edge)" : "clean (upper edge)";
    String upperColour = attacked ? Palette.ATTACKED : Palette.CLEAN;

    PlotSpec plot =
        shares(new PlotSpec(WIDTH, HEIGHT), "accuracy", 0)
            .scale("x", "name", "epsilon (units of the input)");
    plot.layer(
        "ribbon",
        map("x", x, "lower", lower, "upper", upper),
        map("x", "x", "ymin", "lower", "ymax", "upper"),
        "fill",
        Palette.UNDECIDED,
        "alpha",
        0.3,
        "size",
        0);
    if (trained >= x.get(0) && trained <= x.get(x.size() - 1))
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
    edge(plot, x, upper, upperName);
    edge(plot, x, lower, lowerName);
    List<String> names = List.of(upperName, lowerName);
    plot.manual("color", names, List.of(upperColour, Palette.CERTIFIED))
        .manual("linetype", names, List.of("dashed", "solid"));
    String description =
        "The lower edge is proved for every point of the set, the upper edge %s; what is shaded is neither proved nor broken.%s%s"
            .formatted(
                attacked ? "withstood an attack" : "is clean accuracy, since no attack ran",
                Double.isFinite(trained)
                    ? " Dotted: the epsilon of this run, " + Format.number(trained) + "."
                    : "",
                samples(curve));
    return Optional.of(Svg.figure("band", "Accuracy against epsilon", description, plot));
  }

  static String samples(List<CurvePoint> curve) {
    int least = curve.stream().mapToInt(CurvePoint::samples).min().orElse(0);
    int most = curve.stream().mapToInt(CurvePoint::samples).max().orElse(0);
    if (least == 0) return "";
    return " Measured on "
        + (least == most
            ? Format.number(most)
            : Format.number(least) + " to " + Format.number(most))
        + " samples.";
  }

  private static void edge(PlotSpec plot, List<Double> x, List<Double> y, String name) {
    Map<String, Object> data = map("x", x, "y", y, "series", repeated(name, x.size()));
    Map<String, Object> mapping = map("x", "x", "y", "y", "color", "series");
    Map<String, Object> dashed = map("x", "x", "y", "y", "color", "series", "linetype", "series");
    plot.layer("line", data, dashed, "size", 1.3);
    if (x.size() <= FEW) plot.layer("point", data, mapping, "size", 3, "show_legend", false);
  }

  /**
   * Counts of true against predicted class; the ground shows the share of the true class, on a
   * square-root scale, so that rare errors are seen.
   *
   * @param counts a row per true class, a column per predicted class
   * @param names of the classes; their numbers are shown where there are none
   */
  public static Optional<Figure> confusion(List<List<Integer>> counts, List<String> names) {
    int classes = counts.size();
    if (classes == 0) return Optional.empty();
    List<String> labels =
        IntStream.range(0, classes)
            .mapToObj(i -> names.size() == classes ? names.get(i) : Integer.toString(i))
            .toList();
    List<Integer> x = new ArrayList<>();
    List<Integer> y = new ArrayList<>();
    List<String> ground = new ArrayList<>();
    List<String> ink = new ArrayList<>();
    List<String> text = new ArrayList<>();
    for (int i = 0; i < classes; i++) {
      double all = Math.max(1, counts.get(i).stream().mapToInt(Integer::intValue).sum());
      for (int j = 0; j < classes; j++) {
        int count = counts.get(i).get(j);
        double shade = Math.sqrt(count / all);
        x.add(j);
        y.add(classes - 1 - i);
        ground.add(
            count == 0
                ? Palette.EMPTY
                : Palette.tint(i == j ? Palette.CERTIFIED : Palette.ATTACKED, shade));
        ink.add(shade > 0.6 ? "#ffffff" : Palette.INK);
        text.add(count == 0 ? "" : Integer.toString(count));
      }
    }
    List<Double> ticks = IntStream.range(0, classes).asDoubleStream().boxed().toList();
    List<Double> downwards = ticks.stream().map(tick -> classes - 1 - tick).toList();
    Map<String, Object> data = map("x", x, "y", y, "ground", ground, "ink", ink, "text", text);
    PlotSpec plot =
        new PlotSpec(WIDTH, WIDTH * 0.86)
            .scale(
                "x",
                "name",
                "predicted class",
                "breaks",
                ticks,
                "labels",
                labels,
                "expand",
                List.of(0, 0.1))
            .scale(
                "y",
                "name",
                "true class",
                "breaks",
                downwards,
                "labels",
                labels,
                "expand",
                List.of(0, 0.1))
            .scale("fill", "scale_mapper_kind", "identity")
            .scale("color", "scale_mapper_kind", "identity")
            .layer(
                "tile",
                data,
                map("x", "x", "y", "y", "fill", "ground"),
                "size",
                0,
                "show_legend",
                false,
                "width",
                0.96,
                "height",
                0.96)
            .theme("panel_grid_major", map("blank", true));
    if (classes <= MOST_CLASSES_WITH_COUNTS)
      plot.layer(
          "text",
          data,
          map("x", "x", "y", "y", "label", "text", "color", "ink"),
          "size",
          classes <= 10 ? 7 : 5,
          "show_legend",
          false);
    String description =
        "Samples by true class (row) and predicted class (column); empty cells are zero. Darker is a greater share of the row, by its square root; blue is right, orange wrong.";
    return Optional.of(
        Svg.figure("confusion", "Confusion of clean predictions", description, plot));
  }

  /** How many samples have which certified margin, by verdict. Margins above zero are proved. */
  public static Optional<Figure> marginHistogram(List<CertificateRow> rows) {
    List<CertificateRow> measured =
        rows.stream().filter(r -> Double.isFinite(r.margin()) && r.verdict() != null).toList();
    if (measured.size() < 2) return Optional.empty();
    double least = measured.stream().mapToDouble(CertificateRow::margin).min().orElseThrow();
    double most = measured.stream().mapToDouble(CertificateRow::margin).max().orElseThrow();
    double width = binWidth(most - least);
    List<Verdict> present =
        Arrays.stream(Verdict.values())
            .filter(v -> measured.stream().anyMatch(r -> r.is(v)))
            .toList();
    List<Double> left = new ArrayList<>();
    List<Double> right = new ArrayList<>();
    List<Double> bottom = new ArrayList<>();
    List<Double> top = new ArrayList<>();
    List<String> verdict = new ArrayList<>();
    Map<Long, Double> stacked = new HashMap<>();
    for (Verdict v : present) {
      // Zero is an edge between two bins, so that no bar mixes what is proved with what is not.
      Map<Long, Long> bins =
          measured.stream()
              .filter(r -> r.is(v))
              .collect(
                  Collectors.groupingBy(
                      r -> (long) Math.floor(r.margin() / width),
                      TreeMap::new,
                      Collectors.counting()));
      bins.forEach(
          (bin, count) -> {
            double below = stacked.getOrDefault(bin, 0.0);
            left.add(bin * width);
            right.add((bin + 1) * width);
            bottom.add(below);
            top.add(below + count);
            verdict.add(v.word());
            stacked.put(bin, below + count);
          });
    }
    Map<String, Object> bars =
        map("left", left, "right", right, "bottom", bottom, "top", top, "verdict", verdict);
    Map<String, Object> mapping =
        map("xmin", "left", "xmax", "right", "ymin", "bottom", "ymax", "top", "fill", "verdict");
    PlotSpec plot =
        new PlotSpec(WIDTH, HEIGHT)
            .scale("x", "name", "certified margin (logits)")
            .scale("y", "name", "samples", "expand", List.of(0, 0, 0.05, 0))
            .layer("rect", bars, mapping, "size", 0.6, "color", "#ffffff")
            .layer(
                "vline",
                map("x", List.of(0.0)),
                map("xintercept", "x"),
                "color",
                Palette.INK,
                "size",
                1)
            .manual(
                "fill",
                present.stream().map(Verdict::word).toList(),
                present.stream().map(Verdict::colour).toList());
    String description =
        "Lower bound of the margin between the true class and the next, for %s samples in bins of %s. Above zero, the decision is proved."
            .formatted(Format.number(measured.size()), Format.number(width));
    return Optional.of(Svg.figure("margins", "Certified margins", description, plot));
  }

  /** 1, 2 or 5 times a power of ten, for 15 to 40 bins. */
  private static double binWidth(double range) {
    if (range <= 0) return 1;
    double unit = Math.pow(10, Math.floor(Math.log10(range / 40)));
    for (double factor : new double[] {1, 2, 5})
      if (range / (unit * factor) <= 40) return unit * factor;
    return unit * 10;
  }

  /** Predicted interval against target, sorted by target. */
  public static Optional<Figure> intervals(List<CertificateRow> rows) {
    List<CertificateRow> sorted =
        rows.stream()
            .filter(CertificateRow::hasInterval)
            .sorted(Comparator.comparingDouble(CertificateRow::label))
            .toList();
    if (sorted.isEmpty()) return Optional.empty();
    int outputs = sorted.get(0).outputs();
    List<Integer> rank = IntStream.rangeClosed(1, sorted.size()).boxed().toList();
    List<Double> target = sorted.stream().map(CertificateRow::label).toList();
    List<Double> prediction = sorted.stream().map(CertificateRow::prediction).toList();
    Map<String, Object> interval =
        map(
            "x",
            rank,
            "lower",
            sorted.stream().map(CertificateRow::lower).toList(),
            "upper",
            sorted.stream().map(CertificateRow::upper).toList());
    interval.put("series", repeated("certified interval", rank.size()));
    double bar = Math.max(1.2, Math.min(5, 300.0 / rank.size()));
    List<String> names = List.of("certified interval", "prediction", "target");
    PlotSpec plot =
        new PlotSpec(WIDTH, HEIGHT)
            .scale("x", "name", "samples, sorted by target")
            .scale("y", "name", "output (units of the target)")
            .layer(
                "linerange",
                interval,
                map("x", "x", "ymin", "lower", "ymax", "upper", "color", "series"),
                "size",
                bar)
            .layer(
                "point",
                map("x", rank, "y", prediction, "series", repeated("prediction", rank.size())),
                map("x", "x", "y", "y", "color", "series"),
                "size",
                1.6)
            .layer(
                "point",
                map("x", rank, "y", target, "series", repeated("target", rank.size())),
                map("x", "x", "y", "y", "color", "series"),
                "size",
                1.6)
            .manual(
                "color",
                names,
                List.of(Palette.tint(Palette.UNDECIDED, 0.6), Palette.CLEAN, Palette.ATTACKED));
    long inside =
        sorted.stream().filter(r -> r.lower() <= r.label() && r.label() <= r.upper()).count();
    String description =
        "%sFor every perturbation of the set the output stays in the interval; the target lies in it for %d of %d samples."
            .formatted(
                outputs > 1 ? "The first of %d outputs. ".formatted(outputs) : "",
                inside,
                sorted.size());
    return Optional.of(Svg.figure("intervals", "Certified output intervals", description, plot));
  }

  /** A y axis of shares, from {@code least} (0, or a fraction of few digits) to 100 %. */
  static PlotSpec shares(PlotSpec plot, String name, double least) {
    List<Double> breaks =
        IntStream.rangeClosed(0, 5).mapToObj(i -> least + (1 - least) * i / 5).toList();
    List<String> labels =
        breaks.stream()
            .map(share -> Format.number(Math.round(1000 * share) / 10.0) + " %")
            .toList();
    return plot.scale(
        "y", "name", name, "limits", List.of(least, 1.0), "breaks", breaks, "labels", labels);
  }

  static List<String> repeated(String name, int times) {
    return IntStream.range(0, times).mapToObj(i -> name).toList();
  }
}
