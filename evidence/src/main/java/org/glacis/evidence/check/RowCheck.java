package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code certificates.csv} beside the claims that were derived: no row may say more than a proved
 * claim, but for the slack that claims are written with.
 */
final class RowCheck {
  static final String REMEDY = "put back the file, or certify the run again";

  private final Path csv;
  private final Derivation derivation;
  private final List<Derived> derived;
  private final Faults faults;
  private final Map<Integer, List<Integer>> claims = new HashMap<>();
  private final List<Held> held = new ArrayList<>();
  private final Map<String, Integer> withoutEvidence = new TreeMap<>();
  private int proved;
  private int unchecked;

  /**
   * One row and what stands of it: what is proved, and what a method without evidence says.
   *
   * @param certified whether the whole set is
   * @param radius of the ball; 0 for none
   */
  record Held(Row row, boolean certified, double radius) {}

  /**
   * Compares {@code csv}.
   *
   * @param derived of the claims from the first on, as far as they were checked
   * @param faults gets what is wrong
   */
  RowCheck(Path csv, Derivation derivation, List<Derived> derived, Faults faults) {
    this.csv = csv;
    this.derivation = derivation;
    this.derived = derived;
    this.faults = faults;
    List<Claim> all = derivation.claims().samples();
    for (int i = 0; i < all.size(); i++) {
      claims.computeIfAbsent(all.get(i).index(), index -> new ArrayList<>()).add(i);
    }
    List<Row> rows = Row.read(csv);
    rows.forEach(this::hold);
    rows.forEach(row -> claims.remove(row.index()));
    claims.keySet().stream()
        .sorted()
        .forEach(
            index ->
                faults.add(
                    where(index), "no row", "one, as claims.json claims something of it", REMEDY));
  }

  /** The rows in order. */
  List<Held> rows() {
    return held;
  }

  Coverage coverage() {
    int certified = (int) held.stream().filter(each -> each.row().isCertified()).count();
    return new Coverage(
        String.valueOf(csv.getFileName()),
        held.size(),
        certified,
        proved,
        withoutEvidence,
        unchecked);
  }

  /** Compares the places of the rows, of which none may be left out. */
  void follow(int first) {
    for (int i = 0; i < held.size(); i++) {
      int index = held.get(i).row().index();
      if (index != first + i) {
        faults.add(
            "%s: row %d".formatted(csv, i + 1),
            "sample " + index,
            "sample %d: a row each, in order".formatted(first + i),
            REMEDY);
        return;
      }
    }
  }

  private void hold(Row row) {
    List<Integer> numbers = claims.getOrDefault(row.index(), List.of());
    if (!row.says()) {
      held.add(new Held(row, false, 0));
    } else if (numbers.stream().anyMatch(number -> number >= derived.size())) {
      unchecked += row.isCertified() ? 1 : 0;
      held.add(new Held(row, false, 0));
    } else {
      boolean same = isSameSample(row, numbers);
      held.add(
          new Held(
              row,
              same && row.isCertified() && isCertified(row, numbers),
              same && isBall(row, numbers) ? row.radius() : 0));
    }
  }

  private Claim claim(int number) {
    return derivation.claims().samples().get(number);
  }

  /** Whether claims are about the class of the row. */
  private boolean isSameSample(Row row, List<Integer> numbers) {
    if (derivation.claims().task().equals("regression")) {
      return true;
    }
    for (int number : numbers) {
      int label = claim(number).label();
      for (double said : new double[] {only(row.labels()), only(row.predictions())}) {
        if (said != label) {
          more(
              row,
              "label and prediction " + only(row.labels()) + " and " + only(row.predictions()),
              "both " + label + ", as it is claimed");
          return false;
        }
      }
    }
    return true;
  }

  private static double only(double[] values) {
    return values.length == 1 ? values[0] : Double.NaN;
  }

  /** Whether it is proved that the whole set is safe, or a method without evidence says so. */
  private boolean isCertified(Row row, List<Integer> numbers) {
    Integer number =
        numbers.stream().filter(each -> claim(each).isCertified()).findFirst().orElse(null);
    if (number == null) {
      if (Derivation.METHODS.contains(row.method())) {
        more(row, "certified by " + row.method(), "unknown, as claims.json does not claim it");
        return false;
      }
      withoutEvidence.merge(row.method(), 1, Integer::sum);
      return true;
    } else if (!derived.get(number).isProved() || saysMore(row, claim(number))) {
      return false;
    }
    proved++;
    return true;
  }

  private boolean saysMore(Row row, Claim claim) {
    if (!row.method().equals(claim.method())) {
      return more(row, "certified by " + row.method(), claim.method() + ", as it is claimed");
    } else if (!Double.isNaN(row.margin()) && !(Slack.below(row.margin()) <= claim.margin())) {
      return more(
          row,
          "the margin " + row.margin(),
          "at most %s, as it is claimed".formatted(claim.margin()));
    } else if (row.lower().length != row.upper().length
        || (row.lower().length > 0 && row.lower().length != claim.lower().length)) {
      return more(
          row, row.lower().length + " intervals", claim.lower().length + ", as it is claimed");
    }
    for (int j = 0; j < row.lower().length; j++) {
      double slack = Slack.around(row.lower()[j], row.upper()[j]);
      if (!(row.lower()[j] - slack <= claim.lower()[j]
          && claim.upper()[j] <= row.upper()[j] + slack)) {
        return more(
            row,
            "output %d in [%s, %s]".formatted(j, row.lower()[j], row.upper()[j]),
            "[%s, %s], as it is claimed".formatted(claim.lower()[j], claim.upper()[j]));
      }
    }
    return false;
  }

  /** Whether the row's radius is proved, or a method without evidence gives it. */
  private boolean isBall(Row row, List<Integer> numbers) {
    double needed = Slack.below(row.radius());
    if (!(row.radius() > 0)) {
      return false;
    }
    double most =
        numbers.stream()
            .filter(number -> derived.get(number).isProved())
            .mapToDouble(number -> claim(number).radius())
            .filter(radius -> radius > 0)
            .max()
            .orElse(0);
    boolean open =
        numbers.isEmpty() && row.isCertified() && !Derivation.METHODS.contains(row.method());
    boolean refused = numbers.stream().anyMatch(number -> !derived.get(number).isProved());
    if (most >= needed || needed <= 0 || open) {
      return true;
    } else if (!refused) {
      more(
          row,
          "the radius " + row.radius(),
          most == 0 ? "none, as none is claimed" : "at most " + most + ", as it is claimed");
    }
    return false;
  }

  private boolean more(Row row, String found, String expected) {
    faults.add(where(row.index()), found, expected, REMEDY);
    return true;
  }

  private String where(int index) {
    return "%s: sample %d".formatted(csv, index);
  }
}
