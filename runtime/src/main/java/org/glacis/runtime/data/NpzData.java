package org.glacis.runtime.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;
import org.jetbrains.bio.npy.NpyArray;

/**
 * The arrays {@code x_train}, {@code y_train}, {@code x_test}, {@code y_test} of an npz archive.
 *
 * <p>Features are uint8 (served as bytes, 0 to 1) or float32 or float64 (served as float32),
 * samples first; their other axes are the shape. Labels are whole numbers, one a sample; targets
 * are floating point, one or more a sample. uint8 features with targets are served as floats, b /
 * 255.
 */
final class NpzData {

  private final Path path;
  private final ZipFile zip;
  private final org.jetbrains.bio.npy.NpzFile.Reader reader;

  private NpzData(Path path, ZipFile zip, org.jetbrains.bio.npy.NpzFile.Reader reader) {
    this.path = path;
    this.zip = zip;
    this.reader = reader;
  }

  /**
   * Reads an archive. It is called by the name of its file, without the ending.
   *
   * @throws InputException if it is missing, damaged, lacks an array, or an array has a type or a
   *     shape that does not fit
   */
  static Dataset read(Path path) {
    if (!Files.isRegularFile(path)) {
      throw DataFault.of(path, "no such file", "an npz archive", "check the path");
    }
    try (ZipFile zip = new ZipFile(path.toFile());
        org.jetbrains.bio.npy.NpzFile.Reader reader = org.jetbrains.bio.npy.NpzFile.read(path)) {
      NpzData data = new NpzData(path, zip, reader);
      Samples train = data.samples("x_train", "y_train");
      Samples test = data.samples("x_test", "y_test");
      Provenance provenance =
          new Provenance(
              path.toString(),
              Provenance.NOT_STATED,
              List.of(new DataFile(path.toString(), Sha256.of(path), Files.size(path))));
      String name = path.getFileName().toString().replaceFirst("\\.npz$", "");
      try {
        return Dataset.read(name, train, test, provenance);
      } catch (InputException e) {
        throw new InputException(path + ": " + e.getMessage(), e);
      }
    } catch (ZipException e) {
      throw DataFault.of(
          path, "no zip archive (%s)".formatted(e.getMessage()), "an npz archive", REMEDY);
    } catch (IOException e) {
      throw DataFault.unreadable(path, e);
    }
  }

  private static final String REMEDY =
      "write it with numpy.savez(path, x_train=..., y_train=..., x_test=..., y_test=...)";

  private Samples samples(String inputs, String outputs) throws IOException {
    NpyHeader inputHeader = header(inputs);
    NpyHeader outputHeader = header(outputs);
    if (!inputHeader.isReal() && !inputHeader.type().equals("u1")) {
      throw DataFault.of(
          where(inputs),
          inputHeader.typeName(),
          "uint8, float32 or float64",
          "convert it, for example with astype(numpy.float32)");
    }
    if (!outputHeader.isReal() && !outputHeader.isInteger()) {
      throw DataFault.of(
          where(outputs),
          outputHeader.typeName(),
          "whole numbers (labels), or float32 or float64 (targets)",
          "convert it, for example with astype(numpy.int64)");
    }
    NpyArray x = array(inputs, inputHeader);
    NpyArray y = array(outputs, outputHeader);
    Shape shape = sampleShape(inputs, x.getShape());
    int size = x.getShape()[0];
    if (y.getShape().length == 0 || y.getShape()[0] != size) {
      throw DataFault.of(
          where(outputs),
          "shape " + Arrays.toString(y.getShape()),
          "%d rows, as %s has".formatted(size, inputs),
          "take both arrays from one split");
    }
    if (outputHeader.isInteger()) {
      int[] labels = labels(outputs, outputHeader, y);
      return x.getData() instanceof byte[] pixels
          ? Samples.images(where(inputs), shape, pixels, labels)
          : Samples.table(where(inputs), shape, floats(x), labels);
    }
    if (y.getShape().length > 2) {
      throw DataFault.of(
          where(outputs),
          "shape " + Arrays.toString(y.getShape()),
          "samples, or samples × outputs",
          "flatten the targets of a sample");
    }
    int width = y.getShape().length == 2 ? y.getShape()[1] : 1;
    return Samples.regression(where(inputs), shape, floats(x), floats(y), width);
  }

  private Shape sampleShape(String name, int[] extents) {
    if (extents.length < 2) {
      throw DataFault.of(
          where(name),
          "shape " + Arrays.toString(extents),
          "samples first, then the shape of a sample",
          "reshape it, for example with x.reshape(len(x), -1)");
    }
    return new Shape(Arrays.copyOfRange(extents, 1, extents.length));
  }

  private int[] labels(String name, NpyHeader header, NpyArray y) {
    long[] wide = integers(y.getData(), header.isUnsigned());
    if (wide.length != y.getShape()[0]) {
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

  private NpyHeader header(String name) throws IOException {
    ZipEntry entry = zip.getEntry(name + ".npy");
    if (entry == null) {
      String found =
          String.join(
              ", ",
              zip.stream().map(e -> e.getName().replaceFirst("\\.npy$", "")).sorted().toList());
      throw DataFault.of(
          path,
          "the arrays " + (found.isEmpty() ? "(none)" : found),
          "x_train, y_train, x_test and y_test",
          REMEDY);
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

  private NpyArray array(String name, NpyHeader header) {
    long bytes = zip.getEntry(name + ".npy").getSize();
    // The library would leave missing numbers at 0.
    if (bytes != header.bytes()) {
      throw damaged(
          name, new IOException("%d bytes instead of %d".formatted(bytes, header.bytes())));
    }
    try {
      return reader.get(name, Integer.MAX_VALUE);
    } catch (RuntimeException e) {
      throw damaged(name, e);
    }
  }

  private InputException damaged(String name, Exception cause) {
    return new InputException(
        "%s: found a damaged array (%s), expected an npy array; %s"
            .formatted(where(name), DataFault.reason(cause), REMEDY),
        cause);
  }

  private String where(String name) {
    return "%s: %s".formatted(path, name);
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

  private static float[] floats(NpyArray array) {
    Object data = array.getData();
    if (data instanceof byte[] a) {
      float[] values = new float[a.length];
      for (int i = 0; i < a.length; i++) {
        values[i] = (a[i] & 0xff) / 255f;
      }
      return values;
    }
    if (data instanceof double[] a) {
      float[] values = new float[a.length];
      for (int i = 0; i < a.length; i++) {
        values[i] = (float) a[i];
      }
      return values;
    }
    return (float[]) data;
  }
}
