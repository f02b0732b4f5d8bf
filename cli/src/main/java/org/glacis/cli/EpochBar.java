package org.glacis.cli;

import java.io.PrintStream;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.glacis.runtime.train.EpochRecord;
import org.glacis.runtime.train.StepMetrics;
import org.glacis.runtime.train.TrainingListener;
import org.jspecify.annotations.Nullable;

/** A bar that moves through the epoch at hand; a line remains of each epoch that is done. */
final class EpochBar implements TrainingListener {
  private static final int REDRAWN_EVERY_MILLIS = 200;

  private final Terminal terminal;
  private int epochs;
  private int stepsPerEpoch;
  private @Nullable ProgressBar bar;

  EpochBar(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void started(int firstEpoch, int allEpochs, int steps) {
    epochs = allEpochs;
    stepsPerEpoch = steps;
  }

  @Override
  public void stepDone(int epoch, int step, StepMetrics metrics) {
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(EpochLines.head(epoch, epochs))
              .setInitialMax(stepsPerEpoch)
              .setStyle(ProgressBarStyle.UNICODE_BLOCK)
              .setUpdateIntervalMillis(REDRAWN_EVERY_MILLIS)
              .setUnit(" steps", 1)
              .setConsumer(new Line(terminal.out()))
              .build();
    }
    bar.stepTo(step).setExtraMessage(String.format(Locale.ROOT, " loss %.4f", metrics.loss()));
  }

  @Override
  public void epochDone(EpochRecord record) {
    clear();
    terminal.out().println(EpochLines.line(record, epochs));
  }

  @Override
  public void finished(boolean interrupted) {
    clear();
  }

  private void clear() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  /**
   * One line of the terminal, blank again when the bar is done. The library's own asks JLine for
   * the width, which takes the handling of Ctrl-C away from Java, and the state of a run with it.
   */
  private record Line(PrintStream out) implements ProgressBarConsumer {
    private static final int WIDTH = 79;

    @Override
    public int getMaxRenderedLength() {
      return WIDTH;
    }

    @Override
    public void accept(String bar) {
      out.print("\r" + bar);
      out.flush();
    }

    @Override
    public void close() {
      out.print("\r" + " ".repeat(WIDTH) + "\r");
      out.flush();
    }
  }
}
