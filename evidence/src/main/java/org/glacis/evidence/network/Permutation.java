package org.glacis.evidence.network;

/** The same numbers in another order. */
final class Permutation implements Operation {
  private final int[] from;

  /**
   * A permutation.
   *
   * @param from for each output, the number of the input
   */
  Permutation(int[] from) {
    this.from = from;
  }

  /**
   * Squares of {@code factor} × {@code factor} pixels become channels, {@code c factor^2 + i factor
   * + j} for the pixel (i, j) of channel {@code c}.
   */
  static Permutation unshuffle(int height, int width, int channels, int factor) {
    int[] from = new int[height * width * channels];
    int square = factor * factor;
    for (int o = 0; o < from.length; o++) {
      int channel = o % (channels * square);
      int pixel = o / (channels * square);
      int y = pixel / (width / factor) * factor + channel % square / factor;
      int x = pixel % (width / factor) * factor + channel % factor;
      from[o] = (y * width + x) * channels + channel / square;
    }
    return new Permutation(from);
  }

  Permutation inverse() {
    int[] back = new int[from.length];
    for (int o = 0; o < from.length; o++) {
      back[from[o]] = o;
    }
    return new Permutation(back);
  }

  @Override
  public int outputs() {
    return from.length;
  }

  @Override
  public double lipschitz() {
    return 1;
  }

  @Override
  public Box image(Box x) {
    return new Box(taken(x.lower()), taken(x.upper()));
  }

  private double[] taken(double[] x) {
    double[] result = new double[from.length];
    for (int o = 0; o < result.length; o++) {
      result[o] = x[from[o]];
    }
    return result;
  }

  @Override
  public boolean isRelaxed() {
    return true;
  }

  @Override
  public Relaxation relaxed(Box x) {
    return (coefficients, floor) -> {
      double[] result = new double[from.length];
      for (int o = 0; o < result.length; o++) {
        result[from[o]] = coefficients[o];
      }
      return result;
    };
  }
}
