package org.glacis.runtime.optimize;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.Groups;
import org.glacis.spec.AutoWeightClip;
import org.glacis.spec.FrobeniusNorm;
import org.glacis.spec.SpectralNorm;
import org.glacis.spec.WeightClip;
import org.glacis.spec.WeightConstraint;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.family.TFloating;

/** Moves kernels back into the set that a {@link WeightConstraint} allows. */
public final class Projection<T extends TFloating> {
  /**
   * How often a Gram matrix is squared. The bound of its largest eigenvalue is at most {@code n^(1
   * / 2^9)} too large for n × n numbers, that of a norm the root of it: 0.7 % for 1,024.
   */
  private static final int SQUARINGS = 8;

  private final Ops tf;
  private final Element<T> element;

  public Projection(Ops tf, Element<T> element) {
    this.tf = tf;
    this.element = element;
  }

  /**
   * The allowed kernel.
   *
   * @param kernel its columns are its last axis
   * @param groups how many parts its channels have, each a matrix by itself
   * @param overlap what its norm is multiplied by for that of the layer
   */
  public Operand<T> of(WeightConstraint constraint, Operand<T> kernel, int groups, double overlap) {
    if (constraint instanceof SpectralNorm spec) {
      Operand<T> whole = Groups.whole(tf, element, kernel, groups);
      long columns = kernel.shape().get(kernel.shape().numDimensions() - 1);
      Operand<T> matrix = tf.reshape(whole, tf.constant(new long[] {-1, columns}));
      return shortened(kernel, norm(matrix), spec.getNorm() / overlap);
    } else if (constraint instanceof FrobeniusNorm spec) {
      return shortened(kernel, length(kernel), spec.getNorm() / overlap);
    } else if (constraint instanceof WeightClip spec) {
      return clipped(kernel, spec.getLimit());
    }
    double scale = ((AutoWeightClip) constraint).getScale();
    return clipped(kernel, 1 / (Math.sqrt((double) kernel.shape().size()) * scale));
  }

  /** The kernel, divided by what {@code size} is above {@code most}. */
  private Operand<T> shortened(Operand<T> kernel, Operand<T> size, double most) {
    Operand<T> limit = element.constant(tf, most);
    return tf.math.mul(kernel, tf.math.div(limit, tf.math.maximum(size, limit)));
  }

  private Operand<T> clipped(Operand<T> kernel, double limit) {
    return tf.clipByValue(kernel, element.constant(tf, -limit), element.constant(tf, limit));
  }

  /**
   * An upper bound of the largest singular value (Gram iteration, Delattre et al. 2023): the length
   * of a power of the Gram matrix of the smaller side is at least that power of its largest
   * eigenvalue. Each power is divided by its length, whose root counts.
   */
  Operand<T> norm(Operand<T> matrix) {
    boolean tall = matrix.shape().get(0) >= matrix.shape().get(1);
    Operand<T> power =
        tf.linalg.matMul(matrix, matrix, MatMul.transposeA(tall), MatMul.transposeB(!tall));
    Operand<T> bound = null;
    for (int i = 0; i <= SQUARINGS; i++) {
      Operand<T> length =
          tf.math.maximum(length(power), element.constant(tf, element.leastNormal()));
      Operand<T> root = tf.math.pow(length, element.constant(tf, Math.pow(0.5, i)));
      bound = bound == null ? root : tf.math.mul(bound, root);
      if (i < SQUARINGS) {
        Operand<T> unit = tf.math.div(power, length);
        power = tf.linalg.matMul(unit, unit);
      }
    }
    return tf.math.sqrt(java.util.Objects.requireNonNull(bound));
  }

  private Operand<T> length(Operand<T> values) {
    Operand<T> flat = tf.reshape(values, tf.constant(new int[] {-1}));
    return tf.math.sqrt(tf.reduceSum(tf.math.square(flat), tf.constant(0)));
  }
}
