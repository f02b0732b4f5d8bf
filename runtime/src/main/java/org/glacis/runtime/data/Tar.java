package org.glacis.runtime.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Reads files of a tar archive: a header of 512 bytes (name at 0, size in octal digits at 124, kind
 * at 156), then the content, filled up to a multiple of 512; a header of zeros ends it (POSIX
 * 1003.1, ustar).
 */
final class Tar {

  private static final int BLOCK = 512;

  private Tar() {}

  /**
   * Hands over the name and content of each file that is wanted, in their order.
   *
   * @throws IOException if the archive is damaged or cut short
   */
  static void read(InputStream in, Predicate<String> wanted, BiConsumer<String, byte[]> taker)
      throws IOException {
    while (true) {
      byte[] header = in.readNBytes(BLOCK);
      if (header.length < BLOCK) {
        throw new EOFException("tar archive without an end");
      }
      String name = text(header, 0, 100);
      if (name.isEmpty()) {
        // Reading on to the end of the stream lets a gzip check its checksum.
        in.transferTo(OutputStream.nullOutputStream());
        return;
      }
      long size = size(header);
      boolean file = header[156] == '0' || header[156] == 0;
      if (file && wanted.test(name)) {
        byte[] content = in.readNBytes((int) size);
        if (content.length < size) {
          throw new EOFException(name + " is cut short");
        }
        taker.accept(name, content);
      } else {
        in.skipNBytes(size);
      }
      in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
    }
  }

  private static long size(byte[] header) throws IOException {
    String digits = text(header, 124, 12).trim();
    if (!digits.matches("[0-7]{1,11}")) {
      throw new IOException("no tar header: size \"" + digits + "\"");
    }
    long size = Long.parseLong(digits, 8);
    if (size > Integer.MAX_VALUE - 8) {
      throw new IOException("a file of " + size + " bytes in a tar archive");
    }
    return size;
  }

  private static String text(byte[] header, int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.US_ASCII);
  }
}
