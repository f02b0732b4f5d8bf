package org.glacis.runtime.train;

import java.util.Arrays;
import java.util.Map;
import org.glacis.evidence.holistic.HolisticRisk;
import org.glacis.evidence.holistic.HolisticWeights;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.loss.Passes.HostWeights;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.family.TFloating;

/**
 * Weights of samples that are found on the host, between two runs of a step: the first says what
 * the losses are, the second makes the step.
 *
 * @param losses one a sample
 */
record Weighed<T extends TFloating>(
    Element<T> element,
    HolisticRisk risk,
    Operand<T> losses,
    Placeholder<T> weights,
    Placeholder<T> extra) {
  static <T extends TFloating> Weighed<T> of(
      Ops tf, Element<T> element, HolisticRisk risk, Operand<T> losses) {
    Ops here = tf.withSubScope("weighed");
    return new Weighed<>(
        element,
        risk,
        losses,
        here.withName("weights")
            .placeholder(element.type(), Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE))),
        here.withName("extra").placeholder(element.type(), Placeholder.shape(Shape.scalar())));
  }

  HostWeights<T> fed() {
    return new HostWeights<>(weights, extra);
  }

  /**
   * What the second run is fed, from what the first one found; to be closed. Losses that are no
   * finite numbers have no weights: the step then fails as it would without any.
   */
  Map<Placeholder<T>, Tensor> feed(Tensor found) {
    double[] each = Tensors.doubles(found);
    double[] made = new double[each.length];
    double rest = Double.NaN;
    if (Arrays.stream(each).allMatch(Double::isFinite)) {
      HolisticWeights law = risk.of(each);
      made = law.weights();
      rest = law.extraWeight();
    } else {
      Arrays.fill(made, Double.NaN);
    }
    return Map.of(
        weights, element.tensor(made, made.length), extra, element.tensor(new double[] {rest}));
  }
}
