package org.glacis.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.glacis.runtime.RunDirectory;
import org.glacis.runtime.train.TrainingListener;

/**
 * Ends a run in order when the process is told to end (Ctrl-C, SIGTERM): the step is finished, the
 * state stored, and the user told how to go on.
 */
final class Interrupts implements TrainingListener, AutoCloseable {
  /** A step of the largest networks takes seconds; a shutdown that hangs helps nobody. */
  private static final long PATIENCE_SECONDS = 300;

  private final Terminal terminal;
  private final Supplier<String> state;
  private final AtomicBoolean told = new AtomicBoolean();
  private final Thread hook = new Thread(this::ended, "interrupted");
  private boolean training;

  /**
   * Listens.
   *
   * @param state says, when the run has ended, what of it is saved and how to go on
   */
  Interrupts(Terminal terminal, Supplier<String> state) {
    this.terminal = terminal;
    this.state = state;
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

  /** Says, once, what is saved and how to go on. */
  void tell() {
    if (!told.getAndSet(true)) {
      terminal.err().println(state.get());
      terminal.err().flush();
    }
  }

  /**
   * What of an interrupted run is saved, as its files tell, and how to go on.
   *
   * @param directory that of the run, or of the runs of several seeds
   * @param runs the directories of the runs
   * @param goingOn the command that goes on with what is in {@code directory}
   */
  static String state(Path directory, List<Path> runs, String goingOn) {
    if (runs.stream().anyMatch(RunDirectory::hasState)) {
      return "interrupted; the state is saved. Go on with\n  " + goingOn;
    }
    String[] files = directory.toFile().list();
    return files != null && files.length > 0
        ? "interrupted before a state was saved. Begin again with\n  " + goingOn
        : "interrupted before training began; nothing is saved. Give the command again";
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
