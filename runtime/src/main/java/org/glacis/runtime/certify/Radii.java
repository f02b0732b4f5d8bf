package org.glacis.runtime.certify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What proved radii (l2) say together: their mean over all samples (average certified radius, ACR),
 * and the certified accuracy at any radius. A sample that is decided wrongly, or of which no step
 * proves a radius, counts as 0.
 */
final class Radii {
  /** The radii of the literature's tables. */
  private static final Map<String, Double> OF_TABLES = ofTables();

  /** The curve has at most so many steps. */
  private static final int STEPS = 1000;

  /** In ascending order, all at least 0. */
  private final double[] radii;

  private Radii(double[] radii) {
    this.radii = radii;
  }

  static Radii of(List<Certificate> rows) {
    return new Radii(
        rows.stream().mapToDouble(row -> row.radius() > 0 ? row.radius() : 0).sorted().toArray());
  }

  private static Map<String, Double> ofTables() {
    Map<String, Double> radii = new LinkedHashMap<>();
    radii.put("36/255", 36 / 255.0);
    radii.put("72/255", 72 / 255.0);
    radii.put("108/255", 108 / 255.0);
    radii.put("0.25", 0.25);
    radii.put("0.5", 0.5);
    radii.put("1", 1.0);
    return radii;
  }

  double mean() {
    return Arrays.stream(radii).average().orElse(Double.NaN);
  }

  /** The share of samples whose radius is above {@code epsilon}. */
  double shareAbove(double epsilon) {
    return (double) Arrays.stream(radii).filter(radius -> radius > epsilon).count() / radii.length;
  }

  /** Certified accuracy at the radii of the literature's tables. */
  Map<String, Object> ofTheTables() {
    Map<String, Object> at = new LinkedHashMap<>();
    OF_TABLES.forEach((name, radius) -> at.put(name, shareAbove(radius)));
    return at;
  }

  /**
   * Certified accuracy against the radius: each point's holds up to the next point's radius, from 0
   * to the largest radius, where it is 0. Exact up to 1,000 different radii; more are rounded down
   * to thousandths of the largest, so that no point says more than is proved.
   */
  List<Certifier.CurvePoint> curve() {
    double[] steps = radii;
    double most = radii.length == 0 ? 0 : radii[radii.length - 1];
    if (Arrays.stream(radii).distinct().count() > STEPS) {
      double unit = most / STEPS;
      steps =
          Arrays.stream(radii)
              .map(radius -> Math.min(radius, Math.floor(radius / unit) * unit))
              .toArray();
    }
    List<Certifier.CurvePoint> points = new ArrayList<>();
    int passed = 0;
    double at = 0;
    while (true) {
      while (passed < steps.length && steps[passed] <= at) {
        passed++;
      }
      double share = (double) (steps.length - passed) / steps.length;
      points.add(new Certifier.CurvePoint(at, share, Double.NaN, steps.length));
      if (passed == steps.length || Double.isInfinite(steps[passed])) {
        return points;
      }
      at = steps[passed];
    }
  }
}
