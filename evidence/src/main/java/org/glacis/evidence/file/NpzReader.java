package org.glacis.evidence.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.glacis.evidence.EvidenceException;

/**
 * Archives of arrays as NumPy's {@code savez} writes them: one npy file an array, row by row,
 * little-endian float32, float64, int32 or uint8. Anything else is refused.
 */
public final class NpzReader {
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{\\s*'descr'\\s*:\\s*'([<|][a-z]\\d)'\\s*,\\s*'fortran_order'\\s*:\\s*False\\s*,"
              + "\\s*'shape'\\s*:\\s*\\(([\\d,\\s]*)\\)\\s*,?\\s*\\}\\s*");

  private static final String REMEDY = "write the evidence anew";

  private final Path file;

  private NpzReader(Path file) {
    this.file = file;
  }

  /** All arrays of {@code file}, by name. */
  public static Map<String, NumberArray> read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw EvidenceException.of(file.toString(), "no file", "an npz archive", REMEDY);
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      NpzReader reader = new NpzReader(file);
      Map<String, NumberArray> arrays = new LinkedHashMap<>();
      for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        String name = entry.getName();
        if (!name.endsWith(".npy")) {
          throw reader.fault(name, "no npy file", "names that end in .npy");
        }
        name = name.substring(0, name.length() - 4);
        if (arrays.put(name, reader.array(name, reader.bytes(zip, entry))) != null) {
          throw reader.fault(name, "two arrays of this name", "one");
        }
      }
      return arrays;
    } catch (IOException | IllegalArgumentException e) {
      throw new EvidenceException(
          "%s: found no readable archive (%s), expected an npz archive; %s"
              .formatted(file, e.getMessage(), REMEDY),
          e);
    }
  }

  private byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readAllBytes();
      CRC32 sum = new CRC32();
      sum.update(bytes);
      if (bytes.length != entry.getSize() || sum.getValue() != entry.getCrc()) {
        throw fault(entry.getName(), "damaged bytes", "those of its checksum");
      }
      return bytes;
    }
  }

  private NumberArray array(String name, byte[] bytes) {
    if (bytes.length < 12 || bytes[0] != (byte) 0x93 || !ascii(bytes, 1, 5).equals("NUMPY")) {
      throw fault(name, "no npy header", "one");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    boolean old = bytes[6] == 1;
    long length = old ? buffer.getShort(8) & 0xffff : buffer.getInt(8) & 0xffffffffL;
    int start = old ? 10 : 12;
    if (start + length > bytes.length) {
      throw fault(name, "an npy header that is cut short", "a whole one");
    }
    String header = ascii(bytes, start, (int) length);
    Matcher matcher = HEADER.matcher(header);
    if (!matcher.matches()) {
      throw fault(name, "the header " + header.strip(), "an array stored row by row");
    }
    int[] shape =
        Arrays.stream(matcher.group(2).split(","))
            .map(String::strip)
            .filter(extent -> !extent.isEmpty())
            .mapToInt(Integer::parseInt)
            .toArray();
    String type = matcher.group(1);
    buffer.position(start + (int) length);
    return numbers(name, type, shape, buffer.slice().order(ByteOrder.LITTLE_ENDIAN));
  }

  private NumberArray numbers(String name, String type, int[] shape, ByteBuffer data) {
    int each = type.charAt(2) - '0';
    double count = 1;
    for (int extent : shape) {
      count *= extent;
    }
    if (count * each != data.remaining()) {
      throw fault(
          name,
          data.remaining() + " bytes",
          "%.0f numbers of %d bytes, the shape %s".formatted(count, each, Arrays.toString(shape)));
    }
    int size = (int) count;
    return switch (type) {
      case "<f4" -> {
        float[] values = new float[size];
        data.asFloatBuffer().get(values);
        yield new NumberArray(shape, values);
      }
      case "<f8" -> {
        double[] values = new double[size];
        data.asDoubleBuffer().get(values);
        yield new NumberArray(shape, values);
      }
      case "<i4" -> {
        int[] values = new int[size];
        data.asIntBuffer().get(values);
        yield new NumberArray(shape, values);
      }
      case "|u1" -> {
        byte[] values = new byte[size];
        data.get(values);
        yield new NumberArray(shape, values);
      }
      default -> throw fault(name, "the type " + type, "float32, float64, int32 or uint8");
    };
  }

  private static String ascii(byte[] bytes, int from, int length) {
    return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
  }

  private EvidenceException fault(String name, String found, String expected) {
    return EvidenceException.of(file + ": " + name, found, expected, REMEDY);
  }
}
