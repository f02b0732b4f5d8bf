package org.glacis.runtime.report;

import static org.glacis.runtime.report.PlotSpec.map;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Figures over the epochs of one run. */
final class TrainingCurves {

  /** One curve: what it shows, its name in the legend, its look. */
  record Curve(Metrics metrics, String column, String name, String colour, String dash) {
    boolean isMeasured() {
      return metrics.has(column);
    }

    double[] values() {
      return metrics.values(column);
    }
  }

  private TrainingCurves() {}

  static List<Figure> of(Metrics metrics) {
    return Stream.of(
            loss(metrics),
            accuracy(metrics),
            width(metrics),
            Propagation.margins(metrics),
            Propagation.relus(metrics),
            schedules(metrics))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<Figure> loss(Metrics metrics) {
    String description =
        "Mean of the training loss in each epoch. It may rise while epsilon rises.";
    if (!metrics.has("valLoss"))
      return lone(metrics, "loss", "training loss", Palette.CLEAN, Plot.HEIGHT)
          .map(plot -> Svg.figure("loss", "Training loss", description, plot));
    List<Curve> curves =
        List.of(
            new Curve(metrics, "loss", "training loss", Palette.CLEAN, "solid"),
            new Curve(metrics, "valLoss", "validation, clean", Palette.CLEAN, "dashed"));
    PlotSpec plot = epochs(metrics, Plot.HEIGHT).scale("y", valueScale("loss", curves));
    return Optional.of(Svg.figure("loss", "Loss", description, draw(plot, curves)));
  }

  private static Optional<Figure> width(Metrics metrics) {
    String description =
        "Mean distance between the upper and the lower bound of an output, in its units. Less is tighter.";
    return lone(metrics, "outputWidth", "mean output width", Palette.CERTIFIED, Plot.HEIGHT)
        .map(plot -> Svg.figure("width", "Mean output width", description, plot));
  }

  private static Optional<Figure> accuracy(Metrics metrics) {
    List<Curve> curves =
        Stream.of(
                new Curve(metrics, "valAccuracy", "validation, clean", Palette.CLEAN, "solid"),
                new Curve(
                    metrics,
                    "valCertifiedAccuracy",
                    "validation, certified",
                    Palette.CERTIFIED,
                    "solid"),
                new Curve(
                    metrics,
                    "valAttackAccuracy",
                    "validation, attacked",
                    Palette.ATTACKED,
                    "solid"),
                new Curve(metrics, "cleanAccuracy", "monitored, clean", Palette.CLEAN, "solid"),
                new Curve(
                    metrics,
                    "certifiedAccuracy",
                    "monitored, certified",
                    Palette.CERTIFIED,
                    "solid"),
                new Curve(
                    metrics, "attackAccuracy", "monitored, attacked", Palette.ATTACKED, "solid"),
                new Curve(metrics, "trainAccuracy", "training, clean", Palette.CLEAN, "dashed"),
                new Curve(
                    metrics,
                    "robustAccuracy",
                    "in training, worst case",
                    Palette.CERTIFIED,
                    "dashed"))
            .filter(Curve::isMeasured)
            .toList();
    if (curves.isEmpty()) return Optional.empty();
    String description =
        "Measured after each epoch at the full epsilon, on the validation split or else the first training samples; dashed: in the steps, at the epoch's epsilon.";
    return Optional.of(
        Svg.figure(
            "accuracy",
            "Accuracy during training",
            description,
            draw(shares(epochs(metrics, Plot.HEIGHT), curves), curves)));
  }

  /** Epsilon and learning rate, one panel under the other. */
  private static Optional<Figure> schedules(Metrics metrics) {
    List<PlotSpec> panels =
        Stream.of(
                schedule(metrics, "epsilon", "epsilon"),
                schedule(metrics, "learningRate", "learning rate"))
            .flatMap(Optional::stream)
            .toList();
    String description =
        "Epsilon (in units of the input) and learning rate at the end of each epoch.";
    return panels.isEmpty()
        ? Optional.empty()
        : Optional.of(Svg.stacked("schedules", "Schedules", description, panels));
  }

  private static Optional<PlotSpec> schedule(Metrics metrics, String column, String name) {
    double most = Arrays.stream(metrics.values(column)).filter(Double::isFinite).max().orElse(0);
    Object[] fromZero = {"name", name, "limits", List.of(0.0, most > 0 ? most : 1.0)};
    return lone(metrics, column, name, Palette.CLEAN, Plot.HEIGHT / 2)
        .map(plot -> plot.scale("y", fromZero));
  }

  private static Optional<PlotSpec> lone(
      Metrics metrics, String column, String name, String colour, double height) {
    Curve curve = new Curve(metrics, column, name, colour, "solid");
    if (!curve.isMeasured()) return Optional.empty();
    PlotSpec plot = epochs(metrics, height).scale("y", valueScale(name, List.of(curve)));
    return Optional.of(draw(plot, List.of(curve)).theme("legend_position", "none"));
  }

  static PlotSpec epochs(Metrics metrics, double height) {
    double[] epochs = metrics.values("epoch");
    PlotSpec plot = new PlotSpec(Plot.WIDTH, height);
    return epochs.length <= 12
        ? plot.scale(
            "x", "name", "epoch", "breaks", Arrays.stream(epochs).boxed().toList(), "format", "d")
        : plot.scale("x", "name", "epoch");
  }

  /** A y axis for accuracies that starts as high as {@code curves} allow: at 0, 50, 80 or 90 %. */
  static PlotSpec shares(PlotSpec plot, List<Curve> curves) {
    double lowest =
        curves.stream()
            .flatMapToDouble(c -> Arrays.stream(c.values()))
            .filter(Double::isFinite)
            .min()
            .orElse(0);
    return Plot.shares(
        plot,
        "accuracy",
        DoubleStream.of(0.9, 0.8, 0.5).filter(start -> start <= lowest).findFirst().orElse(0));
  }

  /**
   * Settings of a y scale: logarithmic where the values are positive and span more than a factor of
   * 30.
   */
  static Object[] valueScale(String name, List<Curve> curves) {
    double[] values =
        curves.stream()
            .flatMapToDouble(c -> Arrays.stream(c.values()))
            .filter(Double::isFinite)
            .toArray();
    double least = Arrays.stream(values).min().orElse(0);
    double most = Arrays.stream(values).max().orElse(0);
    return least > 0 && most > 30 * least
        ? new Object[] {"name", name + ", log scale", "trans", "log10"}
        : new Object[] {"name", name};
  }

  /** Adds {@code curves} with their legend; an epoch in which one was not measured is skipped. */
  static PlotSpec draw(PlotSpec plot, List<Curve> curves) {
    for (Curve curve : curves) {
      double[] epoch = curve.metrics.values("epoch");
      double[] value = curve.values();
      List<Integer> measured =
          IntStream.range(0, value.length).filter(i -> Double.isFinite(value[i])).boxed().toList();
      Map<String, Object> data =
          map(
              "epoch", measured.stream().map(i -> epoch[i]).toList(),
              "value", measured.stream().map(i -> value[i]).toList(),
              "series", Plot.repeated(curve.name, measured.size()));
      plot.layer(
          "line",
          data,
          map("x", "epoch", "y", "value", "color", "series", "linetype", "series"),
          "size",
          1.2);
      if (measured.size() <= Plot.FEW)
        plot.layer(
            "point",
            data,
            map("x", "epoch", "y", "value", "color", "series"),
            "size",
            2.5,
            "show_legend",
            false);
    }
    List<String> names = new ArrayList<>(curves.stream().map(Curve::name).toList());
    return plot.manual("color", names, curves.stream().map(Curve::colour).toList())
        .manual("linetype", names, curves.stream().map(Curve::dash).toList());
  }
}
