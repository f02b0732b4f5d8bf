package org.glacis.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.glacis.runtime.RunList;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists runs. There is no register beside the run directories: they are what is read. */
@Command(name = "runs", description = "List the runs below a directory, the newest first.")
final class RunsCommand implements Callable<Integer> {
  private static final String USUAL = "runs";
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneId.systemDefault());

  private final Terminal terminal;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "Where the runs are; runs where it is not given.")
  private @Nullable String directory;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  RunsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Path path = terminal.path(directory == null ? USUAL : directory);
    RunList list =
        directory == null && !Files.exists(path)
            ? new RunList(List.of(), Map.of())
            : RunList.read(path);
    if (json) {
      terminal.out().print(list.toJson());
      return ExitCode.DONE;
    }
    if (list.runs().isEmpty()) {
      terminal.out().println("no runs below " + path);
    } else {
      table(list.runs()).lines().forEach(terminal.out()::println);
    }
    list.unreadable()
        .forEach((name, why) -> terminal.err().println("cannot be read: " + name + ": " + why));
    return ExitCode.DONE;
  }

  private static Table table(List<RunList.Entry> runs) {
    Table table = new Table(false, false, false, true, true, false, true, true, true, false);
    table.row(
        "run",
        "recipe",
        "state",
        "seed",
        "epochs",
        "set",
        "clean",
        "attacked",
        "certified",
        "date");
    for (RunList.Entry run : runs) {
      table.row(
          run.name(),
          run.recipe(),
          run.stateInWords(),
          Long.toString(run.seed()),
          Integer.toString(run.epochsDone()),
          set(run),
          share(run, "cleanAccuracy"),
          share(run, "attackAccuracy"),
          share(run, "certifiedAccuracy"),
          DATE.format(run.date()));
    }
    return table;
  }

  private static String set(RunList.Entry run) {
    Object epsilon = run.epsilon();
    if (epsilon == null) {
      return "-";
    }
    return run.norm() + "(" + (epsilon instanceof List<?> ? "per number" : epsilon) + ")";
  }

  private static String share(RunList.Entry run, String figure) {
    Double value = run.figures().get(figure);
    return value == null ? "-" : Figures.text(figure, value);
  }
}
