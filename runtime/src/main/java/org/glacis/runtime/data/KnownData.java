package org.glacis.runtime.data;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.glacis.spec.DataFacts;

/** One data set with a name. {@link DataCatalogue} lists them. */
public interface KnownData {

  /** What it is called in declarations and on the command line. */
  String name();

  /** What it holds, in one line. */
  String description();

  /** Who published it. */
  String source();

  /** The terms it comes under. */
  String licence();

  /** The work to cite. */
  String citation();

  /** The files that a download brings; empty if there is nothing that could be downloaded. */
  List<RemoteFile> files();

  /** Folders that hold its files, the first asked first. */
  List<URI> mirrors();

  /**
   * Lists of file names, below its folder, of which any one that is complete is the data set;
   * {@code NAME.gz} may lie there unpacked. Empty if it is inside the program.
   */
  default List<List<String>> layouts() {
    return files().isEmpty() ? List.of() : List.of(files().stream().map(RemoteFile::name).toList());
  }

  /** The folder that its published archive unpacks to, which may stand in its own; or empty. */
  default String unpacked() {
    return "";
  }

  /** Where its owners hand it out, if it cannot be downloaded from here; else empty. */
  default String byHand() {
    return "";
  }

  /** Where it is: a folder, "inside the program", or what is missing. Looks, and brings nothing. */
  String place(DataLocations where);

  /**
   * Makes sure that it is here, by downloading it if need be.
   *
   * @return where it is
   * @throws org.glacis.spec.InputException if it cannot be had; the message names the files and
   *     where to put them
   */
  String get(DataLocations where);

  /**
   * Reads it, after {@link #get}.
   *
   * @throws org.glacis.spec.InputException if it cannot be had or is damaged
   */
  default Dataset load(DataLocations where) {
    return load(where, Limits.NONE);
  }

  /**
   * {@link #load(DataLocations)}, cut to the limits; samples beyond them need not be read.
   *
   * @throws org.glacis.spec.InputException as there, or if a limit is above the number of samples
   */
  Dataset load(DataLocations where, Limits limits);

  /** Its shape, classes and range. */
  default DataFacts facts() {
    Map<String, DataFacts> known = DataFacts.KNOWN;
    return Objects.requireNonNull(known.get(name()), name());
  }
}
