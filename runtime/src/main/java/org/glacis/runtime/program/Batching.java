package org.glacis.runtime.program;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * What the samples that a graph sees say of the batch of a step: they are the batch, or one of the
 * parts that it is cut into. Samples meet in means alone, so whatever takes one asks here.
 */
public interface Batching<T extends TFloating> {
  /** Whether the graph sees all samples of a step. */
  boolean isWhole();

  /**
   * The mean over the whole batch.
   *
   * @param seen the mean over the samples that the graph sees, of any shape
   */
  Operand<T> mean(Ops tf, Operand<T> seen);

  /**
   * Numbers of each sample that are dear to compute and the same whenever the part is seen again.
   * No gradient flows through them.
   */
  Operand<T> kept(Ops tf, Operand<T> perSample);

  /** All samples at once. */
  static <T extends TFloating> Batching<T> whole() {
    return new Batching<>() {
      @Override
      public boolean isWhole() {
        return true;
      }

      @Override
      public Operand<T> mean(Ops tf, Operand<T> seen) {
        return seen;
      }

      @Override
      public Operand<T> kept(Ops tf, Operand<T> perSample) {
        return perSample;
      }
    };
  }
}
