package org.glacis.runtime.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code certificates.csv}.
 *
 * @param outputs how many a regression has; 1 for classification
 * @param index the sample's place in the test set
 * @param label the true class, or the first target of a regression
 * @param prediction the predicted class, or the first output
 * @param verdict null where the table has none (a regression)
 * @param method what reached the verdict; null where none did
 * @param margin the certified lower bound of the margin, in logits; NaN where there is none
 * @param radius certified radius; NaN where there is none
 * @param lower least that the first output of a regression can be over the set; NaN where there is
 *     none
 * @param upper the greatest
 * @param seconds time spent; NaN where there is none
 */
public record CertificateRow(
    int outputs,
    int index,
    double label,
    double prediction,
    @Nullable Verdict verdict,
    @Nullable String method,
    double margin,
    double radius,
    double lower,
    double upper,
    double seconds) {

  static List<CertificateRow> parse(Path file, String text) {
    String suffix = text.lines().findFirst().orElse("").contains("label_0") ? "_0" : "";
    Csv csv = Csv.parse(file, text, List.of("index", "label" + suffix, "prediction" + suffix));
    int labels = (int) csv.columns().stream().filter(c -> c.startsWith("label")).count();
    return csv.rows().stream().map(row -> of(row, labels, suffix)).toList();
  }

  private static CertificateRow of(Csv.Row row, int outputs, String suffix) {
    String where = row.file() + ":" + row.line();
    String verdict = row.text("verdict");
    for (String column : List.of("index", "label" + suffix, "prediction" + suffix))
      if (row.text(column) == null)
        throw new InputException(
            where + ": " + column + " is empty; certify again to write the file");
    CertificateRow certificate =
        new CertificateRow(
            outputs,
            row.integer("index"),
            row.number("label" + suffix),
            row.number("prediction" + suffix),
            verdict == null ? null : Verdict.parse(verdict, where),
            row.text("method"),
            row.number("margin"),
            row.number("radius"),
            row.number("lower" + suffix),
            row.number("upper" + suffix),
            row.number("seconds"));
    if (certificate.lower > certificate.upper)
      throw new InputException(
          "%s: lower is %s, above upper %s; certify again to write the file"
              .formatted(where, certificate.lower, certificate.upper));
    return certificate;
  }

  /** Whether the row holds the interval of a regression. */
  public boolean hasInterval() {
    return Double.isFinite(lower) && Double.isFinite(upper);
  }

  boolean is(Verdict other) {
    return Objects.equals(verdict, other);
  }
}
