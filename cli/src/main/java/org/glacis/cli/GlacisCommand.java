package org.glacis.cli;

import java.util.concurrent.Callable;
import org.glacis.runtime.Environment;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command itself: without a subcommand it shows what there is. */
@Command(
    name = "glacis",
    description = "Trains neural networks whose robustness can be proved, and proves it.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:the run failed",
      "2:the input is wrong",
      "3:interrupted; the state is saved, --resume goes on"
    })
final class GlacisCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show where in the program a failure came from.")
  boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show what a command takes.")
  boolean help;

  @Option(names = "--version", description = "Show the version.")
  private boolean version;

  GlacisCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (version) {
      terminal.out().println("glacis " + Environment.glacis());
    } else {
      new CommandLine(spec).usage(terminal.out());
    }
    return ExitCode.DONE;
  }
}
