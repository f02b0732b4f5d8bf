package org.glacis.evidence.network;

import org.jspecify.annotations.Nullable;

/**
 * Each channel less its mean over height and width: a projection, so its Lipschitz constant is at
 * most 1. The sizes that are added up are up to three times those of the weights: {@code 1 - 1/n}
 * against {@code 1 + 1/n}, and nothing is left for {@code n = 1}.
 */
final class Centering extends Affine {
  private final int channels;
  private final int places;
  private final double @Nullable [] bias;

  /**
   * A centering of {@code places} pixels.
   *
   * @param bias one a channel; null for none
   */
  Centering(int places, int channels, double @Nullable [] bias) {
    this.places = places;
    this.channels = channels;
    if (bias == null) {
      this.bias = null;
    } else {
      this.bias = new double[places * channels];
      for (int i = 0; i < this.bias.length; i++) {
        this.bias[i] = bias[i % channels];
      }
    }
  }

  @Override
  public int outputs() {
    return places * channels;
  }

  @Override
  int terms() {
    return 3 * (places + 6);
  }

  @Override
  double @Nullable [] shift() {
    return bias;
  }

  @Override
  void forward(double[] c, double[] r, double[] y, double[] s) {
    double[] means = means(c, false);
    double[] spreads = means(r, true);
    for (int i = 0; i < y.length; i++) {
      y[i] += c[i] - means[i % channels];
      s[i] += r[i] * (1 - 2.0 / places) + spreads[i % channels];
    }
  }

  @Override
  double[] pullBack(double[] a, boolean absolute) {
    double[] means = means(a, absolute);
    double[] result = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      result[i] =
          absolute
              ? Math.abs(a[i]) * (1 - 2.0 / places) + means[i % channels]
              : a[i] - means[i % channels];
    }
    return result;
  }

  private double[] means(double[] x, boolean absolute) {
    double[] means = new double[channels];
    for (int i = 0; i < x.length; i++) {
      means[i % channels] += absolute ? Math.abs(x[i]) : x[i];
    }
    for (int c = 0; c < channels; c++) {
      means[c] /= places;
    }
    return means;
  }

  @Override
  public double lipschitz() {
    return 1;
  }
}
