package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import kotlinx.serialization.json.JsonElement;

/** A table of all {@code certify} blocks of a run: what each asked, and what it found. */
final class CertificationBlocks {
  private record Column(String title, String key, boolean share) {}

  private static final List<Column> FIGURES =
      List.of(
          new Column("Samples", "samples", false),
          new Column("Clean", "cleanAccuracy", true),
          new Column("Under attack", "attackAccuracy", true),
          new Column("Certified", "certifiedAccuracy", true),
          new Column("Average certified radius", "meanCertifiedRadius", false),
          new Column("Mean absolute error", "meanAbsoluteError", false),
          new Column("Certified mean absolute error", "certifiedMeanAbsoluteError", false),
          new Column("Mean output width", "meanOutputWidth", false));

  private CertificationBlocks() {}

  /** Nothing where there is one block: the rest of the page is about it. */
  static void write(Page page, RunFiles run) {
    List<JsonTree> blocks = run.summary().objects("certifications");
    if (blocks.size() < 2) return;
    List<Column> shown =
        FIGURES.stream().filter(c -> blocks.stream().anyMatch(b -> b.has(c.key))).toList();
    List<String> header = new ArrayList<>(List.of("Set", "Steps", "Verdicts", "File"));
    shown.forEach(column -> header.add(column.title));
    header.add("Time");
    page.table(
        "Certifications, block by block",
        header,
        blocks.stream().map(block -> row(block, shown)).toList(),
        4);
  }

  private static List<String> row(JsonTree block, List<Column> shown) {
    List<String> cells = new ArrayList<>();
    cells.add(set(block));
    cells.add(block.list("steps").stream().map(Format::value).collect(Collectors.joining(", ")));
    cells.add(
        block.object("verdicts").numbers().entrySet().stream()
            .filter(count -> count.getValue() > 0)
            .map(CertificationBlocks::count)
            .collect(Collectors.joining(", ")));
    cells.add(Objects.requireNonNullElse(block.text("certificates"), "–"));
    double samples = Objects.requireNonNullElse(block.number("samples"), 0.0);
    for (Column column : shown) {
      Double value = column.share ? block.fraction(column.key) : block.number(column.key);
      cells.add(
          value == null
              ? "–"
              : column.share ? Format.percent(value, samples) : Format.number(value));
    }
    Double seconds = block.number("seconds");
    cells.add(seconds == null ? "–" : Format.seconds(seconds));
    return cells;
  }

  static String set(JsonTree block) {
    JsonElement epsilon = block.get("epsilon");
    JsonElement range = block.get("range");
    return Header.norm(block)
        + (epsilon == null ? "" : ", ε = " + Format.value(epsilon))
        + (range == null ? "" : ", within " + Format.value(range));
  }

  private static String count(Map.Entry<String, Double> count) {
    return Format.number(count.getValue()) + " " + count.getKey();
  }
}
