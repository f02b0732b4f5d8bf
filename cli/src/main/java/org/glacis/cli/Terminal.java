package org.glacis.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.glacis.runtime.train.Interruption;

/**
 * What a command talks to: the streams and the directory of a process, or those of a program that
 * calls it.
 *
 * @param directory paths are relative to it
 * @param interruption ends a training after its present step, with its state stored
 * @param process whether a signal to this process is meant for the command
 * @param interactive whether somebody sees {@code out} as it is written, so that a line may be
 *     drawn anew
 */
public record Terminal(
    PrintStream out,
    PrintStream err,
    Path directory,
    Interruption interruption,
    boolean process,
    boolean interactive) {

  /** The process's own. Text is UTF-8 whatever the locale says. */
  static Terminal ofProcess() {
    return new Terminal(
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        Path.of(""),
        new Interruption(),
        true,
        System.console() != null);
  }

  /** That of a caller, who hears neither signals nor a moving bar. */
  public static Terminal of(PrintStream out, PrintStream err, Path directory) {
    return new Terminal(out, err, directory, new Interruption(), false, false);
  }

  /** A path that the user wrote. */
  Path path(String written) {
    return directory.resolve(written);
  }
}
