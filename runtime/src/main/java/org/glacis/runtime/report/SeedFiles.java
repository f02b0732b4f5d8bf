package org.glacis.runtime.report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kotlinx.serialization.json.JsonElement;
import org.glacis.spec.InputException;

/**
 * The same experiment with several seeds, as {@code seeds.json} lists them.
 *
 * @param runs one per seed
 * @param mean all runs as one: the mean figures with their spread, mean curves, no certificates
 * @param comparison how much more the runs have than their baselines; empty where there are none
 */
record SeedFiles(List<RunFiles> runs, RunFiles mean, List<JsonTree> comparison) {
  private static final String NAME = "seeds.json";

  static boolean isAt(Path directory) {
    return Files.exists(directory.resolve(NAME));
  }

  static SeedFiles read(Path directory) {
    Path file = directory.resolve(NAME);
    JsonTree seeds =
        JsonTree.parse(file, RunFiles.read(file, "`glacis run --seeds 0,1,2` writes it"));
    List<RunFiles> runs =
        seeds.texts("runs").stream().map(run -> RunFiles.read(directory.resolve(run))).toList();
    if (runs.isEmpty())
      throw new InputException(file + ": lists no runs; run again with --seeds 0,1,2");
    RunFiles first = runs.get(0);
    Map<String, JsonElement> summary = new LinkedHashMap<>(first.summary().fields());
    // Of one seed only; the mean of curves and metrics stands beside the summary.
    summary
        .keySet()
        .removeAll(
            List.of(
                "seed",
                "curve",
                "radiusCurve",
                "confusion",
                "certifications",
                "baselines",
                "stressTest"));
    for (String key : first.summary().fields().keySet()) if (isMeasured(key)) summary.remove(key);
    summary.putAll(seeds.object("mean").fields());
    Map<String, JsonElement> experiment = new LinkedHashMap<>(first.experiment().fields());
    experiment.remove("seed");
    RunFiles mean =
        new RunFiles(
            directory,
            new JsonTree(first.experiment().file(), "", experiment),
            first.experimentText(),
            new JsonTree(file, "mean", summary),
            Metrics.mean(runs.stream().map(RunFiles::metrics).toList()),
            List.of(),
            CurvePoint.mean(runs.stream().map(RunFiles::curve).toList()),
            List.of(),
            List.of(),
            seeds.object("spread"));
    return new SeedFiles(runs, mean, seeds.objects("comparison"));
  }

  /**
   * Whether {@code key} of a summary differs by seed, so that one run's value does not stand for
   * all.
   */
  private static boolean isMeasured(String key) {
    return KeyFigure.isKey(key) || key.equals("certifiedAccuracyBy") || key.equals("heldOut");
  }
}
