package org.glacis.runtime.certify;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.CertificateValidation;
import org.glacis.spec.GlacisException;

/**
 * What attacks say of proved radii: none found a wrongly decided point inside one.
 *
 * @param attacks the names of the attacks that looked
 * @param samples how many rightly decided samples they looked at
 * @param adversarials for how many of these one was found
 * @param smallestRatio the least distance of one as a multiple of the sample's radius, over the
 *     samples whose radius is above 0; NaN where none was found
 * @param meanDistance of those that were found; NaN where none was
 */
public record RadiusValidation(
    List<String> attacks,
    int samples,
    int adversarials,
    double smallestRatio,
    double meanDistance) {
  public RadiusValidation {
    attacks = List.copyOf(attacks);
  }

  /**
   * Attacks the first samples that {@code rows} say are decided rightly.
   *
   * @throws GlacisException where a wrongly decided point lies inside the proved radius
   */
  static RadiusValidation of(CertificateValidation spec, List<Certificate> rows, Cascade cascade) {
    List<Certificate> chosen =
        rows.stream()
            .filter(row -> row.verdict() != Verdict.MISCLASSIFIED)
            .limit(spec.getSamples())
            .toList();
    double[] distances = new double[chosen.size()];
    Arrays.fill(distances, Double.POSITIVE_INFINITY);
    for (AttackSpec attack : spec.getAttacks()) {
      for (int from = 0; from < chosen.size(); from += Cascade.BATCH) {
        List<Certificate> part =
            chosen.subList(from, Math.min(from + Cascade.BATCH, chosen.size()));
        var nearest = nearest(attack, part, cascade);
        for (int k = 0; k < part.size(); k++) {
          refuse(attack, part.get(k), nearest, k, cascade);
          distances[from + k] = Math.min(distances[from + k], nearest.distances()[k]);
        }
      }
    }
    double ratio = Double.POSITIVE_INFINITY;
    for (int k = 0; k < distances.length; k++) {
      double radius = chosen.get(k).radius();
      ratio = radius > 0 ? Math.min(ratio, distances[k] / radius) : ratio;
    }
    double[] found = Arrays.stream(distances).filter(Double::isFinite).toArray();
    return new RadiusValidation(
        spec.getAttacks().stream().map(AttackSearch::name).toList(),
        chosen.size(),
        found.length,
        Double.isFinite(ratio) ? ratio : Double.NaN,
        Arrays.stream(found).average().orElse(Double.NaN));
  }

  /** The nearest wrong points of samples that are decided rightly. */
  static NearestSearch.Nearest nearest(AttackSpec attack, List<Certificate> rows, Cascade cascade) {
    double epsilon = cascade.set().getEpsilon().getLargest();
    double[] balls =
        rows.stream()
            .mapToDouble(row -> row.radius() > 0 ? row.radius() : Math.max(epsilon, 1e-3))
            .toArray();
    return NearestSearch.of(
        attack, cascade, rows.stream().mapToInt(Certificate::index).toArray(), balls);
  }

  private static void refuse(
      AttackSpec attack, Certificate row, NearestSearch.Nearest nearest, int k, Cascade cascade) {
    double distance = nearest.distances()[k];
    int width = cascade.exact().inputs();
    if (!AttackSearch.isWithin(distance, width, row.radius())) {
      return;
    }
    Batch at = cascade.batch(new int[] {row.index()});
    double[] point = Arrays.copyOfRange(nearest.points(), k * width, (k + 1) * width);
    var there =
        cascade
            .exact()
            .bounds(new Batch(1, point, at.truth(), at.labels()), new double[width], false);
    double own = there.upper()[at.labels()[0]];
    if (Arrays.stream(there.lower()).anyMatch(other -> other > own)) {
      throw new GlacisException(
          "sample %d: %s finds a wrongly decided point at distance %s, inside the proved radius %s: a certificate is wrong, and nothing is certified; please report this"
              .formatted(row.index(), AttackSearch.name(attack), distance, row.radius()));
    }
  }

  /** As {@code summary.json} has it. */
  public Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("attacks", attacks);
    figures.put("samples", samples);
    figures.put("adversarials", adversarials);
    if (!Double.isNaN(smallestRatio)) {
      figures.put("smallestRatio", smallestRatio);
    }
    if (!Double.isNaN(meanDistance)) {
      figures.put("meanDistance", meanDistance);
    }
    return figures;
  }

  /** A line for a person. */
  public String summary() {
    String first = "%d radii withstood %s".formatted(samples, String.join(" and ", attacks));
    return adversarials == 0
        ? first + ", which found no wrong decision anywhere"
        : first
            + String.format(
                Locale.ROOT,
                ": %d wrong decisions, at %.4g on average%s",
                adversarials,
                meanDistance,
                Double.isNaN(smallestRatio)
                    ? ""
                    : String.format(Locale.ROOT, ", the nearest at %.4g radii", smallestRatio));
  }
}
