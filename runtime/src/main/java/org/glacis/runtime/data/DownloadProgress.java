package org.glacis.runtime.data;

/** Hears how far a download is. */
@FunctionalInterface
public interface DownloadProgress {

  /** Hears nothing. */
  DownloadProgress SILENT = (file, bytes, total) -> {};

  /**
   * Called after every piece that arrives.
   *
   * @param bytes those on disk now, earlier attempts included
   * @param total those of the whole file
   */
  void at(String file, long bytes, long total);
}
