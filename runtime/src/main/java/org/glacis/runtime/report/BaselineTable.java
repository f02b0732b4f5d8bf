package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A run beside the same training with other losses. */
final class BaselineTable {
  private BaselineTable() {}

  /** The figures of one run and of its baselines; nothing where it has none. */
  static void write(Page page, RunFiles run) {
    List<JsonTree> baselines = run.summary().objects("baselines");
    if (baselines.isEmpty()) return;
    List<String> keys =
        Stream.of(KeyFigure.values())
            .map(KeyFigure::key)
            .filter(key -> run.summary().has(key) && baselines.stream().anyMatch(b -> b.has(key)))
            .toList();
    if (keys.isEmpty()) return;
    List<List<String>> rows = new ArrayList<>();
    rows.add(row(run.title(), keys, run.summary()));
    for (JsonTree baseline : baselines)
      rows.add(row(Objects.requireNonNullElse(baseline.text("name"), "–"), keys, baseline));
    List<String> header = new ArrayList<>(List.of("Loss"));
    keys.forEach(key -> header.add(KeyFigure.title(key)));
    page.table("Beside the same training with other losses", header, rows, 1);
  }

  private static List<String> row(String name, List<String> keys, JsonTree figures) {
    List<String> cells = new ArrayList<>(List.of(name));
    keys.forEach(key -> cells.add(cell(key, figures.number(key))));
    return cells;
  }

  private static String cell(String key, @Nullable Double value) {
    if (value == null) return "–";
    return isShare(key) ? Format.points(value) + " %" : Format.number(value);
  }

  private static boolean isShare(String key) {
    return key.endsWith("Accuracy");
  }

  /** How much more the runs of several seeds have than each baseline; nothing without baselines. */
  static void write(Page page, SeedFiles seeds) {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>();
    for (JsonTree difference : seeds.comparison()) {
      String key = Objects.requireNonNullElse(difference.text("figure"), "–");
      String baseline = Objects.requireNonNullElse(difference.text("baseline"), "–");
      if (!keys.contains(key)) keys.add(key);
      List<String> row = rows.computeIfAbsent(baseline, b -> new ArrayList<>(List.of(b)));
      while (row.size() < keys.indexOf(key) + 1) row.add("–");
      row.add(
          signed(key, difference.number("mean"))
              + " ± "
              + plain(key, difference.number("halfWidth"))
              + " ("
              + signed(key, difference.number("least"))
              + " to "
              + signed(key, difference.number("most"))
              + ")");
    }
    if (rows.isEmpty()) return;
    List<String> header = new ArrayList<>(List.of("Than"));
    keys.forEach(
        key -> header.add(KeyFigure.title(key) + (isShare(key) ? ", points more" : ", more")));
    page.table(
        "What the run has more than the same training with other losses: mean over the seeds, with"
            + " its 95 % confidence interval (Student's t) and the least and most of a seed",
        header, List.copyOf(rows.values()), 1);
  }

  private static String signed(String key, @Nullable Double value) {
    String text = plain(key, value);
    return value != null && value > 0 ? "+" + text : text;
  }

  private static String plain(String key, @Nullable Double value) {
    if (value == null || value.isNaN()) return "–";
    return isShare(key) ? Format.points(value) : Format.rough(value);
  }
}
