package org.glacis.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.glacis.runtime.certify.Certificate;
import org.glacis.runtime.certify.Certificate.Enclosure;

/**
 * {@code certificates.csv}: a row a sample. A regression of several outputs has the columns {@code
 * label_0}, {@code label_1}, ... where others have {@code label}, and likewise for prediction,
 * lower and upper.
 */
final class CertificateTable {
  private CertificateTable() {}

  static String of(List<Certificate> rows) {
    int outputs = rows.isEmpty() ? 0 : rows.get(0).outputs().size();
    boolean bounded =
        rows.stream()
            .flatMap(row -> row.outputs().stream())
            .anyMatch(output -> !Double.isNaN(output.lower()));
    boolean radii = rows.stream().anyMatch(row -> !Double.isNaN(row.radius()));
    StringBuilder csv = new StringBuilder();
    line(csv, header(outputs, bounded, radii));
    rows.forEach(row -> line(csv, cells(row, bounded, radii)));
    return csv.toString();
  }

  private static List<String> header(int outputs, boolean bounded, boolean radii) {
    List<String> suffixes =
        outputs > 1 ? IntStream.range(0, outputs).mapToObj(j -> "_" + j).toList() : List.of("");
    List<String> columns = new ArrayList<>(List.of("index"));
    suffixes.forEach(suffix -> columns.add("label" + suffix));
    suffixes.forEach(suffix -> columns.add("prediction" + suffix));
    columns.addAll(List.of("verdict", "method", "margin"));
    if (radii) {
      columns.add("radius");
    }
    if (bounded) {
      suffixes.forEach(suffix -> columns.addAll(List.of("lower" + suffix, "upper" + suffix)));
    }
    return columns;
  }

  private static List<String> cells(Certificate row, boolean bounded, boolean radii) {
    List<String> cells = new ArrayList<>(List.of(Integer.toString(row.index())));
    if (row.outputs().isEmpty()) {
      cells.add(number(row.label()));
      cells.add(number(row.prediction()));
    }
    row.outputs().forEach(output -> cells.add(number(output.target())));
    row.outputs().forEach(output -> cells.add(number(output.output())));
    cells.add(row.verdict().toString());
    cells.add(row.method());
    cells.add(number(row.margin()));
    if (radii) {
      cells.add(number(row.radius()));
    }
    if (bounded) {
      for (Enclosure output : row.outputs()) {
        cells.add(number(output.lower()));
        cells.add(number(output.upper()));
      }
    }
    return cells;
  }

  private static void line(StringBuilder csv, List<String> cells) {
    csv.append(String.join(",", cells)).append('\n');
  }

  /** Classes as whole numbers, everything else in full; nothing where there is no number. */
  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
