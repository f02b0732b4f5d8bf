package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.Csv;
import org.jspecify.annotations.Nullable;

/**
 * {@code certificates-radii.csv}, a row a sample and a column a class, beside the radii by class
 * that were derived.
 */
final class RadiusCheck {
  private final Path csv;
  private final List<String> header;
  private final Map<Integer, double[]> radii = new HashMap<>();
  private final Map<Integer, Integer> labels = new HashMap<>();
  private final Faults faults;

  private RadiusCheck(Path csv, List<String> header, Faults faults) {
    this.csv = csv;
    this.header = header;
    this.faults = faults;
  }

  /**
   * Compares {@code csv}.
   *
   * @param derived of the claims from the first on, as far as they were checked
   * @param faults gets what is wrong
   */
  static void check(Path csv, Claims claims, List<Derived> derived, Faults faults) {
    List<List<String>> table = Csv.read(csv);
    RadiusCheck check = new RadiusCheck(csv, table.get(0), faults);
    for (int i = 0; i < claims.samples().size(); i++) {
      Claim claim = claims.samples().get(i);
      if (claim.method().equals("lipschitzMargin")) {
        check.labels.put(claim.index(), claim.label());
        if (i < derived.size()) {
          check.radii.put(claim.index(), derived.get(i).radii());
        }
      }
    }
    table.stream().skip(1).forEach(check::row);
  }

  private void row(List<String> cells) {
    String where = "%s: sample %s".formatted(csv, cells.get(0));
    double index = number(where, cells.get(0));
    Integer label = index == Math.rint(index) ? labels.get((int) index) : null;
    double @Nullable [] derived = label == null ? null : radii.get((int) index);
    if (label != null && derived == null) {
      // Left out by a limit.
      return;
    }
    if (label != null && !isOf(label, cells)) {
      faults.add(
          where,
          "the class " + (cells.size() > 1 ? cells.get(1) : "nothing"),
          "the name of output %d, and no radius in its column".formatted(label),
          RowCheck.REMEDY);
      return;
    }
    for (int j = 2; j < cells.size(); j++) {
      double said = cells.get(j).isEmpty() ? 0 : Slack.below(number(where, cells.get(j)));
      double most = derived != null && j - 2 < derived.length ? derived[j - 2] : 0;
      if (!(said <= 0 || said < most)) {
        faults.add(
            where,
            "the radius %s to class %s".formatted(cells.get(j), header.get(j)),
            derived == null ? "none, as nothing is claimed" : "at most " + most,
            RowCheck.REMEDY);
        return;
      }
    }
  }

  private boolean isOf(int label, List<String> cells) {
    return label + 2 < cells.size()
        && cells.get(1).equals(header.get(label + 2))
        && cells.get(label + 2).isEmpty();
  }

  private static double number(String where, String cell) {
    try {
      return Double.parseDouble(cell);
    } catch (NumberFormatException e) {
      throw EvidenceException.of(where, '"' + cell + '"', "a number", RowCheck.REMEDY);
    }
  }
}
