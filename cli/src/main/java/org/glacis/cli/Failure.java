package org.glacis.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.glacis.evidence.EvidenceException;
import org.glacis.spec.GlacisException;
import org.glacis.spec.InputException;
import org.glacis.spec.Nearest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells what went wrong, and with which exit code. A stack trace is shown only when asked for. */
final class Failure {
  private final PrintStream err;
  private final BooleanSupplier debug;

  Failure(PrintStream err, BooleanSupplier debug) {
    this.err = err;
    this.debug = debug;
  }

  /** A command that threw. */
  int of(Throwable thrown) {
    err.println(message(thrown));
    if (debug.getAsBoolean()) {
      thrown.printStackTrace(err);
    }
    err.flush();
    return thrown instanceof InputException || thrown instanceof EvidenceException
        ? ExitCode.WRONG_INPUT
        : ExitCode.FAILED;
  }

  /** Arguments that no command takes. */
  int ofArguments(ParameterException wrong) {
    CommandSpec command = wrong.getCommandLine().getCommandSpec();
    String name = command.qualifiedName();
    List<String> unmatched =
        wrong instanceof UnmatchedArgumentException surplus ? surplus.getUnmatched() : List.of();
    if (unmatched.isEmpty()) {
      err.println(name + ": " + wrong.getMessage() + "; see " + name + " --help");
    } else if (unmatched.get(0).startsWith("-")) {
      String option = unmatched.get(0).replaceFirst("=.*", "");
      err.println(name + ": no option \"" + option + "\"; " + nearest(option, command));
    } else if (!command.subcommands().isEmpty()) {
      String given = unmatched.get(0);
      err.println(
          name
              + ": no command \""
              + given
              + "\"; "
              + Nearest.nearest(given, command.subcommands().keySet(), "command"));
    } else {
      err.println(name + ": \"" + unmatched.get(0) + "\" is too much; see " + name + " --help");
    }
    err.flush();
    return ExitCode.WRONG_INPUT;
  }

  private static String nearest(String option, CommandSpec command) {
    Collection<String> known =
        command.options().stream()
            .filter(o -> !o.hidden())
            .map(CommandLine.Model.OptionSpec::longestName)
            .collect(Collectors.toList());
    return Nearest.nearest(option, known, "option");
  }

  private static String message(Throwable thrown) {
    Throwable exhausted = outOfMemory(thrown);
    if (exhausted != null) {
      return "out of memory ("
          + firstLine(exhausted)
          + "); take smaller batches with --set data.batch=N, or give Java more with GLACIS_JAVA_OPTS=-Xmx8g";
    }
    if (thrown instanceof GlacisException || thrown instanceof EvidenceException) {
      return String.valueOf(thrown.getMessage());
    }
    if (thrown instanceof UncheckedIOException || thrown instanceof IOException) {
      Throwable cause = thrown.getCause() == null ? thrown : thrown.getCause();
      return "a file could not be read or written: " + cause;
    }
    return "failed unexpectedly with "
        + thrown.getClass().getSimpleName()
        + ": "
        + firstLine(thrown)
        + "; --debug shows where";
  }

  /** By name: the class of TensorFlow's exception must not be loaded to ask. */
  private static @Nullable Throwable outOfMemory(Throwable thrown) {
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      if (at instanceof OutOfMemoryError
          || at.getClass().getSimpleName().equals("TFResourceExhaustedException")) {
        return at;
      }
    }
    return null;
  }

  private static String firstLine(Throwable thrown) {
    return String.valueOf(thrown.getMessage()).lines().findFirst().orElse("no message");
  }
}
