package org.glacis.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.interchange.ExportFormat;
import org.glacis.spec.DataRange;
import org.glacis.spec.GlacisException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the plain network of a run in a format that others read. */
@Command(name = "export", description = "Write the plain network of a run for other programs.")
final class ExportCommand implements Callable<Integer> {
  private static final int CHECKED_INPUTS = 64;

  /** Float32 against float64, as a share of the largest output: 1-Lipschitz networks add little. */
  private static final double TOLERANCE = 1e-5;

  /** The same through a deep network without constants. */
  private static final double FREE_TOLERANCE = 1e-4;

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The directory of a finished run.")
  private String run = "";

  @Option(
      names = "--to",
      required = true,
      paramLabel = "onnx|saved-model|json",
      description = "ONNX, a TensorFlow SavedModel, or JSON with layers and weights.")
  private String format = "";

  @Option(
      names = "--out",
      paramLabel = "PATH",
      description = "Where to; RUN/network.onnx, RUN/saved-model or RUN/network.json by default.")
  private @Nullable String out;

  ExportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    ExportFormat to = ExportFormat.of(format);
    Path directory = terminal.path(run);
    Path target = out != null ? terminal.path(out) : directory.resolve(to.file());
    try (TrainedModel model = Glacis.load(directory)) {
      float[][] inputs = inputs(model);
      model.export(to, target);
      double[][] again = to.predict(target, model, inputs);
      terminal.out().println(target);
      terminal
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "read back: %d random inputs give equal outputs (largest difference %.1e)",
                  inputs.length,
                  difference(target, model, model.predict(inputs), again)));
      return ExitCode.DONE;
    }
  }

  private static float[][] inputs(TrainedModel model) {
    @Nullable DataRange range = model.experiment().getPerturbation().getRange();
    double least = range == null ? -1 : range.getLeast();
    double most = range == null ? 1 : range.getMost();
    SplittableRandom random = new SplittableRandom(model.experiment().getSeed());
    float[][] inputs =
        new float[CHECKED_INPUTS][model.experiment().getModel().getInput().getSize()];
    for (float[] input : inputs) {
      for (int i = 0; i < input.length; i++) {
        input[i] = (float) (least + (most - least) * random.nextDouble());
      }
    }
    return inputs;
  }

  private static double difference(
      Path target, TrainedModel model, double[][] here, double[][] there) {
    double tolerance = model.isConstrained() ? TOLERANCE : FREE_TOLERANCE;
    double largest = 0;
    double scale = 1;
    for (int i = 0; i < here.length; i++) {
      for (int j = 0; j < here[i].length; j++) {
        largest = Math.max(largest, Math.abs(here[i][j] - there[i][j]));
        scale = Math.max(scale, Math.abs(here[i][j]));
      }
    }
    if (!(largest <= tolerance * scale)) {
      throw new GlacisException(
          target
              + ": the exported network differs by "
              + largest
              + " in its outputs; do not use it, and please report this");
    }
    return largest;
  }
}
