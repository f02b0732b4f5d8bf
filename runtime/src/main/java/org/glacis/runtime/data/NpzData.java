package org.glacis.runtime.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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

  private final NpzArchive archive;

  private NpzData(NpzArchive archive) {
    this.archive = archive;
  }

  /**
   * Reads an archive. It is called by the name of its file, without the ending.
   *
   * @throws InputException if it is missing, damaged, lacks an array, or an array has a type or a
   *     shape that does not fit
   */
  static Dataset read(Path path) {
    try (NpzArchive archive =
        NpzArchive.open(path, "x_train, y_train, x_test and y_test", REMEDY)) {
      NpzData data = new NpzData(archive);
      Samples train = data.samples("x_train", "y_train");
      Samples test = data.samples("x_test", "y_test");
      Provenance provenance =
          new Provenance(path.toString(), Provenance.NOT_STATED, List.of(archive.file()));
      String name = path.getFileName().toString().replaceFirst("\\.npz$", "");
      try {
        return Dataset.read(name, train, test, provenance);
      } catch (InputException e) {
        throw new InputException(path + ": " + e.getMessage(), e);
      }
    }
  }

  private static final String REMEDY =
      "write it with numpy.savez(path, x_train=..., y_train=..., x_test=..., y_test=...)";

  private Samples samples(String inputs, String outputs) {
    NpyHeader inputHeader = archive.header(inputs);
    NpyHeader outputHeader = archive.header(outputs);
    if (!inputHeader.isReal() && !inputHeader.type().equals("u1")) {
      throw DataFault.of(
          archive.where(inputs),
          inputHeader.typeName(),
          "uint8, float32 or float64",
          "convert it, for example with astype(numpy.float32)");
    }
    if (!outputHeader.isReal() && !outputHeader.isInteger()) {
      throw DataFault.of(
          archive.where(outputs),
          outputHeader.typeName(),
          "whole numbers (labels), or float32 or float64 (targets)",
          "convert it, for example with astype(numpy.int64)");
    }
    NpyArray x = archive.array(inputs, inputHeader);
    NpyArray y = archive.array(outputs, outputHeader);
    Shape shape = sampleShape(inputs, x.getShape());
    int size = x.getShape()[0];
    if (y.getShape().length == 0 || y.getShape()[0] != size) {
      throw DataFault.of(
          archive.where(outputs),
          "shape " + Arrays.toString(y.getShape()),
          "%d rows, as %s has".formatted(size, inputs),
          "take both arrays from one split");
    }
    if (outputHeader.isInteger()) {
      int[] labels = archive.labels(outputs, outputHeader, y);
      return x.getData() instanceof byte[] pixels
          ? Samples.images(archive.where(inputs), shape, pixels, labels)
          : Samples.table(archive.where(inputs), shape, floats(x), labels);
    }
    if (y.getShape().length > 2) {
      throw DataFault.of(
          archive.where(outputs),
          "shape " + Arrays.toString(y.getShape()),
          "samples, or samples × outputs",
          "flatten the targets of a sample");
    }
    int width = y.getShape().length == 2 ? y.getShape()[1] : 1;
    return Samples.regression(archive.where(inputs), shape, floats(x), floats(y), width);
  }

  private Shape sampleShape(String name, int[] extents) {
    if (extents.length < 2) {
      throw DataFault.of(
          archive.where(name),
          "shape " + Arrays.toString(extents),
          "samples first, then the shape of a sample",
          "reshape it, for example with x.reshape(len(x), -1)");
    }
    return new Shape(Arrays.copyOfRange(extents, 1, extents.length));
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
