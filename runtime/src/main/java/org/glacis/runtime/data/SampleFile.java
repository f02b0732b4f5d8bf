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

/** A sample, or a radius for each of its numbers, in a file of its own. */
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
    return file.toString().endsWith(".npy") ? narrow(sample(file, shape)) : image(file, shape);
  }

  /**
   * Reads a radius for each number of a sample, in the units of the data, from an npy array.
   *
   * @param shape of a sample; the array may have further extents of 1, or be flat
   * @return the radii, row by row, as they are stored
   * @throws InputException if the file is missing, damaged, of another shape, or has a number that
   *     is negative or not finite
   */
  public static double[] radii(Path file, Shape shape) {
    if (!Files.isRegularFile(file)) {
      throw DataFault.of(file, "no such file", "an npy array of radii", "check the path");
    }
    double[] radii =
        array(
            file,
            shape,
            "a radius for each number of a sample, shape " + shape,
            "save one, for example with numpy.save(path, numpy.full(" + shape + ", 0.1))");
    for (int i = 0; i < radii.length; i++) {
      if (radii[i] < 0) {
        throw DataFault.of(file, radii[i] + " at place " + i, "radii of 0 or above", "mend it");
      }
    }
    return radii;
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

  private static double[] sample(Path file, Shape shape) {
    return array(
        file,
        shape,
        "one sample of shape " + shape,
        "save a single sample, for example with numpy.save(path, x[0])");
  }

  private static double[] array(Path file, Shape shape, String expected, String remedy) {
    NpyArray array = checked(file);
    List<Integer> found = withoutOnes(array.getShape());
    boolean flat = found.equals(withoutOnes(new int[] {shape.getSize()}));
    if (!flat && !found.equals(withoutOnes(shape.toArray()))) {
      throw DataFault.of(
          file, "an array of shape " + Arrays.toString(array.getShape()), expected, remedy);
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

  private static double[] numbers(Path file, Object data) {
    double[] values;
    if (data instanceof float[] narrow) {
      values = new double[narrow.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = narrow[i];
      }
    } else if (data instanceof double[] wide) {
      values = wide;
    } else {
      byte[] bytes = (byte[]) data;
      values = new double[bytes.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (bytes[i] & 0xff) / 255.0;
      }
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite((float) values[i])) {
        throw DataFault.of(file, values[i] + " at place " + i, "finite numbers", "mend it");
      }
    }
    return values;
  }

  private static float[] narrow(double[] wide) {
    float[] values = new float[wide.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) wide[i];
    }
    return values;
  }
}
