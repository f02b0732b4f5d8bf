package org.glacis.evidence.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.glacis.evidence.EvidenceException;

/** Tables of text as RFC 4180 has them: commas between cells, quotes around what has some. */
public final class Csv {
  private final String text;
  private final String origin;
  private int at;

  private Csv(String text, String origin) {
    this.text = text;
    this.origin = origin;
  }

  /**
   * The rows of {@code file}, its header first, each as long as that.
   *
   * @throws EvidenceException if it cannot be read, or is no such table
   */
  public static List<List<String>> read(Path file) {
    try {
      return parse(Files.readString(file, StandardCharsets.UTF_8), file.toString());
    } catch (IOException e) {
      throw new EvidenceException(
          "%s: cannot be read (%s), expected a table with a header; put back the file"
              .formatted(file, e),
          e);
    }
  }

  /**
   * The rows of {@code text}.
   *
   * @param origin a file name, for messages
   */
  static List<List<String>> parse(String text, String origin) {
    return new Csv(text, origin).rows();
  }

  private List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    while (at < text.length()) {
      List<String> row = row(rows.size());
      if (!rows.isEmpty() && row.size() != rows.get(0).size()) {
        throw fault(rows.size(), row.size() + " cells", rows.get(0).size() + ", as in the header");
      }
      rows.add(row);
    }
    if (rows.isEmpty()) {
      throw fault(0, "nothing", "a header");
    }
    return rows;
  }

  private List<String> row(int number) {
    List<String> cells = new ArrayList<>();
    while (true) {
      cells.add(starts("\"") ? quoted(number) : plain());
      if (starts(",")) {
        at++;
      } else if (starts("\n") || starts("\r\n") || at == text.length()) {
        at = Math.min(text.length(), at + (starts("\r\n") ? 2 : 1));
        return cells;
      } else {
        throw fault(number, "text behind a quote", "a comma or the end of the line");
      }
    }
  }

  private String plain() {
    int from = at;
    while (at < text.length() && !starts(",") && !starts("\n") && !starts("\r\n")) {
      at++;
    }
    return text.substring(from, at);
  }

  private String quoted(int number) {
    StringBuilder cell = new StringBuilder();
    at++;
    while (at < text.length()) {
      boolean quote = starts("\"");
      at += quote ? 1 : 0;
      if (quote && !starts("\"")) {
        return cell.toString();
      }
      cell.append(text.charAt(at));
      at++;
    }
    throw fault(number, "a quote that does not end", "one that does");
  }

  private boolean starts(String what) {
    return text.startsWith(what, at);
  }

  private EvidenceException fault(int row, String found, String expected) {
    return EvidenceException.of(
        "%s: row %d".formatted(origin, row), found, expected, "put back the file");
  }
}
