package org.glacis.runtime.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Checksums as 64 hexadecimal digits in lower case. */
final class Sha256 {

  private Sha256() {}

  static String of(byte[] content) {
    return text(digest(), content);
  }

  static String of(Path file) throws IOException {
    MessageDigest digest = digest();
    try (InputStream in = Files.newInputStream(file);
        OutputStream sink = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      in.transferTo(sink);
    }
    return text(digest, new byte[0]);
  }

  /** The last step: the checksum of what {@code digest} has seen, then {@code rest}. */
  static String text(MessageDigest digest, byte[] rest) {
    return HexFormat.of().formatHex(digest.digest(rest));
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
