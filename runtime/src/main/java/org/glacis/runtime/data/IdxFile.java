package org.glacis.runtime.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.ZipException;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;

/**
 * A file of unsigned bytes in the IDX format of MNIST: big-endian magic number (0, 0, type 8,
 * number of axes), one extent of four bytes an axis, then the bytes row by row. Gzipped or plain,
 * whatever its name says.
 *
 * <p>Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits".
 */
final class IdxFile {

  private static final int UNSIGNED_BYTES = 0x0800;

  /** Of all axes, the number of items first. */
  private final int[] extents;

  private final byte[] content;
  private final DataFile file;

  private IdxFile(int[] extents, byte[] content, DataFile file) {
    this.extents = extents;
    this.content = content;
    this.file = file;
  }

  /** One split of a classification set: its samples and the two files they were read from. */
  record Pair(Samples samples, List<DataFile> files) {}

  /**
   * Reads images and their labels.
   *
   * @param classes labels are below this
   * @param shape of one image, height × width × 1
   * @throws InputException if a file is missing, damaged or not IDX, the images have another shape,
   *     the counts differ, or a label is out of range
   */
  static Pair images(Path images, Path labels, Shape shape, int classes) {
    IdxFile pixels = read(images, 3);
    IdxFile marks = read(labels, 1);
    Shape found = new Shape(pixels.extents[1], pixels.extents[2], 1);
    if (!found.equals(shape)) {
      throw DataFault.of(
          images,
          "images of %d × %d pixels".formatted(found.get(0), found.get(1)),
          "%d × %d".formatted(shape.get(0), shape.get(1)),
          "put the published file there");
    }
    if (pixels.extents[0] != marks.extents[0]) {
      throw DataFault.of(
          images,
          pixels.extents[0] + " images",
          "as many as the %d labels of %s".formatted(marks.extents[0], labels),
          "take both files from one split");
    }
    int[] classOf = new int[marks.content.length];
    for (int i = 0; i < classOf.length; i++) {
      classOf[i] = marks.content[i] & 0xff;
      if (classOf[i] >= classes) {
        throw DataFault.of(
            labels,
            "label %d at sample %d".formatted(classOf[i], i),
            "0 to %d".formatted(classes - 1),
            "put the published file there");
      }
    }
    return new Pair(
        Samples.images(images.toString(), shape, pixels.content, classOf),
        List.of(pixels.file, marks.file));
  }

  /**
   * Reads a whole file.
   *
   * @param axes how many axes it must have
   * @throws InputException if it is missing, damaged, cut short, too long or of another kind
   */
  static IdxFile read(Path path, int axes) {
    byte[] raw;
    try {
      raw = Files.readAllBytes(path);
    } catch (IOException e) {
      throw DataFault.unreadable(path, e);
    }
    try (InputStream in = Gzip.open(raw)) {
      int[] extents = header(path, axes, in.readNBytes(4 * (axes + 1)));
      return new IdxFile(extents, body(path, extents, in), DataFile.of(path, raw));
    } catch (EOFException e) {
      throw damaged(path, "a gzip stream that ends early");
    } catch (ZipException e) {
      throw damaged(path, "a damaged gzip stream (%s)".formatted(e.getMessage()));
    } catch (IOException e) {
      throw DataFault.unreadable(path, e);
    }
  }

  private static int[] header(Path path, int axes, byte[] head) {
    if (head.length < 4 * (axes + 1)) {
      throw damaged(path, "only %d bytes".formatted(head.length));
    }
    ByteBuffer words = ByteBuffer.wrap(head);
    int magic = words.getInt();
    if (magic != UNSIGNED_BYTES + axes) {
      throw DataFault.of(
          path,
          "magic number " + Integer.toUnsignedString(magic),
          "%d (IDX, unsigned bytes, %d axes)".formatted(UNSIGNED_BYTES + axes, axes),
          "check that images and labels are not exchanged, and that the file is the published one");
    }
    int[] extents = new int[axes];
    for (int axis = 0; axis < axes; axis++) {
      extents[axis] = words.getInt();
    }
    return extents;
  }

  private static byte[] body(Path path, int[] extents, InputStream in) throws IOException {
    String stated =
        Arrays.stream(extents)
            .mapToObj(Integer::toUnsignedString)
            .collect(Collectors.joining(" × "));
    long length = 1;
    for (int extent : extents) {
      length = Math.min(length * Integer.toUnsignedLong(extent), 1L << 32);
    }
    if (length < 1 || length > Integer.MAX_VALUE - 8) {
      throw DataFault.of(
          path,
          "a header that states %s bytes".formatted(stated),
          "1 to 2147483639 bytes",
          "put the published file there");
    }
    byte[] content = in.readNBytes((int) length);
    if (content.length < length) {
      throw damaged(path, "%d of %d bytes after the header".formatted(content.length, length));
    }
    if (in.read() >= 0) {
      throw DataFault.of(
          path,
          "more bytes than the header states",
          "%s = %d bytes".formatted(stated, length),
          "put the published file there");
    }
    return content;
  }

  private static InputException damaged(Path path, String found) {
    return DataFault.of(
        path,
        found,
        "a whole IDX file",
        "it was cut short or damaged: copy it again, or delete it so that it is downloaded");
  }
}
