package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.Csv;

/**
 * What {@code certificates.csv} says of one sample. Numbers that it leaves out are NaN.
 *
 * @param index place in the data set
 * @param labels the class, or the targets of a regression
 * @param predictions the predicted class, or the outputs
 * @param margin a lower bound of the least margin over the set
 * @param radius of a ball (l2) in which the decision is said not to change
 * @param lower the least that each output of a regression is said to be over the set
 * @param upper the most
 */
record Row(
    int index,
    double[] labels,
    double[] predictions,
    String verdict,
    String method,
    double margin,
    double radius,
    double[] lower,
    double[] upper) {
  private static final List<String> VERDICTS =
      List.of(Claim.CERTIFIED, "falsified", "misclassified", Claim.UNKNOWN);

  /** The columns that there are once an output, with the number of the output where it has many. */
  private static final Set<String> OF_OUTPUTS = Set.of("label", "prediction", "lower", "upper");

  private static final Set<String> OTHERS =
      Set.of("index", "verdict", "method", "margin", "radius");

  boolean isCertified() {
    return verdict.equals(Claim.CERTIFIED);
  }

  /** Whether it says that anything is proved. */
  boolean says() {
    return isCertified() || radius > 0;
  }

  /**
   * The rows of {@code file}, in order.
   *
   * @throws EvidenceException if it cannot be read, or has columns that mean nothing here
   */
  static List<Row> read(Path file) {
    List<List<String>> table = Csv.read(file);
    List<String> header = table.get(0);
    for (String column : header) {
      if (!OTHERS.contains(column) && !OF_OUTPUTS.contains(column.replaceFirst("_\\d+$", ""))) {
        throw EvidenceException.of(
            file + ": column " + column,
            "a column that this release does not know",
            "one of index, label, prediction, verdict, method, margin, radius, lower, upper",
            "use the release that wrote it, or a newer one");
      }
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 1; i < table.size(); i++) {
      rows.add(new Cells(file + ": row " + i, header, table.get(i)).row());
    }
    return rows;
  }

  /** One row of the table. */
  private record Cells(String where, List<String> header, List<String> cells) {
    Row row() {
      double index = number("index", true);
      if (index < 0 || index != Math.rint(index) || index > Integer.MAX_VALUE) {
        throw fault("index", "a whole number of at least 0");
      }
      String verdict = text("verdict");
      if (!VERDICTS.contains(verdict)) {
        throw fault("verdict", "one of " + VERDICTS);
      }
      return new Row(
          (int) index,
          numbers("label"),
          numbers("prediction"),
          verdict,
          text("method"),
          number("margin", false),
          number("radius", false),
          numbers("lower"),
          numbers("upper"));
    }

    private String text(String column) {
      int at = header.indexOf(column);
      if (at < 0) {
        throw EvidenceException.of(
            where, "no column " + column, "one with this name", "put back the file");
      }
      return cells.get(at);
    }

    private double number(String column, boolean needed) {
      if (!needed && (!header.contains(column) || text(column).isEmpty())) {
        return Double.NaN;
      }
      try {
        return Double.parseDouble(text(column));
      } catch (NumberFormatException e) {
        throw fault(column, "a number");
      }
    }

    private double[] numbers(String name) {
      return header.stream()
          .filter(column -> column.replaceFirst("_\\d+$", "").equals(name))
          .mapToDouble(column -> number(column, false))
          .toArray();
    }

    private EvidenceException fault(String column, String expected) {
      return EvidenceException.of(
          where + ", " + column, '"' + text(column) + '"', expected, "put back the file");
    }
  }
}
