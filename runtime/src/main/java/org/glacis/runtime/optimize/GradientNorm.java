package org.glacis.runtime.optimize;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Gradients of which the norm is limited.
 *
 * @param norm the L2 norm of all of them before; a scalar
 */
public record GradientNorm<T extends TFloating>(Operand<T> norm, List<Operand<T>> clipped) {
  /** Scales {@code gradients} by {@code most / (norm + 1e-6)} where that is below 1, as PyTorch. */
  public static <T extends TFloating> GradientNorm<T> clip(
      Ops tf, Element<T> element, List<Operand<T>> gradients, double most) {
    List<Operand<T>> squares = new ArrayList<>();
    gradients.forEach(g -> squares.add(tf.nn.l2Loss(g)));
    Operand<T> norm = tf.math.sqrt(tf.math.mul(tf.math.addN(squares), element.constant(tf, 2)));
    Operand<T> scale =
        tf.math.minimum(
            element.constant(tf, 1),
            tf.math.div(element.constant(tf, most), tf.math.add(norm, element.constant(tf, 1e-6))));
    return new GradientNorm<>(
        norm, gradients.stream().<Operand<T>>map(g -> tf.math.mul(g, scale)).toList());
  }
}
