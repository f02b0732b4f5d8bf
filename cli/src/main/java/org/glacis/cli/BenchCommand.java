package org.glacis.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.glacis.evidence.Json;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.bench.BoundBenchmark;
import org.glacis.runtime.bench.StepBenchmark;
import org.glacis.runtime.bench.WeightBenchmark;
import org.glacis.runtime.data.DataSets;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Times training steps, bounds or weights and prints one JSON object. */
@Command(
    name = "bench",
    description = {
      "Time the training step of an experiment beside its bare matrix products,",
      "(bench bounds RUN) the bounds of a trained network, or (bench weights) the weights of",
      "holistic robust learning on the host. Prints one JSON object."
    })
final class BenchCommand implements Callable<Integer> {
  /** Weights take so little time that a step of theirs is many batches. */
  private static final int WEIGHT_STEPS = 50;

  private static final int WEIGHT_WARMUP = 200;

  private final Terminal terminal;

  @Parameters(
      arity = "1..2",
      paramLabel = "RECIPE|FILE | bounds RUN | weights",
      description = "What to time.")
  private List<String> what = new ArrayList<>();

  @Option(names = "--steps", paramLabel = "N", description = "Measured steps.")
  private int steps = 100;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      description = "Steps before, not measured; fewer where they take long.")
  private int warmup = 20;

  @Option(names = "--batch", paramLabel = "N", description = "Samples a step.")
  private @Nullable Integer batch;

  @Mixin private DataOption data = new DataOption();

  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(names = "--set", paramLabel = "PATH=VALUE", description = "Change one value.")
  private List<String> settings = new ArrayList<>();

  BenchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (steps < 1 || warmup < 0) {
      throw new InputException(
          "--steps is " + steps + " and --warmup " + warmup + "; measure at least 1 step");
    }
    Device where = device.device();
    Map<String, Object> figures =
        switch (what.get(0)) {
          case "bounds" -> bounds(where);
          case "weights" -> weights();
          default -> step(where);
        };
    terminal.out().print(Json.pretty(figures));
    return ExitCode.DONE;
  }

  private Map<String, Object> weights() {
    if (what.size() > 1) {
      throw new InputException("bench weights takes no more but was given " + what.get(1));
    }
    int losses = batch == null ? 128 : batch;
    if (losses < 1) {
      throw new InputException("--batch is " + losses + "; give at least 1 loss");
    }
    return WeightBenchmark.run(losses, WEIGHT_WARMUP * warmup, WEIGHT_STEPS * steps);
  }

  private Map<String, Object> step(Device where) {
    if (what.size() > 1) {
      throw new InputException(
          "bench takes one experiment but was given " + String.join(" ", what));
    }
    Experiment experiment = Declaration.of(what.get(0), terminal).with(settings).experiment();
    if (batch != null) {
      experiment = experiment.with("data.batch", batch.toString());
    }
    experiment.validated();
    Samples samples = DataSets.load(experiment.getData(), data.locations(terminal)).train();
    return StepBenchmark.run(experiment, samples, where, warmup, steps);
  }

  private Map<String, Object> bounds(Device where) {
    if (what.size() != 2) {
      throw new InputException("bench bounds: no run; give the directory of a finished run");
    }
    try (TrainedModel model = Glacis.load(terminal.path(what.get(1)))) {
      Samples samples =
          DataSets.load(model.experiment().getData(), data.locations(terminal)).test();
      return BoundBenchmark.run(model, samples, where, batch == null ? 32 : batch, warmup, steps);
    }
  }
}
