package org.glacis.runtime.certify;

import java.util.List;
import java.util.Locale;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.Task;

/**
 * The outcome of a certification.
 *
 * @param evaluation figures of all samples by interval bounds
 * @param rows one certificate a sample, in order
 * @param seconds how long it took
 */
public record Certification(
    CertificationSpec spec,
    Task task,
    Evaluation evaluation,
    List<Certificate> rows,
    double seconds) {
  public Certification {
    rows = List.copyOf(rows);
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
        100 * certifiedAccuracy());
  }
}
