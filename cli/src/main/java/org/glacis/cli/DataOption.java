package org.glacis.cli;

import java.nio.file.Path;
import org.glacis.runtime.data.DataLocations;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of every command that reads data. */
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where data sets are, looked at first.")
  private @Nullable String data;

  /** The folder that the user wrote; null where there is none. */
  @Nullable Path folder(Terminal terminal) {
    return data == null ? null : terminal.path(data);
  }

  /** All places where data may be, in order. */
  DataLocations locations(Terminal terminal) {
    return DataLocations.system(folder(terminal));
  }
}
