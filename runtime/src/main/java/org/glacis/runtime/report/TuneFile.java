package org.glacis.runtime.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * A sweep over one number of a declaration, as {@code tune.json} has it.
 *
 * @param path of the number in the declaration
 * @param classifies whether the figures are accuracies; otherwise mean absolute errors
 * @param validation share of the training samples that the points are measured on
 * @param seeds runs a point; empty for one
 */
record TuneFile(
    String recipe,
    String path,
    boolean logarithmic,
    boolean classifies,
    double validation,
    List<String> seeds,
    List<Point> points) {
  private static final String NAME = "tune.json";

  /**
   * One value of the number.
   *
   * @param clean NaN where training failed
   * @param certified NaN where training failed
   * @param fault why training failed; null where it did not
   */
  record Point(
      double value,
      String run,
      double clean,
      double certified,
      double cleanSpread,
      double certifiedSpread,
      boolean front,
      @Nullable String fault) {
    boolean isMeasured() {
      return Double.isFinite(clean) && Double.isFinite(certified);
    }
  }

  static TuneFile read(Path directory) {
    Path file = directory.resolve(NAME);
    JsonTree json = JsonTree.parse(file, RunFiles.read(file, "`glacis tune` writes it"));
    List<Point> points = new ArrayList<>();
    for (JsonTree point : json.objects("points"))
      points.add(
          new Point(
              number(point, "value"),
              text(point, "run"),
              orNone(point.number("clean")),
              orNone(point.number("certified")),
              orNone(point.number("cleanSpread")),
              orNone(point.number("certifiedSpread")),
              "true".equals(point.text("front")),
              point.text("fault")));
    return new TuneFile(
        text(json, "recipe"),
        text(json, "path"),
        "logarithmic".equals(json.text("scale")),
        "accuracy".equals(json.text("figure")),
        number(json, "validation"),
        json.texts("seeds"),
        List.copyOf(points));
  }

  private static double orNone(@Nullable Double value) {
    return Objects.requireNonNullElse(value, Double.NaN);
  }

  private static double number(JsonTree tree, String key) {
    Double value = tree.number(key);
    if (value == null) throw missing(tree, key);
    return value;
  }

  private static String text(JsonTree tree, String key) {
    String value = tree.text(key);
    if (value == null) throw missing(tree, key);
    return value;
  }

  private static InputException missing(JsonTree tree, String key) {
    return new InputException(
        tree.file() + ": " + tree.at(key) + " is missing; `glacis tune ... --resume` writes it");
  }
}
