package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.NpzReader;
import org.glacis.evidence.file.NumberArray;
import org.glacis.evidence.network.Box;
import org.glacis.evidence.rounding.Outward;
import org.jspecify.annotations.Nullable;

/**
 * The samples that claims are about. Bytes stand for the rational number {@code b / 255}, which is
 * enclosed.
 */
final class Inputs {
  private final NumberArray inputs;
  private final int[] labels;
  private final Map<Integer, Integer> places;
  private final int width;

  private Inputs(NumberArray inputs, int[] labels, Map<Integer, Integer> places, int width) {
    this.inputs = inputs;
    this.labels = labels;
    this.places = places;
    this.width = width;
  }

  /**
   * Reads {@code file}.
   *
   * @param count how many samples there must be
   * @param width the numbers of a sample
   */
  static Inputs read(Path file, int count, int width) {
    Map<String, NumberArray> arrays = NpzReader.read(file);
    NumberArray inputs = arrays.get("inputs");
    boolean known =
        inputs != null
            && (inputs.data() instanceof float[] || inputs.data() instanceof byte[])
            && inputs.shape().length > 0
            && inputs.shape()[0] == count
            && inputs.size() == (long) count * width;
    if (inputs == null || !known) {
      throw EvidenceException.of(
          file + ": inputs",
          inputs == null ? "no array" : "the shape " + Arrays.toString(inputs.shape()),
          "%d samples of %d numbers, float32 or uint8".formatted(count, width),
          "write the evidence anew");
    }
    Map<Integer, Integer> places = new HashMap<>();
    for (int index : whole(file, arrays, "indices", count)) {
      if (places.put(index, places.size()) != null) {
        throw EvidenceException.of(
            file + ": indices",
            index + " a second time",
            "other numbers",
            "write the evidence anew");
      }
    }
    return new Inputs(inputs, whole(file, arrays, "labels", count), places, width);
  }

  private static int[] whole(Path file, Map<String, NumberArray> arrays, String name, int count) {
    NumberArray array = arrays.get(name);
    if (array != null && array.data() instanceof int[] values && values.length == count) {
      return values;
    }
    throw EvidenceException.of(
        file + ": " + name, "no such list", count + " numbers, int32", "write the evidence anew");
  }

  /** The place here of the sample at {@code index} of the data set; null where it is not here. */
  @Nullable Integer place(int index) {
    return places.get(index);
  }

  int label(int sample) {
    return labels[sample];
  }

  /** The sample itself. */
  Box point(int sample) {
    double[] lower = new double[width];
    double[] upper = new double[width];
    for (int i = 0; i < width; i++) {
      int at = sample * width + i;
      if (inputs.data() instanceof byte[] bytes) {
        int b = bytes[at] & 0xff;
        double x = b / 255.0;
        boolean exact = b == 0 || b == 255;
        lower[i] = exact ? x : Math.nextDown(x);
        upper[i] = exact ? x : Math.nextUp(x);
      } else {
        lower[i] = ((float[]) inputs.data())[at];
        upper[i] = lower[i];
      }
    }
    return new Box(lower, upper);
  }

  /**
   * What is at most {@code radius} away in each feature, clipped to {@code range}; the sample
   * itself belongs to it in any case.
   *
   * @param radius one number, or one a feature
   */
  Box around(int sample, double[] radius, Claims.@Nullable Range range) {
    Box point = point(sample);
    double[] lower = new double[width];
    double[] upper = new double[width];
    for (int i = 0; i < width; i++) {
      double r = radius[radius.length == 1 ? 0 : i];
      double below = r == 0 ? point.lower()[i] : Outward.subDown(point.lower()[i], r);
      double above = r == 0 ? point.upper()[i] : Outward.addUp(point.upper()[i], r);
      if (range != null) {
        below = Math.min(point.lower()[i], Math.max(below, range.least()));
        above = Math.max(point.upper()[i], Math.min(above, range.most()));
      }
      lower[i] = below;
      upper[i] = above;
    }
    return new Box(lower, upper);
  }
}
