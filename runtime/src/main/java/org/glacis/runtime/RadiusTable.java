package org.glacis.runtime;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.certify.TargetedRadii;

/**
 * {@code certificates-radii.csv}: a row a rightly decided sample, with its place, its class, and a
 * column a class: the radius (l2) in which the decision cannot become that class. The column of the
 * own class is empty.
 */
final class RadiusTable {
  private RadiusTable() {}

  /**
   * @param names of the classes; an output without a name has its number
   */
  static String of(List<TargetedRadii> rows, List<String> names) {
    StringBuilder csv = new StringBuilder();
    int classes = rows.isEmpty() ? 0 : rows.get(0).radii().length;
    List<String> header = new ArrayList<>(List.of("index", "label"));
    for (int t = 0; t < classes; t++) {
      header.add(name(t, names));
    }
    line(csv, header);
    for (TargetedRadii row : rows) {
      List<String> cells = new ArrayList<>();
      cells.add(Integer.toString(row.index()));
      cells.add(name(row.label(), names));
      for (int t = 0; t < classes; t++) {
        cells.add(t == row.label() ? "" : Double.toString(row.radii()[t]));
      }
      line(csv, cells);
    }
    return csv.toString();
  }

  private static String name(int index, List<String> names) {
    return index < names.size() ? quoted(names.get(index)) : Integer.toString(index);
  }

  /** As RFC 4180 has it. */
  private static String quoted(String text) {
    return text.matches("(?s).*[,\"\\r\\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }

  private static void line(StringBuilder csv, List<String> cells) {
    csv.append(String.join(",", cells)).append('\n');
  }
}
