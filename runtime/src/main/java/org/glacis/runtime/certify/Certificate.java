package org.glacis.runtime.certify;

import java.util.List;

/**
 * What was found out about one sample: a row of {@code certificates.csv}.
 *
 * @param index place in the data set
 * @param label the class, or the first target of a regression
 * @param prediction the predicted class, or the first output
 * @param method the step that decided; empty while none did; {@code ibp: overflow} where a bound of
 *     an undecided sample is not finite
 * @param margin a lower bound of the least margin over the set, where a bound was computed; NaN
 *     otherwise
 * @param outputs one an output of a regression; empty for classification
 * @param radius of a ball (l2) in which the decision is proved not to change; NaN where no step
 *     proves one
 */
public record Certificate(
    int index,
    double label,
    double prediction,
    Verdict verdict,
    String method,
    double margin,
    List<Enclosure> outputs,
    double radius) {
  public Certificate {
    outputs = List.copyOf(outputs);
  }

  /** A sample of which no radius is known. */
  public Certificate(
      int index,
      double label,
      double prediction,
      Verdict verdict,
      String method,
      double margin,
      List<Enclosure> outputs) {
    this(index, label, prediction, verdict, method, margin, outputs, Double.NaN);
  }

  /**
   * One output of a regression.
   *
   * @param target what it should be
   * @param output what it is without perturbation
   * @param lower the least that it can be over the set; NaN where no bound was computed
   * @param upper the most; NaN where no bound was computed
   */
  public record Enclosure(double target, double output, double lower, double upper) {
    /** Whether the output is proved to lie between two numbers. */
    public boolean isProved() {
      return Double.isFinite(lower) && Double.isFinite(upper);
    }
  }

  /** This, with {@code by} added to its place. */
  public Certificate moved(int by) {
    return new Certificate(index + by, label, prediction, verdict, method, margin, outputs, radius);
  }

  Certificate with(Verdict other, String by, double bound) {
    return new Certificate(index, label, prediction, other, by, bound, outputs, radius);
  }

  Certificate with(Verdict other, String by, List<Enclosure> enclosed) {
    return new Certificate(index, label, prediction, other, by, margin, enclosed, radius);
  }

  Certificate withRadius(double proved) {
    return new Certificate(index, label, prediction, verdict, method, margin, outputs, proved);
  }
}
