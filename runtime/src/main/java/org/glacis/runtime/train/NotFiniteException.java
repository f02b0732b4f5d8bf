package org.glacis.runtime.train;

import org.glacis.spec.GlacisException;
import org.glacis.spec.LossSpec;

/** A loss, a bound or the weights became NaN or infinite. Good checkpoints were not touched. */
public final class NotFiniteException extends GlacisException {
  private static final long serialVersionUID = 1L;

  NotFiniteException(String message) {
    super(message);
  }

  NotFiniteException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * The loss of a step is not finite.
   *
   * @param step counted from 0
   * @param epoch counted from 1
   * @param first the first tensor that is not finite
   */
  static NotFiniteException ofLoss(
      LossSpec loss, long step, long epoch, String first, Throwable cause) {
    return new NotFiniteException(
        "train.loss: "
            + loss
            + " is NaN or infinite at step "
            + step
            + " (epoch "
            + epoch
            + "); the first tensor that is not finite is "
            + first
            + "; lower train.optimizer.learningRate, set train.gradientClip, or check the data",
        cause);
  }
}
