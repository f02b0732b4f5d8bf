package org.glacis.evidence.file;

import java.util.Arrays;

/**
 * An array of numbers, row by row.
 *
 * @param shape its extents
 * @param data a {@code float[]}, {@code double[]}, {@code int[]} or, unsigned, a {@code byte[]}
 */
public record NumberArray(int[] shape, Object data) {
  public NumberArray {
    long size = Arrays.stream(shape).asLongStream().reduce(1, (a, b) -> a * b);
    if (size != length(data)) {
      throw new IllegalArgumentException(
          "%d numbers for the shape %s".formatted(length(data), Arrays.toString(shape)));
    }
  }

  /** How many numbers there are. */
  public int size() {
    return length(data);
  }

  /** Whether the numbers are floats, of 32 or 64 bits. */
  public boolean isReal() {
    return data instanceof float[] || data instanceof double[];
  }

  /** The numbers as float64, which is exact. */
  public double[] doubles() {
    if (data instanceof double[] values) {
      return values;
    }
    double[] wide = new double[size()];
    for (int i = 0; i < wide.length; i++) {
      wide[i] =
          data instanceof float[] floats
              ? floats[i]
              : data instanceof int[] ints ? ints[i] : ((byte[]) data)[i] & 0xff;
    }
    return wide;
  }

  private static int length(Object data) {
    if (data instanceof float[] values) {
      return values.length;
    } else if (data instanceof double[] values) {
      return values.length;
    } else if (data instanceof int[] values) {
      return values.length;
    } else if (data instanceof byte[] values) {
      return values.length;
    }
    throw new IllegalArgumentException(data.getClass() + " holds no numbers that are stored");
  }
}
