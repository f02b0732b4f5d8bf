package org.glacis.runtime.certify;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.glacis.runtime.bound.LipschitzPass;
import org.glacis.runtime.data.Samples;
import org.tensorflow.types.family.TFloating;

/**
 * How good a network with Lipschitz constants is on some samples: figures by the names of {@link
 * Evaluation}, {@code lipschitzMargin}, {@code meanCertifiedRadius} and {@code krOverConstant}. For
 * watching a training, where outputs are computed in float32; not for a certificate.
 */
public final class LipschitzEvaluation {
  private LipschitzEvaluation() {}

  /**
   * Evaluates {@code samples} for balls of {@code epsilon}. Classification only.
   *
   * @param network whose weights are loaded, of layers that have constants
   */
  public static <T extends TFloating> Evaluation of(
      NetworkGraph<T> network, Samples samples, double epsilon) {
    LipschitzPass.Constants constants = network.lipschitz();
    int outputs = network.outputs();
    Map<String, Double> sums = new LinkedHashMap<>();
    KantorovichMean kr = new KantorovichMean(outputs);
    DoubleStream.Builder margins = DoubleStream.builder();
    IntStream.Builder undecided = IntStream.builder();
    for (int from = 0; from < samples.size(); from += Cascade.BATCH) {
      Batch batch =
          Batch.of(samples, from, Math.min(from + Cascade.BATCH, samples.size()), outputs);
      double[] predicted = network.predict(batch.inputs(), batch.count());
      for (int k = 0; k < batch.count(); k++) {
        int label = batch.labels()[k];
        CertifiedRadius radius =
            CertifiedRadius.of(constants, predicted, predicted, k * outputs, label);
        kr.add(predicted, k * outputs, label);
        boolean right = Cascade.predicted(predicted, k, outputs) == label;
        boolean certified = right && radius.pairwise() > epsilon;
        margins.add(radius.margin(epsilon));
        if (right && !certified) {
          undecided.add(from + k);
        }
        sums.merge("cleanAccuracy", right ? 1.0 : 0, Double::sum);
        sums.merge(
            "crossEntropy", Evaluation.crossEntropy(predicted, k, outputs, label), Double::sum);
        sums.merge(LipschitzMarginStep.METHOD, certified ? 1.0 : 0, Double::sum);
        sums.merge("meanCertifiedRadius", right ? radius.pairwise() : 0, Double::sum);
      }
    }
    sums.replaceAll((name, sum) -> sum / samples.size());
    sums.put("krOverConstant", kr.mean() / constants.largestOfOutputs());
    return new Evaluation(
        samples.size(), sums, margins.build().toArray(), undecided.build().toArray());
  }
}
