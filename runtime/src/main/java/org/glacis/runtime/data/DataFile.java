package org.glacis.runtime.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.glacis.spec.InputException;

/**
 * A file that was read, as it is recorded with the run.
 *
 * @param path where it was; of an embedded file, its name in the jar; of a folder, the folder
 * @param sha256 64 hexadecimal digits; of a folder, the checksum of its list of files
 * @param bytes its length; of a folder, the sum over its files
 */
public record DataFile(String path, String sha256, long bytes) {

  /** The file as it is now. */
  public static DataFile of(Path path) {
    try {
      return new DataFile(path.toString(), Sha256.of(path), Files.size(path));
    } catch (IOException e) {
      throw new InputException(path + ": cannot be read (" + e + "); check its permissions", e);
    }
  }

  static DataFile of(Path path, byte[] content) {
    return of(path.toString(), content);
  }

  static DataFile of(String path, byte[] content) {
    return new DataFile(path, Sha256.of(content), content.length);
  }
}
