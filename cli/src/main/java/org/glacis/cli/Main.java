package org.glacis.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;

/** The {@code glacis} command. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(execute(args, Terminal.ofProcess()));
  }

  /**
   * Runs one command.
   *
   * @return an {@link ExitCode}
   */
  public static int execute(String[] args, Terminal terminal) {
    GlacisCommand root = new GlacisCommand(terminal);
    Failure failure = new Failure(terminal.err(), () -> root.debug);
    String[] given = args;
    if (args.length > 0 && args[0].equals("help")) {
      given = Arrays.copyOfRange(args, 1, args.length + 1);
      given[args.length - 1] = "--help";
    }
    try {
      return line(root, terminal)
          .setParameterExceptionHandler((wrong, line) -> failure.ofArguments(wrong))
          .setExecutionExceptionHandler((thrown, command, parsed) -> failure.of(thrown))
          .execute(given);
    } catch (StackOverflowError | OutOfMemoryError | LinkageError e) {
      return failure.of(e);
    }
  }

  /** The command with all its subcommands and options, for what only reads arguments. */
  public static CommandLine line(Terminal terminal) {
    return line(new GlacisCommand(terminal), terminal);
  }

  private static CommandLine line(GlacisCommand root, Terminal terminal) {
    CommandLine line = new CommandLine(root);
    for (Object command :
        List.of(
            new ListCommand(terminal),
            new RunCommand(terminal),
            new CertifyCommand(terminal),
            new CheckCommand(terminal),
            new PredictCommand(terminal),
            new LossesCommand(terminal),
            new DescribeCommand(terminal),
            new ReportCommand(terminal),
            new ExportCommand(terminal),
            new DataCommand(terminal),
            new DoctorCommand(terminal),
            new BenchCommand(terminal),
            new TuneCommand(terminal),
            new RunsCommand(terminal))) {
      line.addSubcommand(command);
    }
    return line.setOut(writer(terminal.out()))
        .setErr(writer(terminal.err()))
        .setUsageHelpAutoWidth(true);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }
}
