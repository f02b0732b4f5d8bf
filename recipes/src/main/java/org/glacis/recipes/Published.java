package org.glacis.recipes;

import java.util.List;

/**
 * A figure that somebody published for the same experiment.
 *
 * @param metric the name that it has in {@code summary.json}
 * @param value a share in [0, 1], or an error
 * @param source where it stands
 */
public record Published(String metric, double value, String source) {
  /** A row of a table: clean and certified accuracy in per cent. */
  static List<Published> accuracies(double clean, double certified, String source) {
    return List.of(
        new Published("cleanAccuracy", clean / 100, source),
        new Published("certifiedAccuracy", certified / 100, source));
  }
}
