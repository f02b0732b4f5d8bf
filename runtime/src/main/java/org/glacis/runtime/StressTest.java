package org.glacis.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.certify.Certifier;
import org.glacis.runtime.data.Corruptions;
import org.glacis.runtime.data.Samples;
import org.glacis.spec.Attack;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.Epsilon;
import org.glacis.spec.Evasion;
import org.glacis.spec.Experiment;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.StressSpec;

/**
 * The accuracy on test samples that are made harder, as an experiment declares it: the rows {@code
 * stressTest} of {@code summary.json}, each with {@code method}, {@code kind}, {@code level},
 * {@code samples} and {@code accuracy}.
 */
final class StressTest {
  private static final String KEY = "stressTest";

  private StressTest() {}

  /** The rows of one network, the samples as they are first; none where none are declared. */
  static List<Map<String, Object>> of(Experiment experiment, TrainedModel model, Samples test) {
    List<Map<String, Object>> rows = new ArrayList<>();
    if (experiment.getStressTest().isEmpty()) {
      return rows;
    }
    PerturbationSet set = experiment.getPerturbation();
    try (Certifier certifier = model.certifier(set)) {
      rows.add(row(experiment, "clean", 0, test.size(), certifier.accuracy(test)));
      for (StressSpec stress : experiment.getStressTest()) {
        double accuracy =
            stress instanceof Evasion evasion
                ? evaded(evasion, set, certifier, test)
                : certifier.accuracy(
                    Corruptions.of(stress, test, set.getRange(), experiment.getSeed()));
        rows.add(row(experiment, stress.getKind(), stress.getLevel(), test.size(), accuracy));
      }
    }
    return rows;
  }

  private static double evaded(
      Evasion evasion, PerturbationSet set, Certifier certifier, Samples test) {
    PerturbationSet ball = set.withEpsilon(new Epsilon(evasion.getEpsilon()));
    Attack attack = new Attack(evasion.getAttack());
    return certifier
        .certify(new CertificationSpec(ball, List.of(attack), null), test)
        .attackAccuracy();
  }

  private static Map<String, Object> row(
      Experiment experiment, String kind, double level, int samples, double accuracy) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("method", experiment.getName());
    row.put("kind", kind);
    row.put("level", level);
    row.put("samples", samples);
    row.put("accuracy", accuracy);
    return row;
  }

  /** Adds the rows of the baselines, under their names, to those of the run. */
  static void add(Map<String, Object> summary, List<Map<String, Object>> own, Path directory) {
    List<Map<String, Object>> rows = new ArrayList<>(own);
    if (own.isEmpty()) {
      return;
    }
    if (summary.get("baselines") instanceof List<?> baselines) {
      for (Object each : baselines) {
        Map<?, ?> baseline = (Map<?, ?>) each;
        Run run = Run.load(directory.resolve(String.valueOf(baseline.get("run"))));
        if (run.summary().get(KEY) instanceof List<?> of) {
          of.forEach(row -> rows.add(named(String.valueOf(baseline.get("name")), (Map<?, ?>) row)));
        }
      }
    }
    summary.put(KEY, rows);
  }

  private static Map<String, Object> named(String method, Map<?, ?> row) {
    Map<String, Object> named = new LinkedHashMap<>();
    row.forEach((key, value) -> named.put(String.valueOf(key), value));
    named.put("method", method);
    return named;
  }
}
