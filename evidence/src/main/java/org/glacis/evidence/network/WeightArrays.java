package org.glacis.evidence.network;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.NumberArray;

/** The weights of a network by path, each of which one layer takes. */
final class WeightArrays {
  private final Map<String, NumberArray> arrays;
  private final String origin;
  private final Set<String> taken = new HashSet<>();

  WeightArrays(Map<String, NumberArray> arrays, String origin) {
    this.arrays = arrays;
    this.origin = origin;
  }

  boolean has(String path) {
    return arrays.containsKey(path);
  }

  /** The finite numbers of the array at {@code path}, which must have this shape. */
  double[] get(String path, int... shape) {
    NumberArray array = arrays.get(path);
    if (array == null) {
      throw fault(path, "no array", "one of the shape " + Arrays.toString(shape));
    }
    taken.add(path);
    if (!Arrays.equals(array.shape(), shape) || !array.isReal()) {
      throw fault(
          path,
          "an array of the shape " + Arrays.toString(array.shape()),
          "floats of the shape " + Arrays.toString(shape));
    }
    double[] values = array.doubles();
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw fault(path, Double.toString(value), "finite numbers");
      }
    }
    return values;
  }

  /** The extents of the array at {@code path}. */
  int[] shape(String path) {
    NumberArray array = arrays.get(path);
    if (array == null) {
      throw fault(path, "no array", "one");
    }
    return array.shape();
  }

  /** Refuses arrays that no layer took. */
  void finish() {
    for (String path : arrays.keySet()) {
      if (!taken.contains(path)) {
        throw fault(path, "an array that no layer has", "only those of " + taken);
      }
    }
  }

  private EvidenceException fault(String path, String found, String expected) {
    return EvidenceException.of(origin + ": " + path, found, expected, "write the evidence anew");
  }
}
