package org.glacis.evidence.network;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * Operations without roundings that never bring two inputs farther apart in l2: the sorts of groups
 * of channels, and {@code (relu(x), relu(-x))}.
 *
 * <p>The k-th smallest of some numbers rises with each of them, so corners are mapped to corners.
 */
final class Sorting implements Operation {
  private final int outputs;
  private final UnaryOperator<Box> image;

  private Sorting(int outputs, UnaryOperator<Box> image) {
    this.outputs = outputs;
    this.image = image;
  }

  /** Each group of {@code group} adjacent channels in ascending order. */
  static Sorting groups(int size, int group) {
    return new Sorting(size, x -> new Box(sorted(x.lower(), group), sorted(x.upper(), group)));
  }

  private static double[] sorted(double[] x, int group) {
    double[] result = x.clone();
    for (int from = 0; from < x.length; from += group) {
      Arrays.sort(result, from, from + group);
    }
    return result;
  }

  /**
   * Channel {@code j} and the one half of the channels farther become the larger and the smaller.
   */
  static Sorting maxMin(int size, int channels) {
    return new Sorting(
        size, x -> new Box(halves(x.lower(), channels), halves(x.upper(), channels)));
  }

  private static double[] halves(double[] x, int channels) {
    double[] result = new double[x.length];
    int half = channels / 2;
    for (int pixel = 0; pixel < x.length; pixel += channels) {
      for (int j = pixel; j < pixel + half; j++) {
        result[j] = Math.max(x[j], x[j + half]);
        result[j + half] = Math.min(x[j], x[j + half]);
      }
    }
    return result;
  }

  /** {@code relu(x)} and then {@code relu(-x)}: twice the channels. */
  static Sorting concatMaxMin(int size, int channels) {
    return new Sorting(
        2 * size,
        x -> new Box(parts(x.lower(), x.upper(), channels), parts(x.upper(), x.lower(), channels)));
  }

  /** {@code relu(first)} and {@code relu(-second)}. */
  private static double[] parts(double[] first, double[] second, int channels) {
    double[] result = new double[2 * first.length];
    for (int i = 0; i < first.length; i++) {
      int to = i / channels * 2 * channels + i % channels;
      result[to] = Math.max(first[i], 0);
      result[to + channels] = Math.max(-second[i], 0);
    }
    return result;
  }

  @Override
  public int outputs() {
    return outputs;
  }

  @Override
  public double lipschitz() {
    return 1;
  }

  @Override
  public Box image(Box x) {
    return image.apply(x);
  }
}
