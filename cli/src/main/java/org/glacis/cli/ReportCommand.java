package org.glacis.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.RunDirectory;
import org.glacis.runtime.data.DataSets;
import org.glacis.runtime.report.HtmlReport;
import org.glacis.runtime.report.Pictures;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes the page of a run anew, or one page about several. */
@Command(
    name = "report",
    description = "Write report.html of a run anew, or one page that compares several runs.")
final class ReportCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      arity = "1..*",
      paramLabel = "RUN",
      description = "Run directories, or those of seeds.")
  private List<String> runs = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The page about several runs; comparison.html where it is not given.")
  private @Nullable String out;

  @Mixin private DataOption data = new DataOption();

  ReportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<Path> directories = runs.stream().map(terminal::path).toList();
    if (directories.size() == 1) {
      if (out != null) {
        throw new InputException(
            "--out "
                + out
                + ": the report of one run is written into it; leave --out away, or name several runs");
      }
      Path run = directories.get(0);
      terminal.out().println(HtmlReport.write(run, pictures(run)));
      return ExitCode.DONE;
    }
    Path target = out == null ? free() : terminal.path(out);
    if (Files.exists(target)) {
      throw new InputException(
          "--out " + target + ": exists already, and nothing is overwritten; give another place");
    }
    terminal.out().println(HtmlReport.compare(directories, target));
    return ExitCode.DONE;
  }

  /** The run's test samples; none where they cannot be had, which the user is told. */
  private @Nullable Pictures pictures(Path run) {
    if (!Files.exists(run.resolve("experiment.json"))) {
      return null;
    }
    try {
      return Glacis.pictures(
          DataSets.load(RunDirectory.open(run).experiment().getData(), data.locations(terminal))
              .test());
    } catch (InputException e) {
      terminal.err().println("the report has no pictures: " + e.getMessage());
      return null;
    }
  }

  private Path free() {
    Path target = terminal.path("comparison.html");
    for (int i = 2; Files.exists(target); i++) {
      target = terminal.path("comparison-" + i + ".html");
    }
    return target;
  }
}
