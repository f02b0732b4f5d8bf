package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.BatchNormOp.Moments;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** The affine map that a layer makes of mean and variance of each channel. */
public sealed interface StatisticsLaw<T extends TFloating> {
  /** The map with the statistics {@code moments}. */
  ScaleShiftOp<T> at(Ops tf, Moments<T> moments);

  /** {@code gamma (x - mean) / sqrt(variance + epsilon) + beta}. */
  record Each<T extends TFloating>(
      Element<T> element, Operand<T> gamma, Operand<T> beta, double epsilon)
      implements StatisticsLaw<T> {
    @Override
    public ScaleShiftOp<T> at(Ops tf, Moments<T> moments) {
      Operand<T> deviation =
          tf.math.sqrt(tf.math.add(moments.variance(), element.constant(tf, epsilon)));
      return scaled(tf, tf.math.div(gamma, deviation), beta, moments);
    }
  }

  /** {@code x - mean + beta}. */
  record Centred<T extends TFloating>(Element<T> element, Operand<T> beta)
      implements StatisticsLaw<T> {
    @Override
    public ScaleShiftOp<T> at(Ops tf, Moments<T> moments) {
      return scaled(tf, element.constant(tf, new double[] {1}, 1), beta, moments);
    }
  }

  /**
   * {@code (x - mean) / d + beta} with the largest standard deviation {@code d} of a channel; 1
   * where its square is below {@link #LEAST}.
   */
  record Largest<T extends TFloating>(Element<T> element, Operand<T> beta)
      implements StatisticsLaw<T> {
    @Override
    public ScaleShiftOp<T> at(Ops tf, Moments<T> moments) {
      Operand<T> most = tf.max(moments.variance(), tf.constant(new int[] {0}));
      Operand<T> one = element.constant(tf, 1);
      Operand<T> square = tf.select(tf.math.less(most, element.constant(tf, LEAST)), one, most);
      Operand<T> scale = tf.math.div(one, tf.math.sqrt(square));
      return scaled(tf, tf.reshape(scale, tf.constant(new int[] {1})), beta, moments);
    }
  }

  /** A variance below this one divides by nothing, as in deel-torchlip. */
  double LEAST = 1e-5;

  private static <T extends TFloating> ScaleShiftOp<T> scaled(
      Ops tf, Operand<T> scale, Operand<T> beta, Moments<T> moments) {
    Operand<T> moved = tf.math.mul(moments.mean(), scale);
    return new ScaleShiftOp<>(
        scale, tf.math.sub(beta, moved), tf.math.add(tf.math.abs(beta), tf.math.abs(moved)));
  }
}
