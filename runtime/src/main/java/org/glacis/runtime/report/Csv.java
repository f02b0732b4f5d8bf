package org.glacis.runtime.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * A table with a header row, as RFC 4180 has it: commas, and quotes around fields that hold commas.
 */
record Csv(Path file, List<String> columns, List<Row> rows) {

  /** One row; {@code line} is its line in the file, counted from 1. */
  record Row(Path file, int line, Map<String, String> fields) {

    /**
     * The field of {@code column}, or null where the table lacks the column or the field is empty.
     */
    @Nullable String text(String column) {
      String text = fields.get(column);
      return text == null || text.isEmpty() ? null : text;
    }

    /** The number in {@code column}; NaN where there is none. */
    double number(String column) {
      String text = text(column);
      if (text == null) return Double.NaN;
      try {
        return Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw new InputException(
            "%s:%d: %s is \"%s\", expected a number; mend the file or run again"
                .formatted(file, line, column, text),
            e);
      }
    }

    int integer(String column) {
      double number = number(column);
      if (number != Math.rint(number))
        throw new InputException(
            "%s:%d: %s is \"%s\", expected a whole number"
                .formatted(file, line, column, Objects.requireNonNullElse(text(column), "")));
      return (int) number;
    }
  }

  /**
   * Reads {@code text}; the columns of {@code required} must be there. A last line without its end
   * (a run that was killed) is left out.
   */
  static Csv parse(Path file, String text, List<String> required) {
    List<String> lines = text.lines().toList();
    if (lines.isEmpty() || lines.get(0).isBlank())
      throw new InputException(
          file
              + ": is empty, expected a header row with "
              + String.join(",", required)
              + "; run again to write it");
    List<String> columns = split(lines.get(0)).stream().map(String::strip).toList();
    for (String column : required)
      if (!columns.contains(column))
        throw new InputException(
            "%s:1: has no column \"%s\" (found %s); run again to write it"
                .formatted(file, column, String.join(",", columns)));
    List<Row> rows = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) continue;
      List<String> fields = split(lines.get(i));
      if (fields.size() != columns.size()) {
        boolean cutOff = i == lines.size() - 1 && !text.endsWith("\n");
        if (cutOff) break;
        throw new InputException(
            "%s:%d: has %d fields, expected %d; mend the file or run again"
                .formatted(file, i + 1, fields.size(), columns.size()));
      }
      Map<String, String> row = new LinkedHashMap<>();
      for (int c = 0; c < columns.size(); c++) row.put(columns.get(c), fields.get(c).strip());
      rows.add(new Row(file, i + 1, row));
    }
    return new Csv(file, columns, rows);
  }

  private static List<String> split(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
          field.append('"');
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }
}
