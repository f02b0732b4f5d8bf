package org.glacis.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.spec.Baseline;
import org.glacis.spec.Experiment;
import org.jspecify.annotations.Nullable;

/** The runs that a run is compared with, below its directory. */
final class Baselines {
  /** The folder of a run in which its baselines are. */
  static final String FOLDER = "baselines";

  /** Figures that are compared. */
  private static final List<String> FIGURES =
      List.of(
          "cleanAccuracy",
          "attackAccuracy",
          "certifiedAccuracy",
          "heldOutErrorBound",
          "meanCertifiedRadius",
          "meanSquaredError",
          "certifiedMeanSquaredError");

  private Baselines() {}

  /**
   * Runs each baseline, or goes on with it where it was begun.
   *
   * @return their figures for {@code summary.json}; null where one was interrupted
   */
  static @Nullable Map<String, Object> run(
      Experiment experiment, RunOptions options, Path directory) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Baseline baseline : experiment.getBaselines()) {
      Path there = directory.resolve(FOLDER).resolve(baseline.getName());
      boolean begun = Files.isRegularFile(there.resolve("experiment.json"));
      Run run =
          Glacis.run(
              experiment.of(baseline),
              options.withOut(there).withResume(begun).withPublished(List.of()));
      if (!run.finished()) {
        return null;
      }
      all.add(figures(baseline, run));
    }
    Map<String, Object> summary = new LinkedHashMap<>();
    if (!all.isEmpty()) {
      summary.put("baselines", all);
      copy(all.get(0), "cleanAccuracy", "baselineCleanAccuracy", summary);
      copy(all.get(0), "attackAccuracy", "baselineAttackAccuracy", summary);
    }
    return summary;
  }

  private static Map<String, Object> figures(Baseline baseline, Run run) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("name", baseline.getName());
    figures.put("run", FOLDER + "/" + baseline.getName());
    FIGURES.forEach(figure -> copy(run.summary(), figure, figure, figures));
    return figures;
  }

  private static void copy(
      Map<String, Object> from, String key, String as, Map<String, Object> to) {
    Object value = from.get(key);
    if (value != null) {
      to.put(as, value);
    }
  }
}
