package org.glacis.runtime.lower;

import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.linalg.Qr;
import org.tensorflow.op.linalg.TriangularSolve;
import org.tensorflow.types.family.TFloating;

/**
 * Orthogonal matrices from decompositions. TensorFlow has no gradients for these; here the value is
 * that of the decomposition, plus its derivative in the direction {@code W - W}, which is 0, and in
 * whose factors {@code W} is a constant: what a gradient flows through is exactly the derivative.
 */
final class MatrixFactors<T extends TFloating> {
  /** What is added to the diagonal before a Cholesky decomposition, as Orthogonium adds. */
  private static final double DIAGONAL = 1e-5;

  private final Ops tf;
  private final Element<T> element;

  MatrixFactors(Ops tf, Element<T> element) {
    this.tf = tf;
    this.element = element;
  }

  /**
   * {@code Q} of {@code W = Q R} with a positive diagonal of {@code R}, of the transposed matrix
   * where there are more columns than rows. With {@code C = Q^T dW R^-1} and the strictly lower
   * triangle {@code l(C)}, {@code dQ = Q (l(C) - l(C)^T - C) + dW R^-1}.
   */
  Operand<T> qr(Operand<T> matrix) {
    boolean tall = isTall(matrix);
    Operand<T> w = tall ? matrix : turned(matrix);
    Operand<T> fixed = tf.stopGradient(w);
    Qr<T> parts = tf.linalg.qr(fixed);
    int columns = (int) w.shape().get(1);
    Operand<T> diagonal = tf.linalg.tensorDiagPart(parts.r());
    // A 0 on the diagonal has the sign 1: columns are never taken away.
    Operand<T> sign =
        tf.select(
            tf.math.less(diagonal, element.constant(tf, 0)),
            element.constant(tf, -1),
            element.constant(tf, 1));
    Operand<T> q = tf.stopGradient(tf.math.mul(parts.q(), sign));
    Operand<T> r = tf.math.mul(parts.r(), tf.reshape(sign, tf.constant(new int[] {columns, 1})));
    Operand<T> inverse =
        tf.stopGradient(
            tf.linalg.triangularSolve(r, identity(columns), TriangularSolve.lower(false)));
    Operand<T> moved = product(tf.math.sub(w, fixed), inverse, false, false);
    Operand<T> c = product(q, moved, true, false);
    Operand<T> lower = tf.math.mul(c, triangle(columns, 0));
    Operand<T> turn = tf.math.sub(tf.math.sub(lower, turned(lower)), c);
    Operand<T> all = tf.math.add(q, tf.math.add(product(q, turn, false, false), moved));
    return tall ? all : turned(all);
  }

  /**
   * {@code L^-1 W} with {@code L L^T = W W^T + 1e-5 I}, of the transposed matrix where there are
   * more rows than columns. With {@code S = dW W^T + W dW^T} and the lower triangle {@code l} whose
   * diagonal is halved, {@code dL = L l(L^-1 S L^-T)} and {@code d(L^-1 W) = L^-1 (dW - dL L^-1
   * W)}.
   */
  Operand<T> cholesky(Operand<T> matrix) {
    boolean wide = !isTall(matrix) || matrix.shape().get(0) == matrix.shape().get(1);
    Operand<T> w = wide ? matrix : turned(matrix);
    Operand<T> fixed = tf.stopGradient(w);
    int rows = (int) w.shape().get(0);
    Operand<T> gram =
        tf.math.add(
            product(fixed, fixed, false, true),
            tf.math.mul(identity(rows), element.constant(tf, DIAGONAL)));
    Operand<T> l = tf.linalg.cholesky(gram);
    Operand<T> inverse = tf.stopGradient(tf.linalg.triangularSolve(l, identity(rows)));
    Operand<T> value = tf.stopGradient(product(inverse, fixed, false, false));
    Operand<T> moved = product(inverse, tf.math.sub(w, fixed), false, false);
    // L^-1 S L^-T, as L^-1 dW and L^-1 W are at hand.
    Operand<T> half = product(moved, value, false, true);
    Operand<T> both = tf.math.add(half, turned(half));
    Operand<T> lower = tf.math.mul(both, triangle(rows, 0.5));
    Operand<T> all = tf.math.add(value, tf.math.sub(moved, product(lower, value, false, false)));
    return wide ? all : turned(all);
  }

  /** The first {@code terms} of the exponential of {@code (A - A^T) / 2}, cut to the shape. */
  Operand<T> exponential(Operand<T> matrix, int terms) {
    int rows = (int) matrix.shape().get(0);
    int columns = (int) matrix.shape().get(1);
    int side = Math.max(rows, columns);
    Operand<T> square =
        rows == columns
            ? matrix
            : tf.pad(
                matrix,
                tf.constant(new int[][] {{0, side - rows}, {0, side - columns}}),
                element.constant(tf, 0));
    Operand<T> skew = tf.math.mul(tf.math.sub(square, turned(square)), element.constant(tf, 0.5));
    Operand<T> power = skew;
    Operand<T> sum = tf.math.add(identity(side), skew);
    for (int i = 2; i < terms; i++) {
      power = tf.math.mul(product(power, skew, false, false), element.constant(tf, 1.0 / i));
      sum = tf.math.add(sum, power);
    }
    return rows == columns
        ? sum
        : tf.slice(sum, tf.constant(new int[] {0, 0}), tf.constant(new int[] {rows, columns}));
  }

  Operand<T> identity(int side) {
    double[] values = new double[side * side];
    for (int i = 0; i < side; i++) {
      values[i * side + i] = 1;
    }
    return element.constant(tf, values, side, side);
  }

  /** 1 below the diagonal, {@code diagonal} on it, 0 above. */
  private Operand<T> triangle(int side, double diagonal) {
    double[] values = new double[side * side];
    for (int i = 0; i < side; i++) {
      for (int j = 0; j < i; j++) {
        values[i * side + j] = 1;
      }
      values[i * side + i] = diagonal;
    }
    return element.constant(tf, values, side, side);
  }

  private boolean isTall(Operand<T> matrix) {
    return matrix.shape().get(0) >= matrix.shape().get(1);
  }

  private Operand<T> turned(Operand<T> matrix) {
    return tf.linalg.transpose(matrix, tf.constant(new int[] {1, 0}));
  }

  private Operand<T> product(Operand<T> a, Operand<T> b, boolean turnA, boolean turnB) {
    return tf.linalg.matMul(a, b, MatMul.transposeA(turnA), MatMul.transposeB(turnB));
  }
}
