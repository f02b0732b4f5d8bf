package org.glacis.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.PublishedFigure;
import org.glacis.runtime.Run;
import org.glacis.runtime.RunDirectory;
import org.glacis.runtime.RunOptions;
import org.glacis.runtime.Seeds;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.glacis.spec.L2;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
      names = "--test-interval",
      paramLabel = "N",
      description =
          "Measure accuracies on the validation samples every N epochs: train.validation.every=N.")
  private @Nullable Integer testInterval;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The run directory; runs/NAME where it is not given.")
  private @Nullable String out;

  @Mixin private DataOption data = new DataOption();

  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(names = "--seed", paramLabel = "N", description = "The root of all random numbers.")
  private @Nullable Long seed;

  @Option(
      names = "--seeds",
      paramLabel = "N,N,...",
      split = ",",
      description = "One run a seed, into OUT/seed-N, and their mean and spread in OUT/seeds.json.")
  private List<Long> seeds = new ArrayList<>();

  @Option(
      names = "--gallery-targets",
      description =
          "For images and l2 balls: the gallery shows the nearest wrong decision for each other class.")
  private boolean galleryTargets;

  @Option(names = "--resume", description = "Go on with the run in --out, or in RUN.")
  private boolean resume;

  RunCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (seed != null && !seeds.isEmpty()) {
      throw new InputException("--seed " + seed + " and --seeds: give one of them");
    }
    if (testInterval != null) {
      settings.add("train.validation.every=" + testInterval);
    }
    Declaration declaration = declaration();
    Experiment changed = declaration.with(settings).experiment();
    Experiment experiment = (seed == null ? changed : changed.withSeed(seed)).validated();
    if (galleryTargets
        && experiment.getCertify().stream()
            .map(CertificationSpec::getPerturbation)
            .noneMatch(set -> set instanceof L2 && set.getRange() != null)) {
      throw new InputException(
          "--gallery-targets: %s certifies no l2 set in a range of the data; leave it out"
              .formatted(experiment.getName()));
    }
    Path directory = directory(declaration, experiment);
    RunOptions options =
        RunOptions.defaults()
            .withOut(directory)
            .withDataDir(data.folder(terminal))
            .withDevice(device.device())
            .withResume(resume)
            .withGalleryTargets(galleryTargets)
            .withPublished(
                Declaration.published(experiment).stream()
                    .map(p -> new PublishedFigure(p.metric(), p.value(), p.source()))
                    .toList())
            .withInterruption(terminal.interruption());
    if (resume && seeds.isEmpty() && isDone(directory, experiment)) {
      terminal.out().println(directory + ": the run is finished, there is nothing to go on with");
      Figures.print(Run.load(directory), Declaration.published(experiment), terminal.out());
      return ExitCode.DONE;
    }
    Warnings.print(experiment, terminal);
    try (Interrupts interrupts = new Interrupts(terminal, () -> state(declaration, directory))) {
      RunOptions watched = options.withListener(interrupts).withListener(EpochLines.on(terminal));
      boolean finished = seeds.isEmpty() ? once(experiment, watched) : often(experiment, watched);
      if (!finished) {
        interrupts.tell();
      }
      return finished ? ExitCode.DONE : ExitCode.INTERRUPTED;
    }
  }

  private boolean once(Experiment experiment, RunOptions options) {
    Run run = Glacis.run(experiment, options);
    if (run.finished()) {
      Figures.print(run, Declaration.published(experiment), terminal.out());
    }
    return run.finished();
  }

  private boolean often(Experiment experiment, RunOptions options) {
    Seeds all = Seeds.run(experiment, options, seeds);
    if (all.finished()) {
      Figures.print(all, Declaration.published(experiment), terminal.out());
    }
    return all.finished();
  }

  private static boolean isDone(Path directory, Experiment experiment) {
    RunDirectory run = RunDirectory.open(directory);
    return run.isFinished() && run.experiment().equals(experiment);
  }

  private String state(Declaration declaration, Path directory) {
    List<Path> runs =
        seeds.isEmpty()
            ? List.of(directory)
            : seeds.stream().map(number -> directory.resolve("seed-" + number)).toList();
    return Interrupts.state(directory, runs, goingOn(declaration, directory));
  }

  /** What the user types to go on with this run. */
  private String goingOn(Declaration declaration, Path directory) {
    String gallery = galleryTargets ? " --gallery-targets" : "";
    if (seeds.isEmpty()) {
      return "glacis run " + directory + gallery + " --resume";
    }
    String numbers = seeds.stream().map(String::valueOf).collect(Collectors.joining(","));
    String changes = settings.stream().map(s -> " --set " + s).collect(Collectors.joining());
    return "glacis run "
        + Objects.requireNonNullElse(what, declaration.experiment().getName())
        + changes
        + " --seeds "
        + numbers
        + " --out "
        + directory
        + gallery
        + " --resume";
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

  private Path directory(Declaration declaration, Experiment experiment) {
    if (out != null) {
      return terminal.path(out);
    }
    if (resume) {
      if (declaration.run() == null || !seeds.isEmpty()) {
        throw new InputException(
            "--resume needs the run to go on with; give glacis run RUN --resume, or --out DIR");
      }
      return declaration.run();
    }
    String name = experiment.getName() + (seeds.isEmpty() ? "" : "-seeds");
    return RunDirectory.free(terminal.path("runs"), name);
  }
}
