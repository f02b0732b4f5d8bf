package org.glacis.runtime.train;

/**
 * A wish that a run stop: it ends after the present step, with its state stored. May be asked for
 * from any thread.
 */
public final class Interruption {
  private volatile boolean requested;

  public void request() {
    requested = true;
  }

  public boolean isRequested() {
    return requested;
  }
}
