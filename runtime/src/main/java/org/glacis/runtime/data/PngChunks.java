package org.glacis.runtime.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * Whether a PNG file is whole. The platform's decoder leaves missing rows black and does not look
 * at checksums. A file is a signature of 8 bytes and then chunks: length, type, content, CRC-32
 * over type and content; the last is IEND.
 */
final class PngChunks {

  private static final long SIGNATURE = 0x89504e470d0a1a0aL;
  private static final int END = 0x49454e44;

  private PngChunks() {}

  /**
   * Does nothing with other files.
   *
   * @throws IOException if a chunk is damaged or missing
   */
  static void check(byte[] content) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(content);
    if (in.remaining() < 8 || in.getLong() != SIGNATURE) {
      return;
    }
    while (true) {
      int length = in.remaining() < 12 ? -1 : in.getInt();
      if (length < 0 || length > in.remaining() - 8) {
        throw new IOException("the file ends early");
      }
      CRC32 crc = new CRC32();
      crc.update(content, in.position(), 4 + length);
      int type = in.getInt();
      in.position(in.position() + length);
      if (in.getInt() != (int) crc.getValue()) {
        throw new IOException("wrong CRC-32 before byte %d".formatted(in.position()));
      }
      if (type == END) {
        return;
      }
    }
  }
}
