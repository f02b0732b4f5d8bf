package org.glacis.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.glacis.runtime.data.DataCatalogue;
import org.glacis.runtime.data.DataLocations;
import org.glacis.runtime.data.DownloadProgress;
import org.glacis.runtime.data.KnownData;
import org.glacis.runtime.data.RemoteFile;
import org.glacis.spec.InputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Data sets: what there is, and how to get it. */
@Command(name = "data", description = "Show data sets and where they are, or download one.")
final class DataCommand implements Callable<Integer> {
  private final Terminal terminal;

  DataCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    throw new InputException("glacis data: give list, or get NAME");
  }

  @Command(name = "list", description = "Show all data sets: what, where, licence, checksums.")
  int list(@Mixin DataOption data) {
    DataLocations where = data.locations(terminal);
    for (KnownData known : DataCatalogue.all()) {
      Table table = new Table(false, false);
      table.row("  what", known.description());
      table.row("  where", known.place(where));
      table.row("  source", known.source());
      table.row("  licence", known.licence());
      for (RemoteFile file : known.files()) {
        table.row("  file", file.toString());
      }
      if (!known.byHand().isEmpty()) {
        table.row("  get", "by hand, from " + known.byHand());
      }
      List<String> downloads = known.files().stream().map(RemoteFile::name).toList();
      for (List<String> names : known.layouts()) {
        if (!names.equals(downloads)) {
          table.row(
              downloads.isEmpty() ? "  put" : "  or put",
              "%s into %s".formatted(String.join(", ", names), where.home().resolve(known.name())));
        }
      }
      terminal.out().println(known.name());
      table.lines().forEach(terminal.out()::println);
    }
    return ExitCode.DONE;
  }

  @Command(name = "get", description = "Make sure that a data set is here.")
  int get(
      @Parameters(paramLabel = "NAME", description = "One of glacis data list.") String name,
      @Mixin DataOption data) {
    DataLocations where = data.locations(terminal).withProgress(lines());
    terminal.out().println(DataCatalogue.get(name).get(where));
    return ExitCode.DONE;
  }

  /** A line at each tenth of a file. */
  private DownloadProgress lines() {
    return new DownloadProgress() {
      private String current = "";
      private long tenths;

      @Override
      public void at(String file, long bytes, long total) {
        if (!file.equals(current)) {
          current = file;
          tenths = 0;
        }
        long now = total > 0 ? 10 * bytes / total : 0;
        if (now > tenths) {
          tenths = now;
          terminal.err().println(file + "  " + 10 * now + " %");
        }
      }
    };
  }
}
