package org.glacis.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.glacis.runtime.RateSearch;
import org.glacis.runtime.RunDirectory;
import org.glacis.runtime.RunOptions;
import org.glacis.runtime.Sweep;
import org.glacis.runtime.Tuning;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains an experiment at several values of one number and compares them on validation samples. */
@Command(
    name = "tune",
    description =
        "Sweep one number of an experiment; compare clean and certified accuracy on validation samples.")
final class TuneCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      paramLabel = "RECIPE|FILE",
      description = "A recipe (glacis list), FILE.json or FILE.glacis.kts.")
  private String what = "";

  @Option(
      names = "--over",
      paramLabel = "PATH=a..b",
      description = "The number and its range, such as train.loss.alpha=1e-3..1.")
  private @Nullable String over;

  @Option(
      names = "--alpha",
      paramLabel = "a..b",
      description = "The range of the loss's coefficient, whatever it is called.")
  private @Nullable String alpha;

  @Option(
      names = "--find-rate",
      paramLabel = "a..b",
      arity = "0..1",
      fallbackValue = "1e-6..1",
      description = "Look for a learning rate instead, in one pass; from 1e-6 to 1 by default.")
  private @Nullable String findRate;

  @Option(
      names = "--points",
      paramLabel = "N",
      description = "How many values, both ends among them; 8 where it is not given.")
  private int points = 8;

  @Option(
      names = "--log",
      description = "Values equally far apart as logarithms, as from above 0 on anyway.")
  private boolean log;

  @Option(names = "--linear", description = "Values equally far apart.")
  private boolean linear;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "Change one value of all points, such as train.epochs=5. May be given often.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The directory of all points; runs/NAME-tune where it is not given.")
  private @Nullable String out;

  @Mixin private DataOption data = new DataOption();

  @Mixin private DeviceOptions device = new DeviceOptions();

  @Option(
      names = "--seeds",
      paramLabel = "N,N,...",
      split = ",",
      description = "Several runs a point, of which means are compared.")
  private List<Long> seeds = new ArrayList<>();

  @Option(names = "--resume", description = "Make what is missing of the points in --out.")
  private boolean resume;

  TuneCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Experiment experiment = Declaration.of(what, terminal).with(settings).experiment().validated();
    if (findRate != null) {
      return findRate(experiment, Span.parse("--find-rate", findRate));
    }
    Sweep sweep = sweep(experiment);
    if (resume && out == null) {
      throw new InputException("--resume needs --out, the directory of the points to go on with");
    }
    Path directory =
        out != null
            ? terminal.path(out)
            : RunDirectory.free(terminal.path("runs"), experiment.getName() + "-tune");
    RunOptions options =
        RunOptions.defaults()
            .withOut(directory)
            .withDataDir(data.folder(terminal))
            .withDevice(device.device())
            .withResume(resume)
            .withInterruption(terminal.interruption());
    try (Interrupts interrupts = new Interrupts(terminal, () -> state(sweep, directory))) {
      RunOptions watched = options.withListener(interrupts).withListener(EpochLines.on(terminal));
      if (sweep.keptBack()) {
        terminal.out().println(keptBack());
      }
      Tuning tuning = Tuning.run(sweep, watched, seeds, point -> announce(sweep, point));
      if (!tuning.finished()) {
        interrupts.tell();
        return ExitCode.INTERRUPTED;
      }
      print(tuning);
      return ExitCode.DONE;
    }
  }

  private int findRate(Experiment experiment, Span span) {
    if (over != null || alpha != null || resume || !seeds.isEmpty()) {
      throw new InputException(
          "--find-rate: is one pass over the data by itself; leave out --over, --alpha, --seeds and --resume");
    }
    Path directory =
        out != null
            ? terminal.path(out)
            : RunDirectory.free(terminal.path("runs"), experiment.getName() + "-rate");
    RunOptions options =
        RunOptions.defaults()
            .withOut(directory)
            .withDataDir(data.folder(terminal))
            .withDevice(device.device())
            .withInterruption(terminal.interruption());
    String nothing = "interrupted; a search for a rate has no state. Give the command again";
    try (Interrupts interrupts = new Interrupts(terminal, () -> nothing)) {
      RateSearch search = RateSearch.run(experiment, options, span.from(), span.to());
      if (search.interrupted()) {
        interrupts.tell();
        return ExitCode.INTERRUPTED;
      }
      print(search, directory);
      return ExitCode.DONE;
    }
  }

  private void print(RateSearch search, Path directory) {
    Table table = new Table(true, true);
    table.row("rate", "loss");
    for (int i = 0; i < search.rates().size(); i++) {
      table.row(
          Figures.text("rate", search.rates().get(i)),
          Figures.text("loss", search.losses().get(i)));
    }
    table.lines().forEach(terminal.out()::println);
    terminal.out().println();
    terminal
        .out()
        .println(
            (search.exploded() ? "the loss explodes after the last of them; " : "")
                + (Double.isNaN(search.suggested())
                    ? "it falls at no rate: try another range"
                    : "it falls most steeply at "
                        + Figures.text("rate", search.suggested())
                        + "; take it with --set train.optimizer.learningRate="
                        + Figures.text("rate", search.suggested())));
    terminal.out().println("report  " + directory.resolve("rate.html"));
  }

  private Sweep sweep(Experiment experiment) {
    if ((over == null) == (alpha == null)) {
      throw new InputException(
          "glacis tune: give one of --over PATH=a..b, such as --over train.loss.alpha=1e-3..1, --alpha a..b and --find-rate");
    }
    if (log && linear) {
      throw new InputException("--log and --linear: give one of them");
    }
    String path;
    Span span;
    if (over != null) {
      int equals = over.indexOf('=');
      if (equals < 1) {
        throw new InputException(
            "--over " + over + ": no PATH=a..b; write it like --over train.loss.alpha=1e-3..1");
      }
      path = over.substring(0, equals);
      span = Span.parse("--over " + path, over.substring(equals + 1));
    } else {
      path = Sweep.coefficient(experiment);
      span = Span.parse("--alpha", String.valueOf(alpha));
    }
    Boolean scale = log ? Boolean.TRUE : linear ? Boolean.FALSE : null;
    return Sweep.over(experiment, path, span.from(), span.to(), points, scale);
  }

  private static String keptBack() {
    return "The declaration keeps no validation samples back: "
        + Sweep.SHARE
        + " of the training samples are, for all points, and each point ends with its last network.";
  }

  private void announce(Sweep sweep, int point) {
    terminal
        .out()
        .println(
            "point "
                + point
                + " of "
                + sweep.points().size()
                + ": "
                + sweep.path()
                + " = "
                + Sweep.text(sweep.values().get(point - 1)));
  }

  private void print(Tuning tuning) {
    Sweep sweep = tuning.sweep();
    String figure = sweep.classifies() ? "Accuracy" : "error";
    Table table = new Table(true, true, true, true, true, false, false);
    boolean spread = !seeds.isEmpty();
    table.row(
        sweep.path(),
        "clean",
        spread ? "spread" : "",
        "certified",
        spread ? "spread" : "",
        "front",
        "run");
    for (Tuning.Point point : tuning.points()) {
      table.row(
          Sweep.text(point.value()),
          text(figure, point.clean()),
          text(figure, point.cleanSpread()),
          text(figure, point.certified()),
          text(figure, point.certifiedSpread()),
          point.front() ? "*" : "",
          point.fault() == null ? point.run() : point.run() + " failed: " + point.fault());
    }
    terminal.out().println();
    terminal
        .out()
        .println(
            (sweep.classifies() ? "accuracy" : "mean absolute error")
                + " on the validation samples; certified by interval bounds; * no point beats it in one figure without losing in the other");
    terminal.out().println();
    table.lines().forEach(terminal.out()::println);
    terminal.out().println();
    Table files = new Table(false, false);
    files.row("points", tuning.directory().toString());
    files.row("figures", tuning.directory().resolve("tune.json").toString());
    files.row("report", tuning.directory().resolve("tune.html").toString());
    files.lines().forEach(terminal.out()::println);
  }

  private static String text(String figure, double value) {
    return Double.isNaN(value) ? "" : Figures.text(figure, value);
  }

  private String state(Sweep sweep, Path directory) {
    List<Path> runs =
        IntStream.rangeClosed(1, sweep.points().size())
            .mapToObj(point -> directory.resolve("point-" + point))
            .flatMap(
                point ->
                    seeds.isEmpty()
                        ? List.of(point).stream()
                        : seeds.stream().map(seed -> point.resolve("seed-" + seed)))
            .toList();
    return Interrupts.state(directory, runs, goingOn(directory));
  }

  /** What the user types to go on. */
  private String goingOn(Path directory) {
    StringBuilder command = new StringBuilder("glacis tune ").append(what);
    settings.forEach(setting -> command.append(" --set ").append(setting));
    command.append(over != null ? " --over " + over : " --alpha " + alpha);
    command.append(" --points ").append(points);
    command.append(log ? " --log" : linear ? " --linear" : "");
    if (!seeds.isEmpty()) {
      command
          .append(" --seeds ")
          .append(seeds.stream().map(String::valueOf).collect(Collectors.joining(",")));
    }
    return command.append(" --out ").append(directory).append(" --resume").toString();
  }
}
