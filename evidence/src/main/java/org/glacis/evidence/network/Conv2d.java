package org.glacis.evidence.network;

import org.glacis.evidence.norm.Convolution;
import org.glacis.evidence.norm.ConvolutionNorm;
import org.jspecify.annotations.Nullable;

/**
 * A convolution. Its kernel is stored as height × width × (channels / groups) × filters, and
 * computed with as height × width × channels × filters, with zeros where a filter does not see a
 * channel.
 */
final class Conv2d extends Affine {
  private final Windows windows;
  private final int filters;
  private final int groups;
  private final double[] stored;
  private final double[] kernel;
  private final double[] turned;
  private final double @Nullable [] bias;

  Conv2d(Windows windows, int filters, int groups, double[] stored, double @Nullable [] bias) {
    this.windows = windows;
    this.filters = filters;
    this.groups = groups;
    this.stored = stored;
    kernel = whole(stored, windows.channels(), filters, groups);
    int places = windows.rows() * windows.columns();
    int channels = windows.channels();
    turned = new double[kernel.length];
    for (int k = 0; k < windows.taps(); k++) {
      for (int c = 0; c < channels; c++) {
        for (int o = 0; o < filters; o++) {
          turned[(k * filters + o) * channels + c] = kernel[(k * channels + c) * filters + o];
        }
      }
    }
    if (bias == null) {
      this.bias = null;
    } else {
      this.bias = new double[places * filters];
      for (int p = 0; p < places; p++) {
        System.arraycopy(bias, 0, this.bias, p * filters, filters);
      }
    }
  }

  private static double[] whole(double[] stored, int channels, int filters, int groups) {
    if (groups == 1) {
      return stored;
    }
    int inside = channels / groups;
    double[] whole = new double[stored.length * groups];
    for (int row = 0; row < stored.length / filters; row++) {
      int tap = row / inside;
      for (int o = 0; o < filters; o++) {
        int channel = o / (filters / groups) * inside + row % inside;
        whole[(tap * channels + channel) * filters + o] = stored[row * filters + o];
      }
    }
    return whole;
  }

  @Override
  public int outputs() {
    return windows.rows() * windows.columns() * filters;
  }

  @Override
  int terms() {
    return windows.taps() * Math.max(windows.channels(), filters);
  }

  @Override
  double @Nullable [] shift() {
    return bias;
  }

  @Override
  void forward(double[] c, double[] r, double[] y, double[] s) {
    int channels = windows.channels();
    for (int p = 0; p < windows.rows(); p++) {
      for (int q = 0; q < windows.columns(); q++) {
        int to = (p * windows.columns() + q) * filters;
        for (int k = 0; k < windows.taps(); k++) {
          int pixel = windows.pixel(p, q, k);
          for (int ch = 0; pixel >= 0 && ch < channels; ch++) {
            int i = pixel * channels + ch;
            if (c[i] != 0 || r[i] != 0) {
              Rows.add(y, s, to, c[i], r[i], kernel, (k * channels + ch) * filters, filters);
            }
          }
        }
      }
    }
  }

  @Override
  double[] pullBack(double[] a, boolean absolute) {
    int channels = windows.channels();
    double[] result = new double[windows.height() * windows.width() * channels];
    for (int p = 0; p < windows.rows(); p++) {
      for (int q = 0; q < windows.columns(); q++) {
        int from = (p * windows.columns() + q) * filters;
        for (int k = 0; k < windows.taps(); k++) {
          int pixel = windows.pixel(p, q, k);
          for (int o = 0; pixel >= 0 && o < filters; o++) {
            if (a[from + o] != 0) {
              Rows.add(
                  result,
                  pixel * channels,
                  a[from + o],
                  turned,
                  (k * filters + o) * channels,
                  channels,
                  absolute);
            }
          }
        }
      }
    }
    return result;
  }

  @Override
  public double lipschitz() {
    Convolution layer =
        Convolution.of(windows.tall(), windows.wide(), windows.channels() / groups, filters, stored)
            .withGroups(groups)
            .withStrides(windows.down(), windows.right());
    boolean fits = windows.height() % windows.down() == 0 && windows.width() % windows.right() == 0;
    if (windows.circular() && !fits) {
      return Double.POSITIVE_INFINITY;
    }
    return ConvolutionNorm.of(layer.on(windows.height(), windows.width(), windows.padding()))
        .value();
  }
}
