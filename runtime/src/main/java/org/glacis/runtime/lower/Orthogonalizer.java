package org.glacis.runtime.lower;

import org.glacis.runtime.graph.Element;
import org.glacis.spec.Bjorck;
import org.glacis.spec.Orthogonalization;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.family.TFloating;

/** Makes matrices orthogonal inside a graph, with gradients of the map itself. */
final class Orthogonalizer<T extends TFloating> {
  /** Rounds of both iterations after which a matrix in float64 no longer changes. */
  private static final int SETTLED = 60;

  /** Added to the largest singular value that was found, which is found from below. */
  private static final double MARGIN = 1e-3;

  private final Ops tf;
  private final Element<T> element;

  /**
   * A matrix, and the vector from which the next power iteration goes on.
   *
   * @param matrix rows × columns
   * @param vector 1 × columns
   */
  record Normalized<T extends TFloating>(Operand<T> matrix, Operand<T> vector) {}

  Orthogonalizer(Ops tf, Element<T> element) {
    this.tf = tf;
    this.element = element;
  }

  /**
   * The orthogonal matrix of a free one.
   *
   * @param free rows × columns
   * @param vector 1 × columns
   * @param settled whether it is computed until it no longer changes
   */
  Normalized<T> of(Orthogonalization how, Operand<T> free, Operand<T> vector, boolean settled) {
    Bjorck spec = (Bjorck) how;
    Normalized<T> normalized =
        spectral(free, vector, settled ? SETTLED : spec.getPowerIterations());
    Operand<T> matrix =
        bjorck(normalized.matrix(), spec.getBeta(), settled ? SETTLED : spec.getIterations());
    return new Normalized<>(matrix, normalized.vector());
  }

  /**
   * The matrix divided by its largest singular value, as far as power iteration finds it, plus
   * {@value #MARGIN}. Gradients flow through that value, not through the vector.
   */
  Normalized<T> spectral(Operand<T> free, Operand<T> vector, int iterations) {
    Operand<T> fixed = tf.stopGradient(free);
    Operand<T> u = unit(vector);
    for (int i = 0; i < iterations; i++) {
      u = unit(product(product(u, fixed, false, true), fixed, false, false));
    }
    u = tf.stopGradient(u);
    Operand<T> largest = length(product(u, free, false, true));
    return new Normalized<>(
        tf.math.div(free, tf.math.add(largest, element.constant(tf, MARGIN))), u);
  }

  /** {@code W <- (1 + beta) W - beta W W^T W}, by the smaller of both products. */
  Operand<T> bjorck(Operand<T> matrix, double beta, int iterations) {
    boolean tall = matrix.shape().get(0) >= matrix.shape().get(1);
    Operand<T> w = matrix;
    for (int i = 0; i < iterations; i++) {
      Operand<T> cubed =
          tall
              ? product(w, product(w, w, true, false), false, false)
              : product(product(w, w, false, true), w, false, false);
      w =
          tf.math.sub(
              tf.math.mul(w, element.constant(tf, 1 + beta)),
              tf.math.mul(cubed, element.constant(tf, beta)));
    }
    return w;
  }

  private Operand<T> product(Operand<T> a, Operand<T> b, boolean turnA, boolean turnB) {
    return tf.linalg.matMul(a, b, MatMul.transposeA(turnA), MatMul.transposeB(turnB));
  }

  private Operand<T> unit(Operand<T> vector) {
    return tf.math.div(
        vector, tf.math.maximum(length(vector), element.constant(tf, element.leastNormal())));
  }

  private Operand<T> length(Operand<T> vector) {
    return tf.math.sqrt(
        tf.reduceSum(
            tf.math.square(vector), tf.constant(new int[] {0, 1}), ReduceSum.keepDims(true)));
  }
}
