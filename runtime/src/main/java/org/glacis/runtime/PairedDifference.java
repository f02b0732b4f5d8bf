package org.glacis.runtime;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much more one run has than another of the same seed, over several seeds.
 *
 * @param mean of the differences
 * @param least of them
 * @param most of them
 * @param halfWidth of the 95 % confidence interval around the mean (Student's t, differences taken
 *     for normal); NaN for a single seed
 */
record PairedDifference(double mean, double least, double most, double halfWidth) {
  private static final double CONFIDENCE = 0.95;

  /** Of numbers of the same seeds, in the same order. */
  static PairedDifference of(List<Double> run, List<Double> other) {
    int n = run.size();
    double[] differences = new double[n];
    for (int i = 0; i < n; i++) {
      differences[i] = run.get(i) - other.get(i);
    }
    double mean = 0;
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (double difference : differences) {
      mean += difference / n;
      least = Math.min(least, difference);
      most = Math.max(most, difference);
    }
    double squares = 0;
    for (double difference : differences) {
      squares += (difference - mean) * (difference - mean);
    }
    double halfWidth =
        n < 2 ? Double.NaN : student(n - 1, CONFIDENCE) * Math.sqrt(squares / (n - 1) / n);
    return new PairedDifference(mean, least, most, halfWidth);
  }

  /** Its fields for {@code seeds.json}. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("mean", mean);
    fields.put("least", least);
    fields.put("most", most);
    fields.put("halfWidth", halfWidth);
    return fields;
  }

  /**
   * The number that a variable of Student's law stays within, on both sides, with the probability
   * {@code confidence}.
   */
  static double student(int degrees, double confidence) {
    double low = 0;
    double high = Math.PI / 2;
    for (double middle = (low + high) / 2;
        middle > low && middle < high;
        middle = (low + high) / 2) {
      if (within(middle, degrees) < confidence) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return Math.tan(high) * Math.sqrt(degrees);
  }

  /**
   * The probability of a number between {@code -t} and {@code t} where {@code angle = atan(t /
   * sqrt(degrees))}: a finite sum (Abramowitz and Stegun, 26.7.3 and 26.7.4).
   */
  private static double within(double angle, int degrees) {
    boolean odd = degrees % 2 == 1;
    double cosine = Math.cos(angle);
    double term = odd ? cosine : 1;
    double sum = 0;
    for (int power = odd ? 1 : 0; power <= degrees - 2; power += 2) {
      sum += term;
      term *= cosine * cosine * (power + 1) / (power + 2);
    }
    double tail = Math.sin(angle) * sum;
    return odd ? 2 / Math.PI * (angle + tail) : tail;
  }
}
