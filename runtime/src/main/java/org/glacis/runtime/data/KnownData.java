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

  /** The files it consists of; empty if it is inside the program. */
  List<RemoteFile> files();

  /** Folders that hold its files, the first asked first. */
  List<URI> mirrors();

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
  Dataset load(DataLocations where);

  /** Its shape, classes and range. */
  default DataFacts facts() {
    Map<String, DataFacts> known = DataFacts.KNOWN;
    return Objects.requireNonNull(known.get(name()), name());
  }
}
