package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;

/**
 * The largest number of each window of each channel; windows stay inside. Each output moves by at
 * most the largest move that its window sees, and a pixel is seen by as many windows as overlap.
 */
final class MaxPool implements Operation {
  private final Windows windows;

  MaxPool(Windows windows) {
    this.windows = windows;
  }

  @Override
  public int outputs() {
    return windows.rows() * windows.columns() * windows.channels();
  }

  @Override
  public double lipschitz() {
    int overlap = windows.overlap();
    return overlap <= 1 ? 1 : Outward.sqrtUp(overlap);
  }

  @Override
  public Box image(Box x) {
    return new Box(largest(x.lower()), largest(x.upper()));
  }

  private double[] largest(double[] x) {
    double[] result = new double[outputs()];
    for (int o = 0; o < result.length; o++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < windows.taps(); k++) {
        most = Math.max(most, x[input(o, k)]);
      }
      result[o] = most;
    }
    return result;
  }

  /** The number that the tap {@code k} of the output {@code o} sees. */
  private int input(int o, int k) {
    int window = o / windows.channels();
    int pixel = windows.pixel(window / windows.columns(), window % windows.columns(), k);
    return pixel * windows.channels() + o % windows.channels();
  }

  @Override
  public boolean isRelaxed() {
    return true;
  }

  /**
   * From below, the input with the largest lower corner; from above, that input too where no other
   * can be larger, and else the largest upper corner. Coefficients that meet on an input are added,
   * each sum wrong by at most a unit of rounding of itself, as many times as windows overlap.
   */
  @Override
  public Relaxation relaxed(Box x) {
    int[] chosen = new int[outputs()];
    double[] most = new double[outputs()];
    for (int o = 0; o < chosen.length; o++) {
      int best = input(o, 0);
      for (int k = 1; k < windows.taps(); k++) {
        int at = input(o, k);
        best = x.lower()[at] > x.lower()[best] ? at : best;
      }
      double others = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < windows.taps(); k++) {
        int at = input(o, k);
        others = at == best ? others : Math.max(others, x.upper()[at]);
      }
      chosen[o] = best;
      most[o] = others <= x.lower()[best] ? Double.NaN : Math.max(others, x.upper()[best]);
    }
    double[] sizes = x.sizes();
    double g = Outward.gamma((long) windows.taps() + 1);
    return (coefficients, floor) -> {
      double[] result = new double[sizes.length];
      double size = 0;
      for (int o = 0; o < chosen.length; o++) {
        double a = coefficients[o];
        if (a > 0 || Double.isNaN(most[o])) {
          result[chosen[o]] += a;
          size += Math.abs(a) * sizes[chosen[o]];
        } else {
          floor.addProduct(a, most[o]);
        }
      }
      floor.lose(Outward.mulUp(g, Outward.sumUp(size, chosen.length + 1L)));
      return result;
    };
  }
}
