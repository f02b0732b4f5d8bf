package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;
import org.jspecify.annotations.Nullable;

/**
 * The sum over each window of each channel, times a weight of the window: averages of all kinds.
 * Weights are right to two units of rounding.
 *
 * <p>Lipschitz constant: with the weight {@code w} of a window of {@code n} pixels, the square of
 * an output is at most {@code w^2 n} times the sum of the squares that it sees; a pixel is seen by
 * several windows, so the square of the constant is at most the largest sum over the windows of a
 * pixel of their {@code w^2 n}.
 */
final class AveragePool extends Affine {
  private final Windows windows;
  private final double[] weights;

  /**
   * A pool.
   *
   * @param weights one a window, rows × columns
   */
  AveragePool(Windows windows, double[] weights) {
    this.windows = windows;
    this.weights = weights;
  }

  @Override
  public int outputs() {
    return windows.rows() * windows.columns() * windows.channels();
  }

  @Override
  int terms() {
    return windows.taps() + 4;
  }

  @Override
  double @Nullable [] shift() {
    return null;
  }

  @Override
  void forward(double[] c, double[] r, double[] y, double[] s) {
    each(
        (window, pixel) -> {
          for (int ch = 0; ch < windows.channels(); ch++) {
            int to = window * windows.channels() + ch;
            int from = pixel * windows.channels() + ch;
            y[to] += weights[window] * c[from];
            s[to] += weights[window] * r[from];
          }
        });
  }

  @Override
  double[] pullBack(double[] a, boolean absolute) {
    double[] result = new double[windows.height() * windows.width() * windows.channels()];
    each(
        (window, pixel) -> {
          for (int ch = 0; ch < windows.channels(); ch++) {
            double from = a[window * windows.channels() + ch];
            result[pixel * windows.channels() + ch] +=
                weights[window] * (absolute ? Math.abs(from) : from);
          }
        });
    return result;
  }

  @Override
  public double lipschitz() {
    int[] pixels = new int[weights.length];
    each((window, pixel) -> pixels[window]++);
    double[] seen = new double[windows.height() * windows.width()];
    each(
        (window, pixel) -> {
          double square = Outward.mulUp(weights[window], weights[window]);
          seen[pixel] = Outward.addUp(seen[pixel], Outward.mulUp(square, pixels[window]));
        });
    double most = 0;
    for (double sum : seen) {
      most = Math.max(most, sum);
    }
    return Outward.mulUp(Outward.sqrtUp(most), 1 + 8 * Outward.UNIT);
  }

  private interface Sight {
    void of(int window, int pixel);
  }

  private void each(Sight sight) {
    for (int p = 0; p < windows.rows(); p++) {
      for (int q = 0; q < windows.columns(); q++) {
        for (int k = 0; k < windows.taps(); k++) {
          int pixel = windows.pixel(p, q, k);
          if (pixel >= 0) {
            sight.of(p * windows.columns() + q, pixel);
          }
        }
      }
    }
  }
}
