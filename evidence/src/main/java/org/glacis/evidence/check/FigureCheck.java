package org.glacis.evidence.check;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.check.RowCheck.Held;
import org.glacis.evidence.file.Fields;
import org.jspecify.annotations.Nullable;

/**
 * The figures of one certification, in {@code summary.json} or in the file beside its certificates,
 * against what stands of its rows. A figure that is not there says nothing.
 */
final class FigureCheck {
  /** Sums in another order differ by less. */
  private static final double ROUNDING = 1e-9;

  private static final String MARGINS = "lipschitzMargin";

  /** These count what interval bounds prove, whichever step certified a sample. */
  private static final Set<String> INTERVALS = Set.of("ibp", "ibpBox", "ibpBoxUnclipped");

  /** What these prove in one set they prove in every smaller one. */
  private static final Set<String> MONOTONE = Set.of("attack", "ibp", MARGINS);

  private final Examined examined;
  private final Claims claims;
  private final List<Held> rows;
  private final int withoutEvidence;
  private final Set<String> steps;
  private final Faults faults;
  private @Nullable Map<String, Long> intervals;

  /**
   * @param examined the claims, all of which were checked
   * @param rows the certificates
   * @param steps the types of the certification's steps
   * @param faults gets what is wrong
   */
  FigureCheck(Examined examined, RowCheck rows, Set<String> steps, Faults faults) {
    this.examined = examined;
    this.claims = examined.claims();
    this.rows = rows.rows();
    this.withoutEvidence =
        rows.coverage().withoutEvidence().values().stream().mapToInt(Integer::intValue).sum();
    this.steps = steps;
    this.faults = faults;
  }

  /** Compares the figures that {@code of} has, whichever these are. */
  void check(Fields of) {
    atMost(of, "certifiedAccuracy", share(Held::certified));
    if (of.has("verdicts")) {
      atMost(of.object("verdicts"), Claim.CERTIFIED, share(Held::certified) * rows.size());
    }
    if (of.has("certifiedAccuracyBy")) {
      accuracies(of.object("certifiedAccuracyBy"));
    }
    double mean = mean(Held::radius);
    atMost(of, "meanCertifiedRadius", mean);
    if (of.has("meanCertifiedRadiusBy")) {
      // By the constants of differences no radius is smaller than by the others.
      Fields by = of.object("meanCertifiedRadiusBy");
      by.keys().forEach(constant -> atMost(by, constant, mean));
    }
    if (of.has("certifiedAccuracyAt")) {
      Fields at = of.object("certifiedAccuracyAt");
      at.keys().forEach(radius -> atMost(at, radius, shareAbove(fraction(at, radius))));
    }
    if (of.has("radiusCurve")) {
      for (Fields point : of.objects("radiusCurve")) {
        atMost(point, Claim.CERTIFIED, shareAbove(point.number("epsilon")));
      }
    }
    if (of.has("curve")) {
      of.objects("curve").forEach(this::curve);
    }
    if (claims.task().equals("regression")) {
      atLeast(of, "certifiedMeanAbsoluteError", mean(row -> errors(row, 1)));
      atLeast(of, "certifiedMeanSquaredError", mean(row -> errors(row, 2)));
      atLeast(of, "meanOutputWidth", mean(FigureCheck::width));
    }
  }

  private void accuracies(Fields by) {
    for (String method : by.keys()) {
      if (method.equals(MARGINS)) {
        atMost(by, method, shareAbove(claims.epsilon()[0]));
      } else if (!INTERVALS.contains(method)) {
        atMost(by, method, share(Held::certified));
      } else if (steps.contains("ibp")) {
        long met = intervals().getOrDefault(method, 0L) + withoutEvidence;
        atMost(by, method, (double) met / rows.size());
      }
    }
  }

  /** How many samples meet each interval criterion. */
  private Map<String, Long> intervals() {
    if (intervals == null) {
      intervals = met();
    }
    return intervals;
  }

  private Map<String, Long> met() {
    return IntStream.range(0, claims.samples().size())
        .parallel()
        .filter(i -> claims.samples().get(i).isCertified() && examined.derived().get(i).isProved())
        .mapToObj(examined.derivation()::criteria)
        .flatMap(Set::stream)
        .collect(Collectors.groupingBy(criterion -> criterion, Collectors.counting()));
  }

  /** One point of the curve of accuracies at several radii, on the first samples. */
  private void curve(Fields point) {
    double epsilon = point.number("epsilon");
    int samples = point.whole("samples", 1);
    double whole = Arrays.stream(claims.epsilon()).max().orElse(0);
    boolean byRadii = !steps.contains("ibp") && claims.norm().equals("l2");
    if (samples > rows.size()
        || !MONOTONE.containsAll(steps)
        || !(byRadii || (steps.contains("ibp") && epsilon >= whole))) {
      return;
    }
    long most =
        rows.stream()
            .limit(samples)
            .filter(row -> row.radius() > epsilon || (!byRadii && row.certified()))
            .count();
    atMost(point, Claim.CERTIFIED, (double) most / samples);
  }

  /** {@code "36/255"} or {@code "0.5"}. */
  private static double fraction(Fields of, String text) {
    try {
      String[] parts = text.split("/", 2);
      double whole = parts.length == 2 ? Double.parseDouble(parts[1]) : 1;
      return Double.parseDouble(parts[0]) / whole;
    } catch (NumberFormatException e) {
      throw EvidenceException.of(
          of.where(), "the radius \"" + text + '"', "a number or a fraction", RowCheck.REMEDY);
    }
  }

  private double share(Predicate<Held> which) {
    return (double) rows.stream().filter(which).count() / rows.size();
  }

  private double shareAbove(double radius) {
    return share(row -> row.radius() > radius);
  }

  private double mean(ToDoubleFunction<Held> of) {
    return rows.stream().mapToDouble(of).average().orElse(0);
  }

  /** The mean over the outputs of the largest possible error, to the power {@code power}. */
  private static double errors(Held held, int power) {
    Row row = held.row();
    if (!held.certified() || row.lower().length != row.labels().length) {
      return Double.POSITIVE_INFINITY;
    }
    return IntStream.range(0, row.labels().length)
        .mapToDouble(
            j ->
                Math.max(
                    Math.abs(row.lower()[j] - row.labels()[j]),
                    Math.abs(row.upper()[j] - row.labels()[j])))
        .map(error -> Math.pow(error, power))
        .average()
        .orElse(0);
  }

  private static double width(Held held) {
    Row row = held.row();
    return held.certified()
        ? IntStream.range(0, row.lower().length)
            .mapToDouble(j -> row.upper()[j] - row.lower()[j])
            .average()
            .orElse(0)
        : Double.POSITIVE_INFINITY;
  }

  private void atMost(Fields of, String key, double proved) {
    if (of.has(key) && !(of.number(key) <= proved + ROUNDING * Math.abs(proved))) {
      more(of, key, "at most " + proved);
    }
  }

  private void atLeast(Fields of, String key, double proved) {
    if (of.has(key) && !(of.number(key) >= proved - ROUNDING * Math.abs(proved))) {
      more(of, key, "at least " + proved);
    }
  }

  private void more(Fields of, String key, String expected) {
    faults.add(
        of.where() + "." + key,
        String.valueOf(of.value(key)),
        expected + ", as is proved of the rows",
        RowCheck.REMEDY);
  }
}
