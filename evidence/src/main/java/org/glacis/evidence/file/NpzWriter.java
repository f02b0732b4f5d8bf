package org.glacis.evidence.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes arrays as NumPy reads them. The same arrays give the same bytes. */
public final class NpzWriter {
  private NpzWriter() {}

  /** Writes {@code arrays} as an npz archive and leaves {@code out} open. */
  public static void write(Map<String, NumberArray> arrays, OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    for (Map.Entry<String, NumberArray> entry : arrays.entrySet()) {
      ZipEntry file = new ZipEntry(entry.getKey() + ".npy");
      file.setTime(315_576_000_000L); // 1980, where the dates of zip begin, wherever it is written.
      zip.putNextEntry(file);
      zip.write(npy(entry.getValue()));
      zip.closeEntry();
    }
    zip.finish();
  }

  private static byte[] npy(NumberArray array) throws IOException {
    byte[] data = data(array);
    String shape =
        Arrays.stream(array.shape()).mapToObj(e -> e + ", ").collect(Collectors.joining()).strip();
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type(array), shape);
    // The numbers begin at a multiple of 64 bytes.
    int length = (10 + header.length() + 1 + 63) / 64 * 64 - 10;
    header = header + " ".repeat(length - header.length() - 1) + "\n";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(10 + length + data.length);
    bytes.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    bytes.write(length & 0xff);
    bytes.write(length >> 8);
    bytes.write(header.getBytes(StandardCharsets.ISO_8859_1));
    bytes.write(data);
    return bytes.toByteArray();
  }

  private static String type(NumberArray array) {
    if (array.data() instanceof float[]) {
      return "<f4";
    } else if (array.data() instanceof double[]) {
      return "<f8";
    }
    return array.data() instanceof int[] ? "<i4" : "|u1";
  }

  private static byte[] data(NumberArray array) {
    if (array.data() instanceof byte[] bytes) {
      return bytes;
    }
    boolean wide = array.data() instanceof double[];
    ByteBuffer buffer =
        ByteBuffer.allocate(Math.multiplyExact(array.size(), wide ? 8 : 4))
            .order(ByteOrder.LITTLE_ENDIAN);
    if (array.data() instanceof float[] values) {
      buffer.asFloatBuffer().put(values);
    } else if (array.data() instanceof double[] values) {
      buffer.asDoubleBuffer().put(values);
    } else if (array.data() instanceof int[] values) {
      buffer.asIntBuffer().put(values);
    }
    return buffer.array();
  }
}
