package org.glacis.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.glacis.evidence.Json;
import org.glacis.runtime.certify.Certificate;
import org.glacis.runtime.certify.Certification;
import org.glacis.runtime.certify.Certifier;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.spec.Experiment;
import org.glacis.spec.ExperimentJson;
import org.glacis.spec.Fault;
import org.glacis.spec.Task;

/** What {@code summary.json} says: figures, versions, data, seeds. */
final class Summary {
  /** The first steps of a training are slower; they do not count in the median. */
  private static final int WARM_UP = 20;

  private Summary() {}

  static Map<String, Object> of(
      Experiment experiment,
      Dataset dataset,
      Map<String, Object> data,
      RunOptions options,
      Training training,
      List<Certification> certifications,
      List<Certifier.CurvePoint> curve) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("recipe", experiment.getName());
    summary.put("dataset", dataset.name());
    summary.put("task", experiment.getTask().toString());
    if (!certifications.isEmpty()) {
      Certification first = certifications.get(0);
      summary.putAll(first.set());
      summary.remove("range");
      summary.putAll(first.figures());
    }
    if (!options.published().isEmpty()) {
      summary.put("published", options.published().stream().map(PublishedFigure::fields).toList());
    }
    if (!experiment.warnings().isEmpty()) {
      summary.put("warnings", experiment.warnings().stream().map(Fault::toString).toList());
    }
    summary.put("parameters", parameters(experiment));
    summary.put("epochs", training.history().size());
    summary.put("selection", training.selection());
    summary.put("relus", training.relus());
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
    summary.put("data", data);
    summary.put("classNames", dataset.classNames());
    summary.put("certifications", blocks(certifications));
    if (!curve.isEmpty()) {
      summary.put("curve", curve.stream().map(Summary::point).toList());
    }
    if (!certifications.isEmpty()) {
      summary.putAll(radiusCurve(certifications.get(0)));
    }
    if (!certifications.isEmpty() && experiment.getTask() == Task.CLASSIFICATION) {
      summary.put("confusion", confusion(certifications.get(0).rows(), dataset.outputs()));
    }
    return summary;
  }

  /** How many numbers the optimiser changes. */
  private static long parameters(Experiment experiment) {
    long[] count = {0};
    Lowerer.outline(
        experiment.getModel(), weight -> count[0] += weight.trainable() ? weight.size() : 0);
    return count[0];
  }

  /**
   * One {@code certify} block: its set, its steps as the declaration has them, what was found.
   *
   * @param file the certificates, a row a sample
   */
  static Map<String, Object> block(Certification certification, String file) {
    Map<String, Object> block = new LinkedHashMap<>(certification.set());
    String steps = ExperimentJson.encode(certification.spec().getSteps());
    block.put("steps", Objects.requireNonNull(Json.parse(steps, "the steps")));
    block.putAll(certification.figures());
    block.put("verdicts", certification.verdicts());
    block.put("seconds", certification.seconds());
    block.put("certificates", file);
    return block;
  }

  private static List<Map<String, Object>> blocks(List<Certification> certifications) {
    List<Map<String, Object>> blocks = new ArrayList<>();
    for (int i = 0; i < certifications.size(); i++) {
      blocks.add(block(certifications.get(i), RunDirectory.certificates(i)));
    }
    return blocks;
  }

  /** Certified accuracy against the radius, where radii were proved. */
  static Map<String, Object> radiusCurve(Certification certification) {
    List<Certifier.CurvePoint> points = certification.radiusCurve();
    return points.isEmpty()
        ? Map.of()
        : Map.of("radiusCurve", points.stream().map(Summary::radiusPoint).toList());
  }

  private static Map<String, Object> radiusPoint(Certifier.CurvePoint point) {
    Map<String, Object> fields = point(point);
    fields.remove("attacked");
    return fields;
  }

  private static Map<String, Object> point(Certifier.CurvePoint point) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("epsilon", point.epsilon());
    fields.put("certified", point.certified());
    fields.put("attacked", point.attacked());
    fields.put("samples", point.samples());
    return fields;
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
