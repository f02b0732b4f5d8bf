package org.glacis.runtime.certify;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.glacis.runtime.data.Samples;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Task;
import org.tensorflow.types.family.TFloating;

/**
 * How good a network is on some samples, and how good interval bounds prove it to be over a
 * perturbation set.
 *
 * @param figures by name. Classification: {@code cleanAccuracy}, {@code crossEntropy}, {@code ibp}
 *     (last affine operation merged, box clipped to the data range), {@code ibpBox} (output
 *     intervals, clipped), {@code ibpBoxUnclipped} (output intervals, unclipped), shares in [0, 1].
 *     Regression: {@code meanAbsoluteError}, {@code meanSquaredError} and the certified (largest
 *     possible) ones. Both: {@code meanOutputWidth}
 * @param margins the bound of the least margin of each sample, that behind {@code ibp}; empty for
 *     regression
 * @param undecided the samples that are decided rightly but not certified by {@code ibp}; empty for
 *     regression
 */
public record Evaluation(
    int samples, Map<String, Double> figures, double[] margins, int[] undecided) {
  public double get(String name) {
    return figures.getOrDefault(name, Double.NaN);
  }

  /**
   * Evaluates {@code samples} over the box of {@code set}. In a float64 network the bounds are
   * proofs.
   */
  public static <T extends TFloating> Evaluation of(
      NetworkGraph<T> network, Samples samples, PerturbationSet set, Task task, int outputs) {
    return of(network, samples, set, task, outputs, true);
  }

  /** The same without {@code ibpBoxUnclipped}, which takes a second pass of bounds. */
  public static <T extends TFloating> Evaluation clipped(
      NetworkGraph<T> network, Samples samples, PerturbationSet set, Task task, int outputs) {
    return of(network, samples, set, task, outputs, false);
  }

  private static <T extends TFloating> Evaluation of(
      NetworkGraph<T> network,
      Samples samples,
      PerturbationSet set,
      Task task,
      int outputs,
      boolean open) {
    Map<String, Double> sums = new LinkedHashMap<>();
    double[] radius = network.radius(set.getEpsilon());
    DoubleStream.Builder margins = DoubleStream.builder();
    IntStream.Builder undecided = IntStream.builder();
    for (int from = 0; from < samples.size(); from += Cascade.BATCH) {
      Batch batch =
          Batch.of(samples, from, Math.min(from + Cascade.BATCH, samples.size()), outputs);
      double[] predicted = network.predict(batch.inputs(), batch.count());
      var clipped = network.bounds(batch, radius, true);
      if (task == Task.CLASSIFICATION) {
        var unclipped = open ? network.bounds(batch, radius, false) : null;
        for (int k = 0; k < batch.count(); k++) {
          boolean right = Cascade.predicted(predicted, k, outputs) == batch.labels()[k];
          boolean proved = clipped.margins()[k] > 0;
          margins.add(clipped.margins()[k]);
          if (right && !proved) {
            undecided.add(from + k);
          }
          count(sums, "cleanAccuracy", right);
          sums.merge(
              "crossEntropy", crossEntropy(predicted, k, outputs, batch.labels()[k]), Double::sum);
          count(sums, "ibp", right && proved);
          count(sums, "ibpBox", right && clipped.boxMargins()[k] > 0);
          if (unclipped != null) {
            count(sums, "ibpBoxUnclipped", right && unclipped.boxMargins()[k] > 0);
          }
        }
      } else {
        errors(sums, batch, predicted, clipped);
      }
      for (int i = 0; i < predicted.length; i++) {
        sums.merge(
            "meanOutputWidth", (clipped.upper()[i] - clipped.lower()[i]) / outputs, Double::sum);
      }
    }
    sums.replaceAll((name, sum) -> sum / samples.size());
    return new Evaluation(
        samples.size(), sums, margins.build().toArray(), undecided.build().toArray());
  }

  private static void errors(
      Map<String, Double> sums, Batch batch, double[] predicted, NetworkGraph.BoundValues bounds) {
    int outputs = predicted.length / batch.count();
    for (int i = 0; i < predicted.length; i++) {
      double error = Math.abs(predicted[i] - batch.truth()[i]);
      double most =
          Math.max(
              Math.abs(bounds.lower()[i] - batch.truth()[i]),
              Math.abs(bounds.upper()[i] - batch.truth()[i]));
      sums.merge("meanAbsoluteError", error / outputs, Double::sum);
      sums.merge("meanSquaredError", error * error / outputs, Double::sum);
      sums.merge("certifiedMeanAbsoluteError", most / outputs, Double::sum);
      sums.merge("certifiedMeanSquaredError", most * most / outputs, Double::sum);
    }
  }

  /** {@code log sum_j exp(z_j) - z_label}, free of overflow. */
  static double crossEntropy(double[] logits, int sample, int outputs, int label) {
    int from = sample * outputs;
    double largest = Double.NEGATIVE_INFINITY;
    for (int j = from; j < from + outputs; j++) {
      largest = Math.max(largest, logits[j]);
    }
    double sum = 0;
    for (int j = from; j < from + outputs; j++) {
      sum += Math.exp(logits[j] - largest);
    }
    return largest - logits[from + label] + Math.log(sum);
  }

  private static void count(Map<String, Double> sums, String name, boolean yes) {
    sums.merge(name, yes ? 1.0 : 0.0, Double::sum);
  }
}
