package org.glacis.evidence.network;

/** Some of the numbers, each at most once, and zeros between them. */
final class Selection implements Operation {
  private final int inputs;
  private final int[] from;

  private Selection(int inputs, int[] from) {
    this.inputs = inputs;
    this.from = from;
  }

  /** The second half of the channels. */
  static Selection secondHalf(int size, int channels) {
    int half = channels / 2;
    int[] from = new int[size / 2];
    for (int o = 0; o < from.length; o++) {
      from[o] = o / half * channels + half + o % half;
    }
    return new Selection(size, from);
  }

  /** The numbers as second half of so many channels, behind zeros. */
  static Selection behindZeros(int size, int channels) {
    int half = channels / 2;
    int[] from = new int[size];
    for (int o = 0; o < size; o++) {
      int channel = o % channels;
      from[o] = channel < half ? -1 : o / channels * half + channel - half;
    }
    return new Selection(size / 2, from);
  }

  /** The first half of the channels, and zeros in the place of the second. */
  static Selection beforeZeros(int size, int channels) {
    int[] from = new int[size];
    for (int o = 0; o < size; o++) {
      from[o] = o % channels < channels / 2 ? o : -1;
    }
    return new Selection(size, from);
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
      result[o] = from[o] < 0 ? 0 : x[from[o]];
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
      double[] result = new double[inputs];
      for (int o = 0; o < from.length; o++) {
        if (from[o] >= 0) {
          result[from[o]] = coefficients[o];
        }
      }
      return result;
    };
  }
}
