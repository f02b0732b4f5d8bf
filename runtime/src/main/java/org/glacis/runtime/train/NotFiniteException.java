package org.glacis.runtime.train;

import org.glacis.spec.GlacisException;

/** A loss, a bound or the weights became NaN or infinite. Good checkpoints were not touched. */
public final class NotFiniteException extends GlacisException {
  private static final long serialVersionUID = 1L;

  NotFiniteException(String message) {
    super(message);
  }

  NotFiniteException(String message, Throwable cause) {
    super(message, cause);
  }
}
