package org.glacis.runtime.report;

import static org.glacis.runtime.report.PlotSpec.map;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.glacis.runtime.report.TrainingCurves.Curve;

/** Figures over the epochs of one run about what bounds do in the network. */
final class Propagation {
  private Propagation() {}

  /** Quantiles of the margin bounds, as a band in a wider band. */
  static Optional<Figure> margins(Metrics metrics) {
    if (!metrics.has("marginP50")) return Optional.empty();
    PlotSpec plot =
        TrainingCurves.epochs(metrics, Plot.HEIGHT).scale("y", "name", "margin (units of logits)");
    band(plot, metrics, "marginP5", "marginP95", 0.25);
    band(plot, metrics, "marginP25", "marginP75", 0.4);
    plot.layer(
        "hline",
        map("y", List.of(0.0)),
        map("yintercept", "y"),
        "color",
        Palette.FAINT,
        "linetype",
        "dotted",
        "size",
        1);
    Curve median = new Curve(metrics, "marginP50", "median", Palette.CERTIFIED, "solid");
    TrainingCurves.draw(plot, List.of(median)).theme("legend_position", "none");
    String description =
        "Interval bounds of the least margin of each sample, at the full epsilon: median, the middle half of the samples, and 5 % to 95 % of them. Above 0 (dotted) a decision is certified.";
    return Optional.of(Svg.figure("quantiles", "Margins during training", description, plot));
  }

  private static void band(
      PlotSpec plot, Metrics metrics, String lower, String upper, double alpha) {
    double[] epoch = metrics.values("epoch");
    double[] low = metrics.values(lower);
    double[] high = metrics.values(upper);
    List<Integer> measured =
        IntStream.range(0, Math.min(low.length, high.length))
            .filter(i -> Double.isFinite(low[i]) && Double.isFinite(high[i]))
            .boxed()
            .toList();
    Map<String, Object> data =
        map(
            "epoch", measured.stream().map(i -> epoch[i]).toList(),
            "lower", measured.stream().map(i -> low[i]).toList(),
            "upper", measured.stream().map(i -> high[i]).toList());
    plot.layer(
        "ribbon",
        data,
        map("x", "epoch", "ymin", "lower", "ymax", "upper"),
        "fill",
        Palette.UNDECIDED,
        "alpha",
        alpha,
        "size",
        0);
  }

  /** Shares of ReLUs, and propagation tightness. */
  static Optional<Figure> relus(Metrics metrics) {
    List<Curve> curves =
        Stream.of(
                new Curve(metrics, "activeRelus", "active", Palette.CERTIFIED, "solid"),
                new Curve(metrics, "unstableRelus", "unstable", Palette.ATTACKED, "solid"),
                new Curve(metrics, "deadRelus", "dead", Palette.WRONG, "solid"),
                new Curve(metrics, "propagationTightness", "tightness", Palette.CLEAN, "dashed"))
            .filter(Curve::isMeasured)
            .toList();
    if (curves.isEmpty()) return Optional.empty();
    double most =
        curves.stream()
            .flatMapToDouble(c -> Arrays.stream(c.values()))
            .filter(Double::isFinite)
            .max()
            .orElse(1);
    PlotSpec plot =
        TrainingCurves.epochs(metrics, Plot.HEIGHT)
            .scale("y", "name", "share", "limits", List.of(0.0, Math.max(1, most)));
    String description =
        "Share of ReLUs that bounds leave active (l ≥ 0), unstable (l < 0 < u), or dead (u ≤ 0 for every sample); propagation tightness: the optimal box over the layer-wise one, 1 where nothing is lost.";
    return Optional.of(
        Svg.figure("relus", "ReLUs and tightness", description, TrainingCurves.draw(plot, curves)));
  }
}
