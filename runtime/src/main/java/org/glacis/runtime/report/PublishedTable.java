package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What was published for the experiment, beside what was measured. */
final class PublishedTable {
  private PublishedTable() {}

  /** Nothing where nothing was published. */
  static void write(Page page, RunFiles run) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonTree figure : run.summary().objects("published")) {
      String metric = Objects.requireNonNullElse(figure.text("metric"), "–");
      rows.add(
          List.of(
              KeyFigure.title(metric),
              Objects.requireNonNullElse(figure.text("source"), "–"),
              words(metric, figure.number("value")),
              words(metric, measured(run, metric))));
    }
    if (rows.isEmpty()) return;
    page.table(
        "Published and measured", List.of("Figure", "Source", "Published", "Measured"), rows, 2);
  }

  /** The figure of the summary; one inside an object is written {@code object.name}. */
  private static @Nullable Double measured(RunFiles run, String metric) {
    int dot = metric.indexOf('.');
    return dot < 0
        ? run.summary().number(metric)
        : run.summary().object(metric.substring(0, dot)).number(metric.substring(dot + 1));
  }

  private static String words(String metric, @Nullable Double value) {
    if (value == null) return "–";
    return metric.contains("Accuracy") ? Format.points(value) + " %" : Format.number(value);
  }
}
