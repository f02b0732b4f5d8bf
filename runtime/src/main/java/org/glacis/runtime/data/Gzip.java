package org.glacis.runtime.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Files that are gzipped or plain, whatever their names say. */
final class Gzip {

  private Gzip() {}

  /** The content of a file, unpacked if need be. */
  static InputStream open(byte[] raw) throws IOException {
    InputStream in = new ByteArrayInputStream(raw);
    boolean gzip = raw.length > 1 && raw[0] == 0x1f && raw[1] == (byte) 0x8b;
    return gzip ? new GZIPInputStream(in, 1 << 16) : in;
  }
}
