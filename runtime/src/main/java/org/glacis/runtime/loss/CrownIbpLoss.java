package org.glacis.runtime.loss;

import org.glacis.runtime.bound.LinearPass;
import org.glacis.runtime.bound.Margins;
import org.glacis.spec.CrownIbp;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Cross-entropy of margins from one backward pass over interval bounds (Zhang et al. 2020), or a
 * bound of it with one backward row a sample (Xu et al. 2020, section 3.3).
 */
final class CrownIbpLoss {
  private CrownIbpLoss() {}

  static <T extends TFloating> Operand<T> scalar(CrownIbp loss, LossInputs<T> in) {
    Operand<T> robust = loss.getFusion() ? fused(in) : separate(loss, in);
    return ExpressiveLosses.mixed(loss.getKappa(), in.part("crownIbpLoss", robust), in);
  }

  private static <T extends TFloating> Operand<T> separate(CrownIbp loss, LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> intervals = in.robust();
    if (loss.getMixing() && in.isFull()) {
      return intervals; // the backward pass would count nothing
    }
    Operand<T> margins = margins(in);
    if (loss.getMixing()) {
      Operand<T> share = tf.math.sub(in.element().constant(tf, 1), in.epsilonFactor());
      margins =
          tf.math.add(tf.math.mul(share, margins), tf.math.mul(in.epsilonFactor(), in.margins()));
    }
    return in.mean(in.crossEntropy(tf.math.neg(margins)));
  }

  /** Lower bounds of the margins by CROWN-IBP: batch × classes, 0 for the label. */
  static <T extends TFloating> Operand<T> margins(LossInputs<T> in) {
    Ops tf = in.tf();
    int classes = classes(in);
    return LinearPass.lower(
        tf,
        "crown",
        in.element(),
        in.bounds(),
        Margins.differences(tf, in.element(), in.truth(), classes),
        classes);
  }

  /**
   * {@code log(1 + sum_j exp(-m_j))} is at most {@code log(1 + sum_j [exp(-l_j) + s_j (m_j -
   * l_j)])}, where {@code s_j} is the slope of the chord of {@code exp(-m)} on the interval bounds
   * {@code [l_j, u_j]} of the margin; one row bounds the sum.
   */
  static <T extends TFloating> Operand<T> fused(LossInputs<T> in) {
    return in.mean(fusedPerSample(in));
  }

  static <T extends TFloating> Operand<T> fusedPerSample(LossInputs<T> in) {
    Ops tf = in.tf();
    Operand<T> one = in.element().constant(tf, 1);
    Operand<T> others = tf.math.sub(one, in.truth());
    Operand<T> lower = in.margins();
    Operand<T> middle =
        Margins.ofPoints(tf, in.element(), in.bounds().output().centre(tf), in.truth());
    Operand<T> upper = tf.math.sub(tf.math.add(middle, middle), lower);
    Operand<T> width = tf.math.maximum(tf.math.sub(upper, lower), in.element().constant(tf, 1e-8));
    // exp(-l) may be large: everything is divided by exp(-least), which is put back at the end.
    Operand<T> least =
        tf.stopGradient(
            tf.math.minimum(
                in.element().constant(tf, 0),
                tf.min(lower, tf.constant(1), org.tensorflow.op.core.Min.keepDims(true))));
    Operand<T> high = tf.math.exp(tf.math.sub(least, lower));
    Operand<T> low = tf.math.exp(tf.math.sub(least, upper));
    Operand<T> slope = tf.math.mul(tf.math.div(tf.math.sub(low, high), width), others);
    // sum_j s_j m_j is at most minus the least of sum_j (-s_j) m_j.
    Operand<T> weights = tf.math.neg(slope);
    Operand<T> sumOfWeights =
        tf.reduceSum(weights, tf.constant(1), org.tensorflow.op.core.ReduceSum.keepDims(true));
    Operand<T> row = tf.math.sub(tf.math.mul(sumOfWeights, in.truth()), weights);
    Operand<T> bound =
        tf.math.neg(LinearPass.lower(tf, "fused", in.element(), in.bounds(), row, 1));
    Operand<T> constants =
        tf.reduceSum(
            tf.math.mul(others, tf.math.sub(high, tf.math.mul(slope, lower))),
            tf.constant(1),
            org.tensorflow.op.core.ReduceSum.keepDims(true));
    Operand<T> sum = tf.math.add(tf.math.exp(least), tf.math.add(constants, bound));
    return tf.reshape(tf.math.sub(tf.math.log(sum), least), tf.constant(new int[] {-1}));
  }

  private static <T extends TFloating> int classes(LossInputs<T> in) {
    var program = in.bounds().program();
    return program.shapeOf(program.output()).getSize();
  }
}
