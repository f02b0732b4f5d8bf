package org.glacis.runtime.train;

import org.glacis.spec.GlacisException;

/**
 * A loss or a bound became NaN or infinite. The update of that step was not made; good checkpoints
 * were not touched.
 */
public final class NotFiniteException extends GlacisException {
  private static final long serialVersionUID = 1L;

  NotFiniteException(String message, Throwable cause) {
    super(message, cause);
  }
}
