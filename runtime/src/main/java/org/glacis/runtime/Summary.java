package org.glacis.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.certify.Certificate;
import org.glacis.runtime.certify.Certification;
import org.glacis.runtime.certify.Certifier;
import org.glacis.runtime.data.Dataset;
import org.glacis.spec.Experiment;
import org.glacis.spec.Task;

/** What {@code summary.json} says: figures, versions, data, seeds. */
final class Summary {
  /** The first steps of a process are slower; they do not count in the median. */
  private static final int WARM_UP = 20;

  private Summary() {}

  static Map<String, Object> of(
      Experiment experiment,
      Dataset dataset,
      RunOptions options,
      Training training,
      List<Certification> certifications,
      List<Certifier.CurvePoint> curve) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("recipe", experiment.getName());
    summary.put("dataset", dataset.name());
    summary.put("task", experiment.getTask().toString());
    if (!certifications.isEmpty()) {
      figures(summary, certifications.get(0));
    }
    summary.put("epochs", training.history().size());
    List<Double> millis =
        training.stepMillis().stream()
            .skip(training.stepMillis().size() > 2 * WARM_UP ? WARM_UP : 0)
            .sorted()
            .toList();
    double median = millis.isEmpty() ? Double.NaN : millis.get(millis.size() / 2);
    summary.put("stepMillisMedian", median);
    summary.put("samplesPerSecond", 1e3 * experiment.getData().getBatch() / median);
    summary.put("peakMemoryBytes", Environment.peakMemoryBytes());
    summary.put(
        "trainSeconds",
        training.history().stream()
            .mapToDouble(r -> r.values().getOrDefault("seconds", 0.0))
            .sum());
    summary.put(
        "certifySeconds", certifications.stream().mapToDouble(Certification::seconds).sum());
    summary.put("seed", experiment.getSeed());
    summary.put("device", options.device().toString());
    summary.put(
        "threads",
        options.device().threads() > 0
            ? options.device().threads()
            : Runtime.getRuntime().availableProcessors());
    summary.put("versions", Environment.versions());
    summary.put("data", data(dataset));
    summary.put("classNames", dataset.classNames());
    if (!curve.isEmpty()) {
      summary.put("curve", curve.stream().map(Summary::point).toList());
    }
    if (!certifications.isEmpty() && experiment.getTask() == Task.CLASSIFICATION) {
      summary.put("confusion", confusion(certifications.get(0).rows(), dataset.outputs()));
    }
    return summary;
  }

  static void figures(Map<String, Object> summary, Certification certification) {
    var set = certification.spec().getPerturbation();
    summary.put("norm", set.getNorm());
    summary.put(
        "epsilon",
        set.getEpsilon().isScalar() ? set.getEpsilon().getLargest() : set.getEpsilon().getValues());
    summary.put("samples", certification.rows().size());
    if (certification.task() == Task.CLASSIFICATION) {
      summary.put("cleanAccuracy", certification.cleanAccuracy());
      if (!Double.isNaN(certification.attackAccuracy())) {
        summary.put("attackAccuracy", certification.attackAccuracy());
      }
      summary.put("certifiedAccuracy", certification.certifiedAccuracy());
      Map<String, Object> by = new LinkedHashMap<>();
      for (String name : List.of("ibp", "ibpBox", "ibpBoxUnclipped")) {
        by.put(name, certification.evaluation().get(name));
      }
      summary.put("certifiedAccuracyBy", by);
    } else {
      for (String name :
          List.of(
              "meanAbsoluteError",
              "certifiedMeanAbsoluteError",
              "meanSquaredError",
              "certifiedMeanSquaredError")) {
        summary.put(name, certification.evaluation().get(name));
      }
    }
    summary.put("meanOutputWidth", certification.evaluation().get("meanOutputWidth"));
  }

  private static Map<String, Object> point(Certifier.CurvePoint point) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("epsilon", point.epsilon());
    fields.put("certified", point.certified());
    fields.put("attacked", point.attacked());
    fields.put("samples", point.samples());
    return fields;
  }

  private static Map<String, Object> data(Dataset dataset) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("source", dataset.provenance().source());
    data.put("licence", dataset.provenance().licence());
    List<Object> files = new ArrayList<>();
    dataset
        .provenance()
        .files()
        .forEach(
            f ->
                files.add(
                    Map.of("path", f.path().toString(), "sha256", f.sha256(), "bytes", f.bytes())));
    data.put("files", files);
    return data;
  }

  private static List<List<Integer>> confusion(List<Certificate> rows, int classes) {
    int[][] counts = new int[classes][classes];
    for (Certificate row : rows) {
      if (row.prediction() >= 0) {
        counts[(int) row.label()][(int) row.prediction()]++;
      }
    }
    List<List<Integer>> table = new ArrayList<>();
    for (int[] row : counts) {
      table.add(java.util.Arrays.stream(row).boxed().toList());
    }
    return table;
  }
}
