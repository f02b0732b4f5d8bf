package org.glacis.runtime.certify;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.glacis.runtime.bound.LipschitzPass;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.CertificationStep;
import org.glacis.spec.CrownIbpBound;
import org.glacis.spec.DataRange;
import org.glacis.spec.Epsilon;
import org.glacis.spec.Ibp;
import org.glacis.spec.LipschitzMargin;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a certification.
 *
 * @param evaluation figures of all samples by interval bounds
 * @param rows one certificate a sample, in order
 * @param constants what steps found out about the network as a whole, by the names of {@code
 *     summary.json}
 * @param lipschitz the constants that were proved; null where no step asked for them
 * @param validation what attacks say of the radii; null where none was asked
 * @param seconds how long it took
 */
public record Certification(
    CertificationSpec spec,
    Task task,
    Evaluation evaluation,
    List<Certificate> rows,
    Map<String, Object> constants,
    LipschitzPass.@Nullable Constants lipschitz,
    @Nullable RadiusValidation validation,
    double seconds) {
  private static final List<String> CRITERIA = List.of("ibp", "ibpBox", "ibpBoxUnclipped");

  /** The radii of the literature's tables. */
  private static final Map<String, Double> RADII = radiiOfTables();

  private static final List<String> ERRORS =
      List.of(
          "meanAbsoluteError",
          "certifiedMeanAbsoluteError",
          "meanSquaredError",
          "certifiedMeanSquaredError");

  public Certification {
    rows = List.copyOf(rows);
    constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
  }

  private static Map<String, Double> radiiOfTables() {
    Map<String, Double> radii = new LinkedHashMap<>();
    radii.put("36/255", 36 / 255.0);
    radii.put("72/255", 72 / 255.0);
    radii.put("108/255", 108 / 255.0);
    radii.put("0.25", 0.25);
    radii.put("0.5", 0.5);
    radii.put("1", 1.0);
    return radii;
  }

  /** The share of samples with this verdict. */
  public double share(Verdict verdict) {
    return rows.isEmpty()
        ? Double.NaN
        : (double) rows.stream().filter(r -> r.verdict() == verdict).count() / rows.size();
  }

  /** The share of samples decided rightly. */
  public double cleanAccuracy() {
    return 1 - share(Verdict.MISCLASSIFIED);
  }

  /**
   * The share of samples decided rightly for which no counterexample was found: an upper bound of
   * the robust accuracy. NaN when no attack ran.
   */
  public double attackAccuracy() {
    boolean attacked = spec.getSteps().stream().anyMatch(org.glacis.spec.Attack.class::isInstance);
    return attacked && task == Task.CLASSIFICATION
        ? cleanAccuracy() - share(Verdict.FALSIFIED)
        : Double.NaN;
  }

  /** The share of samples for which robustness is proved: a lower bound of the robust accuracy. */
  public double certifiedAccuracy() {
    return share(Verdict.CERTIFIED);
  }

  /** The share of samples that {@code step}, or else interval bounds before it, certified. */
  private double certifiedUpTo(CertificationStep step) {
    List<CertificationStep> steps = spec.getSteps();
    boolean intervals = steps.subList(0, steps.indexOf(step)).contains(Ibp.INSTANCE);
    long certified =
        rows.stream()
            .filter(row -> row.verdict() == Verdict.CERTIFIED)
            .filter(row -> row.method().equals(CrownIbpStep.METHOD) || intervals)
            .count();
    return rows.isEmpty() ? Double.NaN : (double) certified / rows.size();
  }

  /** How many samples have each verdict, those that none has included. */
  public Map<String, Long> verdicts() {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Verdict verdict : Verdict.values()) {
      counts.put(verdict.toString(), rows.stream().filter(row -> row.verdict() == verdict).count());
    }
    return counts;
  }

  /**
   * What was found: samples, accuracies by criterion or errors, mean output width. A figure that no
   * step yields, such as the accuracy under attack without an attack, is absent.
   */
  public Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("samples", rows.size());
    if (task == Task.CLASSIFICATION) {
      figures.put("cleanAccuracy", cleanAccuracy());
      if (!Double.isNaN(attackAccuracy())) {
        figures.put("attackAccuracy", attackAccuracy());
      }
      figures.put("certifiedAccuracy", certifiedAccuracy());
      Map<String, Object> by = new LinkedHashMap<>();
      if (evaluation.figures().containsKey(CRITERIA.get(0))) {
        CRITERIA.forEach(name -> by.put(name, evaluation.get(name)));
      }
      if (spec.getSteps().contains(CrownIbpBound.INSTANCE)) {
        by.put(CrownIbpStep.METHOD, certifiedUpTo(CrownIbpBound.INSTANCE));
      }
      if (spec.getSteps().contains(LipschitzMargin.INSTANCE)) {
        by.put(LipschitzMarginStep.METHOD, shareAbove(spec.getPerturbation().getEpsilon()));
      }
      figures.put("certifiedAccuracyBy", by);
    } else {
      ERRORS.forEach(name -> figures.put(name, evaluation.get(name)));
    }
    if (evaluation.figures().containsKey("meanOutputWidth")) {
      figures.put("meanOutputWidth", evaluation.get("meanOutputWidth"));
    }
    figures.putAll(constants);
    figures.putAll(radii());
    if (validation != null) {
      figures.put("certificateValidation", validation.figures());
    }
    return figures;
  }

  /** The share of samples whose proved radius is above {@code epsilon}. */
  private double shareAbove(Epsilon epsilon) {
    return (double) rows.stream().filter(row -> row.radius() > epsilon.getLargest()).count()
        / rows.size();
  }

  /**
   * Where radii were proved: their mean over all samples, 0 for those decided wrongly, and the
   * shares with a radius above some.
   */
  private Map<String, Object> radii() {
    if (rows.stream().allMatch(row -> Double.isNaN(row.radius()))) {
      return Map.of();
    }
    double[] radii =
        rows.stream()
            .mapToDouble(row -> Double.isNaN(row.radius()) ? 0 : Math.max(0, row.radius()))
            .toArray();
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("meanCertifiedRadius", Arrays.stream(radii).average().orElse(Double.NaN));
    Map<String, Object> at = new LinkedHashMap<>();
    RADII.forEach(
        (name, least) ->
            at.put(
                name,
                (double) Arrays.stream(radii).filter(radius -> radius > least).count()
                    / radii.length));
    found.put("certifiedAccuracyAt", at);
    return found;
  }

  /**
   * The perturbation set: norm, epsilon (a list where features differ), and range where there is
   * one.
   */
  public Map<String, Object> set() {
    PerturbationSet set = spec.getPerturbation();
    DataRange range = set.getRange();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("norm", set.getNorm());
    fields.put(
        "epsilon",
        set.getEpsilon().isScalar() ? set.getEpsilon().getLargest() : set.getEpsilon().getValues());
    if (range != null) {
      fields.put("range", List.of(range.getLeast(), range.getMost()));
    }
    return fields;
  }

  /** A few lines for a person. */
  public String summary() {
    String set = spec.getPerturbation().toString();
    if (task == Task.REGRESSION) {
      return String.format(
          Locale.ROOT,
          "%s, %d samples: mean absolute error %.4f, at most %.4f (proved)",
          set,
          rows.size(),
          evaluation.get("meanAbsoluteError"),
          evaluation.get("certifiedMeanAbsoluteError"));
    }
    String attacked =
        Double.isNaN(attackAccuracy())
            ? ""
            : String.format(Locale.ROOT, ", under attack %.2f %%", 100 * attackAccuracy());
    return String.format(
            Locale.ROOT,
            "%s, %d samples: clean %.2f %%%s, certified %.2f %%",
            set,
            rows.size(),
            100 * cleanAccuracy(),
            attacked,
            100 * certifiedAccuracy())
        + (validation == null ? "" : "\n" + validation.summary());
  }
}
