package org.glacis.cli;

/** What the command tells the shell. */
public final class ExitCode {
  /** Done. */
  public static final int DONE = 0;

  /** The run failed. */
  public static final int FAILED = 1;

  /** The input is wrong; nothing was written. */
  public static final int WRONG_INPUT = 2;

  /** Interrupted; the state is saved and {@code --resume} goes on. */
  public static final int INTERRUPTED = 3;

  private ExitCode() {}
}
