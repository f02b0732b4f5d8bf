package org.glacis.runtime.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;
import org.jetbrains.bio.npy.NpyArray;
import org.jetbrains.bio.npy.NpyFile;

/** One sample in a file of its own: an image, or an npy array. */
public final class SampleFile {
  private static final String ARRAY = "a NumPy array written with numpy.save";

  private SampleFile() {}

  /**
   * Reads one sample. Bytes become 0 to 1, floating-point numbers stay as they are.
   *
   * @param shape of the sample; an array may have further extents of 1, or be flat
   * @return the numbers, row by row
   * @throws InputException if the file is missing, damaged, or of another shape
   */
  public static float[] read(Path file, Shape shape) {
    if (!Files.isRegularFile(file)) {
      throw DataFault.of(file, "no such file", "an image or an npy array", "check the path");
    }
    return file.toString().endsWith(".npy") ? array(file, shape) : image(file, shape);
  }

  private static float[] image(Path file, Shape shape) {
    if (shape.getRank() != 3 || (shape.get(2) != 1 && shape.get(2) != 3)) {
      throw DataFault.of(
          file, "an image", "a sample of shape " + shape, "give the numbers as an npy array");
    }
    byte[] pixels = ImagePixels.read(file, shape);
    float[] values = new float[pixels.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (pixels[i] & 0xff) / 255f;
    }
    return values;
  }

  private static float[] array(Path file, Shape shape) {
    NpyArray array = checked(file);
    List<Integer> found = withoutOnes(array.getShape());
    boolean flat = found.equals(withoutOnes(new int[] {shape.getSize()}));
    if (!flat && !found.equals(withoutOnes(shape.toArray()))) {
      throw DataFault.of(
          file,
          "an array of shape " + Arrays.toString(array.getShape()),
          "one sample of shape " + shape,
          "save a single sample, for example with numpy.save(path, x[0])");
    }
    return numbers(file, array.getData());
  }

  private static NpyArray checked(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      NpyHeader header = NpyHeader.read(in);
      if (!header.isReal() && !header.type().equals("u1")) {
        throw DataFault.of(
            file,
            header.typeName(),
            "uint8, float32 or float64",
            "convert it, for example with astype(numpy.float32)");
      }
      if (header.columns()) {
        throw DataFault.of(
            file,
            "an array stored column by column",
            "row by row",
            "convert it with numpy.ascontiguousarray");
      }
      long bytes = Files.size(file);
      if (bytes != header.bytes()) {
        throw DataFault.of(
            file, bytes + " bytes", header.bytes() + " bytes, as its header says", "replace it");
      }
      return NpyFile.read(file, Integer.MAX_VALUE);
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      throw new InputException(
          "%s: found a damaged array (%s), expected %s; replace the file"
              .formatted(file, DataFault.reason(e), ARRAY),
          e);
    }
  }

  private static List<Integer> withoutOnes(int[] extents) {
    List<Integer> rest = new ArrayList<>();
    for (int extent : extents) {
      if (extent != 1) {
        rest.add(extent);
      }
    }
    return rest;
  }

  private static float[] numbers(Path file, Object data) {
    float[] values;
    if (data instanceof float[] narrow) {
      values = narrow;
    } else if (data instanceof double[] wide) {
      values = new float[wide.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) wide[i];
      }
    } else {
      byte[] bytes = (byte[]) data;
      values = new float[bytes.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (bytes[i] & 0xff) / 255f;
      }
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw DataFault.of(
            file, values[i] + " at place " + i, "finite numbers", "mend or leave out the sample");
      }
    }
    return values;
  }
}
