package org.glacis.runtime.data;

import java.nio.file.Path;
import org.glacis.spec.InputException;

/** A data set whose files are found on disk or downloaded. */
abstract class PublishedData implements KnownData {

  /**
   * Reads the samples from a folder that holds all files of one of the {@link #layouts}.
   *
   * @param limits samples beyond them need not be read
   */
  abstract Dataset read(Path folder, Limits limits);

  @Override
  public final String place(DataLocations where) {
    try {
      return where.find(this).map(Path::toString).orElse("not here");
    } catch (InputException e) {
      return "incomplete: " + e.getMessage();
    }
  }

  @Override
  public final String get(DataLocations where) {
    return where.findOrDownload(this).toString();
  }

  @Override
  public final Dataset load(DataLocations where, Limits limits) {
    return read(where.findOrDownload(this), limits).withLimits(limits);
  }
}
