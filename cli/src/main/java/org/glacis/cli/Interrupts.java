package org.glacis.cli;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.glacis.runtime.train.TrainingListener;

/**
 * Ends a run in order when the process is told to end (Ctrl-C, SIGTERM): the step is finished, the
 * state stored, and the user told how to go on.
 */
final class Interrupts implements TrainingListener, AutoCloseable {
  /** A step of the largest networks takes seconds; a shutdown that hangs helps nobody. */
  private static final long PATIENCE_SECONDS = 300;

  private final Terminal terminal;
  private final Path directory;
  private final AtomicBoolean told = new AtomicBoolean();
  private final Thread hook = new Thread(this::ended, "interrupted");
  private boolean training;

  Interrupts(Terminal terminal, Path directory) {
    this.terminal = terminal;
    this.directory = directory;
    if (terminal.process()) {
      Runtime.getRuntime().addShutdownHook(hook);
    }
  }

  @Override
  public synchronized void started(int firstEpoch, int epochs, int stepsPerEpoch) {
    training = true;
  }

  @Override
  public synchronized void finished(boolean interrupted) {
    training = false;
    notifyAll();
  }

  /** Says, once, that the state is saved and how to go on. */
  void tell() {
    if (!told.getAndSet(true)) {
      terminal.err().println("interrupted; the state is saved in " + directory);
      terminal.err().println("go on with  glacis run " + directory + " --resume");
      terminal.err().flush();
    }
  }

  private void ended() {
    terminal.interruption().request();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    synchronized (this) {
      while (training && System.nanoTime() < until) {
        try {
          TimeUnit.NANOSECONDS.timedWait(this, until - System.nanoTime());
        } catch (InterruptedException e) {
          break;
        }
      }
    }
    tell();
    Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
  }

  @Override
  public void close() {
    finished(false);
    if (terminal.process()) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The process is ending already, and the hook is what ends it.
        terminal.interruption().request();
      }
    }
  }
}
