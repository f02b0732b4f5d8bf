package org.glacis.runtime.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.glacis.spec.InputException;
import org.jetbrains.bio.npy.NpyArray;

/** An npz archive: arrays by name. */
final class NpzArchive implements AutoCloseable {

  /** The header in front of each file of a zip archive: its length and its first four bytes. */
  private static final int LOCAL_HEADER = 30;

  private static final int LOCAL_SIGNATURE = 0x04034b50;

  /** The flag of a local header whose lengths stand behind the file. */
  private static final int LENGTH_BEHIND = 8;

  private final Path path;
  private final ZipFile zip;
  private final org.jetbrains.bio.npy.NpzFile.Reader reader;
  private final String arrays;
  private final String remedy;

  private NpzArchive(
      Path path,
      ZipFile zip,
      org.jetbrains.bio.npy.NpzFile.Reader reader,
      String arrays,
      String remedy) {
    this.path = path;
    this.zip = zip;
    this.reader = reader;
    this.arrays = arrays;
    this.remedy = remedy;
  }

  /**
   * Opens an archive.
   *
   * @param arrays which ones are expected, for messages
   * @param remedy what to do about a damaged one
   * @throws InputException if it is missing or no archive
   */
  static NpzArchive open(Path path, String arrays, String remedy) {
    if (!Files.isRegularFile(path)) {
      throw DataFault.of(path, "no such file", "an npz archive", "check the path");
    }
    try {
      ZipFile zip = new ZipFile(path.toFile());
      try {
        return new NpzArchive(path, zip, org.jetbrains.bio.npy.NpzFile.read(path), arrays, remedy);
      } catch (RuntimeException e) {
        zip.close();
        throw e;
      }
    } catch (ZipException e) {
      throw DataFault.of(
          path, "no zip archive (%s)".formatted(e.getMessage()), "an npz archive", remedy);
    } catch (IOException e) {
      throw DataFault.unreadable(path, e);
    }
  }

  /** The whole file, with its checksum. */
  DataFile file() {
    return DataFile.of(path);
  }

  /** What the array {@code name} says of itself. */
  NpyHeader header(String name) {
    ZipEntry entry = zip.getEntry(name + ".npy");
    if (entry == null) {
      String found =
          String.join(
              ", ",
              zip.stream().map(e -> e.getName().replaceFirst("\\.npy$", "")).sorted().toList());
      throw DataFault.of(
          path, "the arrays " + (found.isEmpty() ? "(none)" : found), arrays, remedy);
    }
    NpyHeader header;
    try (InputStream in = zip.getInputStream(entry)) {
      header = NpyHeader.read(in);
    } catch (IOException e) {
      throw damaged(name, e);
    }
    if (header.columns()) {
      throw DataFault.of(
          where(name),
          "an array stored column by column",
          "row by row",
          "convert it with numpy.ascontiguousarray");
    }
    return header;
  }

  /** All numbers of an array, of which {@code header} is the {@link #header}. */
  NpyArray array(String name, NpyHeader header) {
    checkWhole(name, header);
    try {
      return reader.get(name, Integer.MAX_VALUE);
    } catch (RuntimeException e) {
      throw damaged(name, e);
    }
  }

  /** The bytes of an array as they are stored, the header included. */
  InputStream stream(String name, NpyHeader header) throws IOException {
    checkWhole(name, header);
    return zip.getInputStream(zip.getEntry(name + ".npy"));
  }

  /**
   * The last {@code length} bytes of an array, which are its numbers, where they lie in the file:
   * it is read as they are asked for. Empty if the archive has them compressed.
   *
   * @throws IOException if the file cannot be read
   */
  Optional<MappedByteBuffer> mapped(String name, NpyHeader header, long length) throws IOException {
    checkWhole(name, header);
    try (FileChannel file = FileChannel.open(path)) {
      long start = start(file, name + ".npy");
      return start < 0
          ? Optional.empty()
          : Optional.of(
              file.map(FileChannel.MapMode.READ_ONLY, start + header.bytes() - length, length));
    }
  }

  /**
   * Where the bytes of a file in the archive begin; -1 if they are compressed, or behind files
   * whose headers do not say how long they are.
   */
  private long start(FileChannel file, String wanted) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(LOCAL_HEADER).order(ByteOrder.LITTLE_ENDIAN);
    long at = 0;
    for (ZipEntry entry : zip.stream().toList()) {
      if (file.read(head.clear(), at) < LOCAL_HEADER || head.getInt(0) != LOCAL_SIGNATURE) {
        return -1;
      }
      long start = at + LOCAL_HEADER + head.getShort(26) + head.getShort(28);
      if (entry.getName().equals(wanted)) {
        return entry.getMethod() == ZipEntry.STORED ? start : -1;
      }
      if ((head.getShort(6) & LENGTH_BEHIND) != 0) {
        return -1;
      }
      at = start + entry.getCompressedSize();
    }
    return -1;
  }

  /**
   * Compares the bytes of an array with its checksum.
   *
   * @throws IOException if they differ or cannot be read
   */
  void checkContent(String name, NpyHeader header) throws IOException {
    try (CheckedInputStream in = new CheckedInputStream(stream(name, header), new CRC32())) {
      in.transferTo(OutputStream.nullOutputStream());
      if (in.getChecksum().getValue() != crc(name)) {
        throw new IOException("wrong CRC-32");
      }
    }
  }

  /** The library would leave missing numbers at 0. */
  private void checkWhole(String name, NpyHeader header) {
    long bytes = zip.getEntry(name + ".npy").getSize();
    if (bytes != header.bytes()) {
      throw damaged(
          name, new IOException("%d bytes instead of %d".formatted(bytes, header.bytes())));
    }
  }

  /** The checksum (CRC-32) that the archive states of what {@link #stream} gives. */
  long crc(String name) {
    return zip.getEntry(name + ".npy").getCrc();
  }

  /** {@code y}, an array of whole numbers, as one class a sample, numbered from 0. */
  int[] labels(String name, NpyHeader header, NpyArray y) {
    long[] wide = integers(y.getData(), header.isUnsigned());
    if (y.getShape().length == 0 || wide.length != y.getShape()[0]) {
      throw DataFault.of(
          where(name),
          "shape " + Arrays.toString(y.getShape()),
          "one label a sample",
          "turn one-hot rows into labels with argmax(axis=1), or write targets as floats");
    }
    int[] labels = new int[wide.length];
    for (int i = 0; i < wide.length; i++) {
      if (wide[i] < 0 || wide[i] >= Integer.MAX_VALUE) {
        throw DataFault.of(
            where(name),
            "label %s at sample %d"
                .formatted(header.isUnsigned() ? Long.toUnsignedString(wide[i]) : wide[i], i),
            "classes numbered from 0",
            "number the classes 0 to K-1");
      }
      labels[i] = (int) wide[i];
    }
    return labels;
  }

  InputException damaged(String name, Exception cause) {
    return new InputException(
        "%s: found a damaged array (%s), expected an npy array; %s"
            .formatted(where(name), DataFault.reason(cause), remedy),
        cause);
  }

  String where(String name) {
    return "%s: %s".formatted(path, name);
  }

  @Override
  public void close() {
    try {
      zip.close();
      reader.close();
    } catch (IOException e) {
      throw DataFault.unreadable(path, e);
    }
  }

  private static long[] integers(Object data, boolean unsigned) {
    if (data instanceof byte[] a) {
      long[] wide = new long[a.length];
      Arrays.setAll(wide, i -> unsigned ? a[i] & 0xff : a[i]);
      return wide;
    }
    if (data instanceof short[] a) {
      long[] wide = new long[a.length];
      Arrays.setAll(wide, i -> unsigned ? a[i] & 0xffff : a[i]);
      return wide;
    }
    if (data instanceof int[] a) {
      long[] wide = new long[a.length];
      Arrays.setAll(wide, i -> unsigned ? a[i] & 0xffffffffL : a[i]);
      return wide;
    }
    return (long[]) data;
  }
}
