package org.glacis.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.glacis.runtime.train.EpochRecord;
import org.glacis.runtime.train.StepMetrics;
import org.glacis.runtime.train.TrainingListener;

/** Plain lines: one an epoch, and one every few seconds of a long epoch. */
final class EpochLines implements TrainingListener {
  private static final long PAUSE = TimeUnit.SECONDS.toNanos(5);

  /**
   * One figure of an epoch.
   *
   * @param name its column in {@code metrics.csv}
   * @param label what it is called in a line
   */
  private record Figure(String name, String label, String format) {}

  private static final List<Figure> FIGURES =
      List.of(
          new Figure("loss", "loss", "%.4f"),
          new Figure("accuracy", "accuracy", "%.4f"),
          new Figure("robustAccuracy", "robust", "%.4f"),
          new Figure("meanSquaredError", "error", "%.4f"),
          new Figure("outputWidth", "width", "%.4f"),
          new Figure("epsilon", "epsilon", "%.4g"),
          new Figure("cleanAccuracy", "clean", "%.4f"),
          new Figure("certifiedAccuracy", "certified", "%.4f"),
          new Figure("meanCertifiedRadius", "radius", "%.4f"),
          new Figure("certifiedMeanAbsoluteError", "certified error", "%.4f"),
          new Figure("valAccuracy", "val", "%.4f"),
          new Figure("valMeanAbsoluteError", "val error", "%.4f"),
          new Figure("valCertifiedAccuracy", "val certified", "%.4f"),
          new Figure("valMeanCertifiedRadius", "val radius", "%.4f"),
          new Figure("valCertifiedMeanAbsoluteError", "val certified error", "%.4f"),
          new Figure("seconds", "", "%.2f s"));

  private final PrintStream out;
  private int epochs;
  private int stepsPerEpoch;
  private long last = System.nanoTime();

  EpochLines(PrintStream out) {
    this.out = out;
  }

  /** A bar where somebody watches, plain lines elsewhere. */
  static TrainingListener on(Terminal terminal) {
    return terminal.interactive() ? new EpochBar(terminal) : new EpochLines(terminal.out());
  }

  @Override
  public void started(int firstEpoch, int allEpochs, int steps) {
    epochs = allEpochs;
    stepsPerEpoch = steps;
    last = System.nanoTime();
    if (firstEpoch > 1 && firstEpoch <= allEpochs) {
      out.println("begins with epoch " + firstEpoch);
    }
  }

  @Override
  public void stepDone(int epoch, int step, StepMetrics metrics) {
    if (System.nanoTime() - last >= PAUSE && step < stepsPerEpoch) {
      last = System.nanoTime();
      out.println(
          head(epoch, epochs)
              + "  step "
              + step
              + "/"
              + stepsPerEpoch
              + String.format(Locale.ROOT, "  loss %.4f", metrics.loss()));
    }
  }

  @Override
  public void epochDone(EpochRecord record) {
    last = System.nanoTime();
    out.println(line(record, epochs));
  }

  /** {@code epoch 3/10}, as wide for the first epoch as for the last. */
  static String head(int epoch, int epochs) {
    String all = Integer.toString(epochs);
    return "epoch " + Table.right(Integer.toString(epoch), all.length()) + "/" + all;
  }

  static String line(EpochRecord record, int epochs) {
    List<String> parts = new ArrayList<>();
    parts.add(head(record.epoch(), epochs));
    for (Figure figure : FIGURES) {
      Double value = record.values().get(figure.name);
      if (value != null) {
        String label = figure.label.isEmpty() ? "" : figure.label + " ";
        parts.add(label + String.format(Locale.ROOT, figure.format, value));
      }
    }
    return String.join("  ", parts);
  }
}
