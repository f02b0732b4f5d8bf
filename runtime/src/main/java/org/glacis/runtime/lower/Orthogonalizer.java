package org.glacis.runtime.lower;

import java.util.Objects;
import org.glacis.runtime.graph.Element;
import org.glacis.spec.Bjorck;
import org.glacis.spec.MatrixExponential;
import org.glacis.spec.Orthogonalization;
import org.glacis.spec.Qr;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.family.TFloating;

/** Makes matrices orthogonal inside a graph, with gradients of the map itself. */
final class Orthogonalizer<T extends TFloating> {
  /** Rounds of both iterations after which a matrix in float64 no longer changes. */
  private static final int SETTLED = 60;

  /** The factor with which the iteration ends quadratically; the end is the same with others. */
  private static final double FASTEST = 0.5;

  /** Terms of the exponential of a matrix of norm 1 after which the next is below 1e-32. */
  private static final int SETTLED_TERMS = 30;

  /** Added to the largest singular value that was found, which is found from below. */
  private static final double MARGIN = 1e-3;

  /** From how many times as many rows as columns on a matrix is narrow. */
  private static final int NARROW = 2;

  /**
   * How many iterations are made of one Gram matrix at most: what rounding left of a singular value
   * of 0 grows by 9/4 in each, and may be negative there.
   */
  private static final int AT_ONCE = 13;

  /** Last iterations that a narrow matrix goes through itself. */
  private static final int WHOLE = 2;

  private final Ops tf;
  private final Element<T> element;
  private final MatrixFactors<T> factors;

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
    factors = new MatrixFactors<>(tf, element);
  }

  /**
   * The orthogonal matrix of a free one.
   *
   * @param free rows × columns
   * @param vector 1 × columns
   * @param settled whether it is computed until it no longer changes
   */
  Normalized<T> of(Orthogonalization how, Operand<T> free, Operand<T> vector, boolean settled) {
    if (how instanceof Bjorck spec) {
      Normalized<T> normalized =
          spectral(free, vector, settled ? SETTLED : spec.getPowerIterations(), MARGIN);
      int iterations = settled ? SETTLED : spec.getIterations();
      return new Normalized<>(
          bjorck(normalized.matrix(), settled ? FASTEST : spec.getBeta(), iterations),
          normalized.vector());
    } else if (how instanceof MatrixExponential spec) {
      Normalized<T> normalized =
          spectral(free, vector, settled ? SETTLED : spec.getPowerIterations(), MARGIN);
      int terms = settled ? SETTLED_TERMS : spec.getTerms();
      return new Normalized<>(factors.exponential(normalized.matrix(), terms), normalized.vector());
    } else if (how instanceof Qr) {
      return new Normalized<>(factors.qr(free), vector);
    }
    return new Normalized<>(factors.cholesky(free), vector);
  }

  /**
   * The matrix divided by its largest singular value, as far as power iteration finds it, plus
   * {@code margin}. Gradients flow through that value, not through the vector.
   */
  Normalized<T> spectral(Operand<T> free, Operand<T> vector, int iterations, double margin) {
    Operand<T> fixed = tf.stopGradient(free);
    Operand<T> u = unit(vector);
    for (int i = 0; i < iterations; i++) {
      u = unit(product(product(u, fixed, false, true), fixed, false, false));
    }
    u = tf.stopGradient(u);
    Operand<T> largest = length(product(u, free, false, true));
    return new Normalized<>(
        tf.math.div(free, tf.math.add(largest, element.constant(tf, margin))), u);
  }

  /**
   * {@code W <- (1 + beta) W - beta W W^T W}. Every iterate is {@code W} times a polynomial of
   * {@code W^T W} (on the other side where there are more columns than rows), so that those of a
   * narrow matrix are computed from that small matrix, {@value #AT_ONCE} at once, and only the last
   * {@value #WHOLE}, which mend what rounding did to small singular values, from the matrix itself.
   */
  Operand<T> bjorck(Operand<T> matrix, double beta, int iterations) {
    long rows = matrix.shape().get(0);
    long columns = matrix.shape().get(1);
    boolean tall = rows >= columns;
    boolean narrow = Math.max(rows, columns) >= NARROW * Math.min(rows, columns);
    int small = narrow ? Math.max(0, iterations - WHOLE) : 0;
    Operand<T> w = matrix;
    for (int done = 0; done < small; done += AT_ONCE) {
      int now = Math.min(AT_ONCE, small - done);
      w = times(w, polynomial(gram(w, tall), beta, now), tall);
    }
    for (int i = small; i < iterations; i++) {
      w = step(w, times(w, gram(w, tall), tall), beta);
    }
    return w;
  }

  /** What {@code iterations} multiply a matrix by whose Gram matrix is {@code gram}. */
  private Operand<T> polynomial(Operand<T> gram, double beta, int iterations) {
    Operand<T> one = factors.identity((int) gram.shape().get(0));
    Operand<T> g = gram;
    Operand<T> all = null;
    for (int i = 0; i < iterations; i++) {
      Operand<T> factor = step(one, g, beta);
      all = all == null ? factor : product(all, factor, false, false);
      if (i < iterations - 1) {
        g = product(product(factor, g, false, false), factor, false, false);
      }
    }
    return Objects.requireNonNull(all);
  }

  private Operand<T> step(Operand<T> w, Operand<T> cubed, double beta) {
    return tf.math.sub(
        tf.math.mul(w, element.constant(tf, 1 + beta)),
        tf.math.mul(cubed, element.constant(tf, beta)));
  }

  private Operand<T> gram(Operand<T> w, boolean tall) {
    return product(w, w, tall, !tall);
  }

  private Operand<T> times(Operand<T> w, Operand<T> small, boolean tall) {
    return tall ? product(w, small, false, false) : product(small, w, false, false);
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
