package org.glacis.runtime.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.glacis.runtime.Environment;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.certify.Batch;
import org.glacis.runtime.certify.NetworkGraph;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.glacis.spec.Task;
import org.tensorflow.types.family.TFloating;

/**
 * Times the bounds of a trained network: margins a second, in float32 as computed and in float64
 * outward.
 */
public final class BoundBenchmark {
  private BoundBenchmark() {}

  /** The figures that {@code glacis bench bounds} prints, by name. */
  public static Map<String, Object> run(
      TrainedModel model, Samples samples, Device device, int batch, int warmup, int calls) {
    if (model.experiment().getTask() != Task.CLASSIFICATION) {
      throw new InputException(
          "bench bounds counts margins, which a regression has not; give a run of a classifier");
    }
    if (samples.size() < batch) {
      throw new InputException(
          "--batch is " + batch + " but there are only " + samples.size() + " test samples");
    }
    Map<String, Object> methods = new LinkedHashMap<>();
    methods.put("ibp", measure(model, samples, Element.FLOAT32, device, batch, warmup, calls));
    methods.put(
        "ibpOutward", measure(model, samples, Element.FLOAT64, device, batch, warmup, calls));
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("recipe", model.experiment().getName());
    figures.put("batch", batch);
    figures.put("calls", calls);
    figures.put("warmup", warmup);
    figures.put("methods", methods);
    figures.put("peakMemoryBytes", Environment.peakMemoryBytes());
    figures.put("device", device.toString());
    return figures;
  }

  private static <T extends TFloating> Map<String, Object> measure(
      TrainedModel model,
      Samples samples,
      Element<T> element,
      Device device,
      int batch,
      int warmup,
      int calls) {
    Experiment experiment = model.experiment();
    int outputs = experiment.getModel().getOutput().getSize();
    boolean outward = element == (Element<?>) Element.FLOAT64;
    try (NetworkGraph<T> network =
        new NetworkGraph<>(
                experiment.getModel(),
                experiment.getTask(),
                element,
                experiment.getPerturbation().getRange(),
                device,
                outward)
            .load(model.weights())) {
      Batch chosen = Batch.of(samples, 0, batch, outputs);
      double[] radius = network.radius(experiment.getPerturbation().getEpsilon());
      double[] millis = new double[calls];
      double sum = 0;
      for (int k = 0; k < warmup + calls; k++) {
        long start = System.nanoTime();
        double[] margins = network.bounds(chosen, radius, true).margins();
        if (k >= warmup) {
          millis[k - warmup] = (System.nanoTime() - start) / 1e6;
          sum = java.util.Arrays.stream(margins).sum();
        }
      }
      double median =
          IntStream.range(0, calls).mapToDouble(i -> millis[i]).sorted().toArray()[calls / 2];
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("callMillisMedian", median);
      figures.put("marginsPerSecond", 1e3 * batch * (outputs - 1) / median);
      figures.put("meanLeastMargin", sum / batch);
      return figures;
    }
  }
}
