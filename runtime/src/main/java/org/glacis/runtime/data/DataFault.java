package org.glacis.runtime.data;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.glacis.spec.InputException;

/** The one form of a message about data: where, what was found, what was expected, the remedy. */
final class DataFault {

  private DataFault() {}

  static InputException of(Object where, String found, String expected, String remedy) {
    return new InputException(
        "%s: found %s, expected %s; %s".formatted(where, found, expected, remedy));
  }

  /** A file that the operating system would not hand out. */
  static InputException unreadable(Path file, IOException cause) {
    String found =
        cause instanceof NoSuchFileException
            ? "no such file"
            : "a file that cannot be read (%s)".formatted(reason(cause));
    return new InputException(
        "%s: found %s, expected a readable file; check the path and its permissions"
            .formatted(file, found),
        cause);
  }

  /** The message of {@code cause}, or its kind where it has none. */
  static String reason(Exception cause) {
    String message = cause.getMessage();
    String kind = cause.getClass().getSimpleName();
    return message == null || message.isBlank() ? kind : kind + ": " + message;
  }
}
