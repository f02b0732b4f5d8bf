package org.glacis.runtime.data;

/**
 * A published file that can be downloaded.
 *
 * @param name its name below a mirror and on disk
 * @param sha256 64 hexadecimal digits, in lower case
 * @param bytes its length
 */
public record RemoteFile(String name, String sha256, long bytes) {

  @Override
  public String toString() {
    return "%s  %d bytes  sha256 %s".formatted(name, bytes, sha256);
  }
}
