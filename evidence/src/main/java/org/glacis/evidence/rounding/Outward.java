package org.glacis.evidence.rounding;

/**
 * Float64 arithmetic that errs to the stated side. A sum, product, quotient or square root of Java
 * is the number nearest to the exact one, so the next number up is at least the exact one, and the
 * next number down at most; that holds where a result underflows, and where it overflows.
 *
 * <p>{@code u = 2^-53} is the unit roundoff, {@code gamma(n) = n u / (1 - n u)} (Higham, Accuracy
 * and Stability of Numerical Algorithms, section 3.1): a sum of {@code n} products computed in any
 * order is wrong by at most {@code gamma(n) sum |a_i| |b_i|}, and by {@link #TINY} for each product
 * that underflows.
 */
public final class Outward {
  /** The unit roundoff of float64. */
  public static final double UNIT = 0x1p-53;

  /** The least positive number: more than a product can lose where it underflows. */
  public static final double TINY = Double.MIN_VALUE;

  private Outward() {}

  /** At least {@code n u / (1 - n u)}; infinite from {@code n u = 1/2} on. */
  public static double gamma(long n) {
    double m = n * UNIT;
    return m < 0.5 ? Math.nextUp(m / Math.nextDown(1 - m)) : Double.POSITIVE_INFINITY;
  }

  public static double addUp(double a, double b) {
    return Math.nextUp(a + b);
  }

  public static double addDown(double a, double b) {
    return Math.nextDown(a + b);
  }

  public static double subUp(double a, double b) {
    return Math.nextUp(a - b);
  }

  public static double subDown(double a, double b) {
    return Math.nextDown(a - b);
  }

  public static double mulUp(double a, double b) {
    return Math.nextUp(a * b);
  }

  public static double mulDown(double a, double b) {
    return Math.nextDown(a * b);
  }

  public static double divUp(double a, double b) {
    return Math.nextUp(a / b);
  }

  public static double divDown(double a, double b) {
    return Math.nextDown(a / b);
  }

  /** At least the square root of {@code a}, 0 for what is below 0. */
  public static double sqrtUp(double a) {
    return a <= 0 ? 0 : Math.nextUp(Math.sqrt(a));
  }

  /** At most the square root of {@code a}, 0 for what is below 0. */
  public static double sqrtDown(double a) {
    return a <= 0 ? 0 : Math.max(0, Math.nextDown(Math.sqrt(a)));
  }

  /**
   * At least the exact sum of products that are not negative.
   *
   * @param computed what floating point made of it
   * @param terms at least how many products, and how many roundings in a row
   */
  public static double sumUp(double computed, long terms) {
    double relative = divUp(computed, subDown(1, gamma(terms)));
    return addUp(relative, mulUp((double) terms, TINY));
  }

  /** At least the Euclidean norm of {@code values}; infinite if one of them is not finite. */
  public static double norm(double[] values) {
    double most = 0;
    for (double value : values) {
      if (!Double.isFinite(value)) {
        return Double.POSITIVE_INFINITY;
      }
      most = Math.max(most, Math.abs(value));
    }
    if (most == 0) {
      return 0;
    }
    int exponent = Math.getExponent(most);
    double scale = Math.scalb(1.0, -exponent);
    double sum = 0;
    for (double value : values) {
      double scaled = value * scale;
      sum += scaled * scaled;
    }
    // Numbers that the scale pushed below the normal ones lost less than TINY each.
    double norm = addUp(sqrtUp(sumUp(sum, values.length + 1L)), mulUp(values.length, TINY));
    return scaleUp(norm, exponent);
  }

  /** At least {@code value * 2^exponent}. */
  public static double scaleUp(double value, int exponent) {
    double scaled = Math.scalb(value, exponent);
    return Math.abs(scaled) < Double.MIN_NORMAL ? Math.nextUp(scaled) : scaled;
  }
}
