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
    CommandLine line = new CommandLine(root);
    for (Object command :
        List.of(
            new ListCommand(terminal),
            new RunCommand(terminal),
            new CertifyCommand(terminal),
            new PredictCommand(terminal),
            new DescribeCommand(terminal),
            new ReportCommand(terminal),
            new ExportCommand(terminal),
            new DataCommand(terminal),
            new DoctorCommand(terminal),
            new BenchCommand(terminal))) {
      line.addSubcommand(command);
    }
    Failure failure = new Failure(terminal.err(), () -> root.debug);
    line.setOut(writer(terminal.out()))
        .setErr(writer(terminal.err()))
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler((wrong, given) -> failure.ofArguments(wrong))
        .setExecutionExceptionHandler((thrown, command, parsed) -> failure.of(thrown));
    String[] given = args;
    if (args.length > 0 && args[0].equals("help")) {
      given = Arrays.copyOfRange(args, 1, args.length + 1);
      given[args.length - 1] = "--help";
    }
    try {
      return line.execute(given);
    } catch (StackOverflowError | OutOfMemoryError | LinkageError e) {
      return failure.of(e);
    }
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }
}
