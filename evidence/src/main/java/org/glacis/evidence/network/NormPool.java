package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;

/**
 * The Euclidean norm of each window of each channel. Windows do not overlap, so the Lipschitz
 * constant is 1.
 */
final class NormPool implements Operation {
  private final Windows windows;

  NormPool(Windows windows) {
    this.windows = windows;
  }

  @Override
  public int outputs() {
    return windows.rows() * windows.columns() * windows.channels();
  }

  @Override
  public double lipschitz() {
    return 1;
  }

  @Override
  public Box image(Box x) {
    double[] below = new double[outputs()];
    double[] above = new double[outputs()];
    for (int window = 0; window < windows.rows() * windows.columns(); window++) {
      for (int k = 0; k < windows.taps(); k++) {
        int pixel = windows.pixel(window / windows.columns(), window % windows.columns(), k);
        for (int c = 0; pixel >= 0 && c < windows.channels(); c++) {
          double l = x.lower()[pixel * windows.channels() + c];
          double u = x.upper()[pixel * windows.channels() + c];
          double least = Math.max(0, Math.max(l, -u));
          double most = Math.max(Math.abs(l), Math.abs(u));
          int to = window * windows.channels() + c;
          if (least > 0) {
            double square = Math.max(0, Outward.mulDown(least, least));
            below[to] = Math.max(0, Outward.addDown(below[to], square));
          }
          above[to] = Outward.addUp(above[to], Outward.mulUp(most, most));
        }
      }
    }
    for (int o = 0; o < below.length; o++) {
      below[o] = Outward.sqrtDown(below[o]);
      above[o] = Outward.sqrtUp(above[o]);
    }
    return new Box(below, above);
  }
}
