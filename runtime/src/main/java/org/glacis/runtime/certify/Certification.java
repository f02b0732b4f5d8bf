package org.glacis.runtime.certify;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.glacis.evidence.holistic.HeldOutCertificate;
import org.glacis.runtime.bound.LipschitzPass;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.CertificationStep;
import org.glacis.spec.CrownIbpBound;
import org.glacis.spec.DataRange;
import org.glacis.spec.EventOrder;
import org.glacis.spec.HeldOut;
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
 * @param targeted the proved radii of each rightly decided sample by the class that it must not
 *     become, in order; empty where no step proved any
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
    List<TargetedRadii> targeted,
    Map<String, Object> constants,
    LipschitzPass.@Nullable Constants lipschitz,
    @Nullable RadiusValidation validation,
    double seconds) {
  private static final List<String> CRITERIA = List.of("ibp", "ibpBox", "ibpBoxUnclipped");

  private static final List<String> ERRORS =
      List.of(
          "meanAbsoluteError",
          "certifiedMeanAbsoluteError",
          "meanSquaredError",
          "certifiedMeanSquaredError");

  public Certification {
    rows = List.copyOf(rows);
    targeted = List.copyOf(targeted);
    constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
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
        by.put(
            LipschitzMarginStep.METHOD,
            Radii.of(rows).shareAbove(spec.getPerturbation().getEpsilon().getLargest()));
      }
      figures.put("certifiedAccuracyBy", by);
    } else {
      ERRORS.forEach(name -> figures.put(name, evaluation.get(name)));
    }
    if (evaluation.figures().containsKey("meanOutputWidth")) {
      figures.put("meanOutputWidth", evaluation.get("meanOutputWidth"));
    }
    figures.putAll(constants);
    if (hasRadii()) {
      Radii radii = Radii.of(rows);
      figures.put("meanCertifiedRadius", radii.mean());
      figures.put("certifiedAccuracyAt", radii.ofTheTables());
    }
    if (validation != null) {
      figures.put("certificateValidation", validation.figures());
    }
    HeldOutCertificate held = heldOut();
    if (held != null) {
      figures.putAll(held.figures());
    }
    return figures;
  }

  /**
   * The bound of the certified error on the law that the samples come from; null where none was
   * asked. What it takes for granted is in its hypotheses: above all, that the samples served
   * neither training nor any choice.
   */
  public @Nullable HeldOutCertificate heldOut() {
    HeldOut asked = spec.getHeldOut();
    if (asked == null) {
      return null;
    }
    long certified = rows.stream().filter(row -> row.verdict() == Verdict.CERTIFIED).count();
    return HeldOutCertificate.of(
        rows.size() - (int) certified,
        rows.size(),
        asked.getDelta(),
        asked.getAlpha(),
        asked.getOrder() == EventOrder.SAMPLE_THEN_CORRUPT
            ? org.glacis.evidence.holistic.EventOrder.SAMPLE_THEN_CORRUPT
            : org.glacis.evidence.holistic.EventOrder.CORRUPT_THEN_SAMPLE);
  }

  /** Whether a step proved radii. */
  private boolean hasRadii() {
    return rows.stream().anyMatch(row -> !Double.isNaN(row.radius()));
  }

  /**
   * The mean of the proved radii over all samples, 0 for those decided wrongly (average certified
   * radius, ACR); NaN where no step proved any.
   */
  public double meanCertifiedRadius() {
    return hasRadii() ? Radii.of(rows).mean() : Double.NaN;
  }

  /**
   * Certified accuracy against the radius (l2), by the proved radii alone: each point's holds up to
   * the next point's radius, and it is 0 at the last, the largest radius. Exact up to 1,000
   * different radii; more are rounded down to thousandths of the largest. No accuracy under attack;
   * empty where no step proved radii.
   */
  public List<Certifier.CurvePoint> radiusCurve() {
    return hasRadii() ? Radii.of(rows).curve() : List.of();
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
    HeldOutCertificate held = heldOut();
    String attacked =
        Double.isNaN(attackAccuracy())
            ? ""
            : String.format(Locale.ROOT, ", under attack %.2f %%", 100 * attackAccuracy());
    return String.format(
            Locale.ROOT,
            "%s, %d samples: clean %.2f %%%s, certified %.2f %%%s",
            set,
            rows.size(),
            100 * cleanAccuracy(),
            attacked,
            100 * certifiedAccuracy(),
            hasRadii()
                ? String.format(
                    Locale.ROOT, ", average certified radius %.4g", meanCertifiedRadius())
                : "")
        + (validation == null ? "" : "\n" + validation.summary())
        + (held == null ? "" : "\n" + held.summary());
  }
}
