package org.glacis.evidence.check;

/**
 * What is claimed of one sample: of the whole set, of a ball of another radius, or of both.
 *
 * @param index place in the data set
 * @param label the class whose logit is the largest; -1 for regression
 * @param verdict {@code certified}: the whole set is safe, that of epsilon; anything else claims
 *     nothing of it
 * @param method how it was found: {@code ibp}, {@code crownIbp}, {@code lipschitzMargin}
 * @param margin the label's logit is above the others by at least so much everywhere in the set;
 *     NaN for none
 * @param radius l2: the ball of this radius is safe, whatever epsilon is; NaN for none
 * @param lower regression: the least that each output can be; empty otherwise
 * @param upper the most
 */
public record Claim(
    int index,
    int label,
    String verdict,
    String method,
    double margin,
    double radius,
    double[] lower,
    double[] upper) {
  public static final String CERTIFIED = "certified";
  static final String UNKNOWN = "unknown";

  /** A certified sample of a classification. */
  public static Claim of(int index, int label, String method, double margin, double radius) {
    return new Claim(index, label, CERTIFIED, method, margin, radius, new double[0], new double[0]);
  }

  /** A sample of a classification of which a ball is proved, and nothing of epsilon. */
  public static Claim ofRadius(int index, int label, String method, double radius) {
    double[] none = new double[0];
    return new Claim(index, label, UNKNOWN, method, Double.NaN, radius, none, none);
  }

  /** A certified sample of a regression. */
  public static Claim of(int index, String method, double[] lower, double[] upper) {
    return new Claim(index, -1, CERTIFIED, method, Double.NaN, Double.NaN, lower, upper);
  }

  boolean isCertified() {
    return verdict.equals(CERTIFIED);
  }

  /** Whether anything is claimed at all. */
  boolean claims() {
    return isCertified() || radius > 0;
  }
}
