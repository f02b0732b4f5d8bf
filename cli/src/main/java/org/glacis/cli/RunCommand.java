package org.glacis.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.Run;
import org.glacis.runtime.RunDirectory;
import org.glacis.runtime.RunOptions;
import org.glacis.runtime.graph.Device;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains, certifies and reports. */
@Command(name = "run", description = "Train, certify and report an experiment.")
final class RunCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      arity = "0..1",
      paramLabel = "RECIPE|FILE|RUN",
      description =
          "A recipe (glacis list), FILE.json, FILE.glacis.kts, or the directory of a run.")
  private @Nullable String what;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "Change one value, such as train.epochs=5. May be given often.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The run directory; runs/NAME where it is not given.")
  private @Nullable String out;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where data sets are, looked at first.")
  private @Nullable String data;

  @Option(names = "--device", paramLabel = "cpu|gpu:N", description = "Where it is computed.")
  private String device = "cpu";

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads; as many as there are cores where it is not given.")
  private int threads;

  @Option(names = "--seed", paramLabel = "N", description = "The root of all random numbers.")
  private @Nullable Long seed;

  @Option(
      names = "--seeds",
      paramLabel = "N,N,...",
      split = ",",
      description = "One run a seed, into OUT/seed-N, and their mean and spread in OUT/seeds.json.")
  private List<Long> seeds = new ArrayList<>();

  @Option(names = "--resume", description = "Go on with the run in --out, or in RUN.")
  private boolean resume;

  RunCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Declaration declaration = declaration();
    Experiment experiment = changed(declaration.experiment()).validated();
    Path directory = directory(declaration, experiment);
    RunOptions options =
        RunOptions.defaults()
            .withOut(directory)
            .withDataDir(data == null ? null : terminal.path(data))
            .withDevice(Device.parse(device).withThreads(threads))
            .withResume(resume)
            .withInterruption(terminal.interruption());
    try (Interrupts interrupts = new Interrupts(terminal, directory)) {
      Run run =
          Glacis.run(
              experiment, options.withListener(interrupts).withListener(EpochLines.on(terminal)));
      if (!run.finished()) {
        interrupts.tell();
        return ExitCode.INTERRUPTED;
      }
      Figures.print(run, Declaration.published(experiment.getName()), terminal.out());
      return ExitCode.DONE;
    }
  }

  private Declaration declaration() {
    if (what != null) {
      return Declaration.of(what, terminal);
    }
    if (resume && out != null) {
      return Declaration.of(out, terminal);
    }
    throw new InputException(
        "glacis run: no experiment; give a recipe (glacis list), a file, or --resume --out DIR");
  }

  private Experiment changed(Experiment declared) {
    Experiment experiment = declared;
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new InputException(
            "--set " + setting + ": no path=value; write it like --set train.epochs=5");
      }
      experiment = experiment.with(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return seed == null ? experiment : experiment.withSeed(seed);
  }

  private Path directory(Declaration declaration, Experiment experiment) {
    if (out != null) {
      return terminal.path(out);
    }
    if (resume) {
      if (declaration.run() == null) {
        throw new InputException(
            "--resume needs the run to go on with: glacis run RUN --resume, or --out RUN");
      }
      return declaration.run();
    }
    return RunDirectory.free(terminal.path("runs"), experiment.getName());
  }
}
