package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.glacis.spec.InputException;

/**
 * Accuracy at one epsilon, between what is proved and what an attack leaves standing.
 *
 * @param epsilon size of the perturbation set, in the units of the input
 * @param certified share of samples proved, the lower edge
 * @param attacked share of samples that withstood the attack, the upper edge; NaN where none ran
 * @param samples how many samples both were measured on; 0 where unknown
 */
public record CurvePoint(double epsilon, double certified, double attacked, int samples) {
  /** Shares of the same samples agree to this; it covers a share stored as float32. */
  private static final double ROUNDING = 1e-6;

  /**
   * Refuses a point whose lower edge is above its upper edge: over the same samples no sound bound
   * proves what an attack breaks.
   *
   * @throws InputException naming {@code where}
   */
  static void checkOrder(double certified, double attacked, String where) {
    if (certified > attacked + ROUNDING)
      throw new InputException(
          "%s has certified accuracy %s above attacked accuracy %s; a sound bound cannot prove what an attack breaks: certify and attack the same samples again"
              .formatted(where, certified, attacked));
  }

  /** The points at {@code key} of {@code summary}, ascending in epsilon; none where it has none. */
  static List<CurvePoint> of(JsonTree summary, String key) {
    List<CurvePoint> curve = new ArrayList<>();
    for (JsonTree point : summary.objects(key)) {
      Double epsilon = point.number("epsilon");
      Double certified = point.fraction("certified");
      if (epsilon == null || certified == null)
        throw new InputException(
            "%s: %s lacks epsilon or certified; certify again to write it"
                .formatted(point.file(), point.path()));
      Double attacked = point.fraction("attacked");
      Double samples = point.number("samples");
      if (attacked != null) checkOrder(certified, attacked, point.file() + ": " + point.path());
      curve.add(
          new CurvePoint(
              epsilon,
              certified,
              attacked == null ? Double.NaN : attacked,
              samples == null ? 0 : samples.intValue()));
    }
    curve.sort(Comparator.comparingDouble(CurvePoint::epsilon));
    return List.copyOf(curve);
  }

  /** The mean over runs, at the epsilons that all of them have. */
  static List<CurvePoint> mean(List<List<CurvePoint>> curves) {
    List<List<CurvePoint>> measured = curves.stream().filter(c -> !c.isEmpty()).toList();
    if (measured.isEmpty()) return List.of();
    List<CurvePoint> mean = new ArrayList<>();
    for (CurvePoint point : measured.get(0)) {
      List<CurvePoint> same =
          measured.stream()
              .flatMap(
                  c -> c.stream().filter(p -> Math.abs(p.epsilon - point.epsilon) <= 1e-9).limit(1))
              .toList();
      if (same.size() < measured.size()) continue;
      double certified = same.stream().mapToDouble(CurvePoint::certified).average().orElseThrow();
      double attacked = same.stream().mapToDouble(CurvePoint::attacked).average().orElseThrow();
      mean.add(new CurvePoint(point.epsilon, certified, attacked, point.samples));
    }
    return mean;
  }
}
