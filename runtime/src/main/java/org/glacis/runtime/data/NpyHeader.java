package org.glacis.runtime.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an npy array says of itself. The library that reads its numbers does not tell signed from
 * unsigned, so this is read first.
 *
 * @param type kind and bytes as NumPy writes them, without the byte order: {@code u1}, {@code f4}
 * @param columns whether it is stored column by column
 * @param shape the extents, as many as the array has axes
 * @param bytes the length of the whole file, if it has as many numbers as its shape says
 */
record NpyHeader(String type, boolean columns, List<Long> shape, long bytes) {

  NpyHeader {
    shape = List.copyOf(shape);
  }

  private static final Pattern TYPE = Pattern.compile("'descr':\\s*'[<>|=]?(\\w+)'");
  private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([\\d,\\s]*)\\)");
  private static final Pattern EXTENT = Pattern.compile("\\d+");
  private static final Pattern COLUMNS = Pattern.compile("'fortran_order':\\s*True");

  /**
   * Reads the start of an npy file.
   *
   * @throws IOException if it is not one
   */
  static NpyHeader read(InputStream in) throws IOException {
    byte[] start = in.readNBytes(8);
    if (start.length < 8 || start[0] != (byte) 0x93 || start[1] != 'N' || start[5] != 'Y') {
      throw new IOException("no npy header");
    }
    boolean old = start[6] == 1;
    byte[] word = in.readNBytes(old ? 2 : 4);
    if (word.length < (old ? 2 : 4)) {
      throw new IOException("npy header cut short");
    }
    ByteBuffer length = ByteBuffer.wrap(word).order(ByteOrder.LITTLE_ENDIAN);
    int bytes = old ? length.getShort() & 0xffff : length.getInt();
    String text = new String(in.readNBytes(Math.max(bytes, 0)), StandardCharsets.UTF_8);
    Matcher matcher = TYPE.matcher(text);
    String type = matcher.find() ? matcher.group(1) : "record";
    List<Long> shape = shape(text);
    long content = numbers(shape) * (type.matches("[iufb]\\d") ? type.charAt(1) - '0' : 1);
    return new NpyHeader(
        type, COLUMNS.matcher(text).find(), shape, start.length + word.length + bytes + content);
  }

  private static List<Long> shape(String text) throws IOException {
    Matcher shape = SHAPE.matcher(text);
    if (!shape.find()) {
      throw new IOException("npy header without a shape");
    }
    List<Long> extents = new ArrayList<>();
    Matcher extent = EXTENT.matcher(shape.group(1));
    try {
      while (extent.find()) {
        extents.add(Long.parseLong(extent.group()));
      }
    } catch (NumberFormatException e) {
      throw new IOException("npy header with the shape (%s)".formatted(shape.group(1)), e);
    }
    return extents;
  }

  private static long numbers(List<Long> shape) throws IOException {
    long numbers = 1;
    try {
      for (long extent : shape) {
        numbers = Math.multiplyExact(numbers, extent);
      }
    } catch (ArithmeticException e) {
      throw new IOException("npy header with the shape %s".formatted(shape), e);
    }
    return Math.min(numbers, Integer.MAX_VALUE);
  }

  boolean isReal() {
    return type.equals("f4") || type.equals("f8");
  }

  boolean isInteger() {
    return type.matches("[iu][1248]");
  }

  boolean isUnsigned() {
    return type.startsWith("u");
  }

  /** The type by the name that NumPy users know. */
  String typeName() {
    return switch (type.charAt(0)) {
      case 'u' -> "uint" + bits();
      case 'i' -> "int" + bits();
      case 'f' -> "float" + bits();
      case 'b' -> "bool";
      case 'O' -> "object";
      default -> "type " + type;
    };
  }

  private int bits() {
    return 8 * Integer.parseInt(type.substring(1));
  }
}
