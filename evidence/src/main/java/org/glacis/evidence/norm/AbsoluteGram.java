package org.glacis.evidence.norm;

import org.glacis.evidence.rounding.Outward;

/**
 * A bound for images of every size (Delattre et al. 2024): the convolution on the infinite lattice,
 * of which each padded one is a part and whose norm no circular one exceeds. With the Gram kernel
 * {@code G_1 = K* K}, a Hermitian convolution of channels with channels, {@code ||K||^(2^n) =
 * ||G_n||} for {@code G_(i+1) = G_i G_i}, and a Hermitian operator has at most the largest sum of
 * absolute values of one of its rows as its norm.
 *
 * <p>Rounding: an entry of a computed product of {@code m} terms is wrong by at most {@code
 * gamma(m)} times the same entry of the product of the absolute kernels. Errors are made Hermitian
 * with the product, so their norm is at most {@code gamma(m)} times the largest row sum of that
 * product, which the row sums of the sums over all taps give: {@code r(K)} of {@code |K|* |K|} and
 * at most {@code r(G)^2} of {@code G G}. Then {@code ||G_i||^2 <= ||G_(i+1)|| + error}, as in
 * {@link GramIteration}.
 */
final class AbsoluteGram {
  /** More squarings make the kernel longer than they make the bound better. */
  private static final int MOST = 4;

  private AbsoluteGram() {}

  /** An upper bound of the norm; infinite where the first product takes more than the budget. */
  static double bound(Polyphase given, double budget) {
    // The fewer channels of both sides are those of the Gram kernel.
    Polyphase kernel = given.tall();
    double left =
        budget - cost(kernel.height(), kernel.width(), kernel.filters(), kernel.channels());
    double largest = 0;
    for (double value : kernel.kernel()) {
      largest = Math.max(largest, Math.abs(value));
    }
    if (largest == 0) {
      return 0;
    }
    if (left < 0) {
      return Double.POSITIVE_INFINITY;
    }
    int first = Math.getExponent(largest);
    int[] exponents = new int[MOST + 1];
    double[] errors = new double[MOST + 1];
    exponents[0] = first;
    Taps at = Taps.gram(kernel, -first);
    errors[0] = at.error();
    double best = Double.POSITIVE_INFINITY;
    for (int n = 1; ; n++) {
      exponents[n] = Math.getExponent(at.largest());
      Taps unit = at.scaled(-exponents[n]);
      // An entry that underflowed lost less than the least number.
      double value = Outward.addUp(unit.rowSum(), unit.numbers() * 0x1p-1000);
      for (int j = n; j > 0; j--) {
        value = Outward.scaleUp(value, exponents[j]);
        value = Outward.sqrtUp(Outward.addUp(value, errors[j - 1]));
        value = Outward.addUp(value, 0x1p-1000 * kernel.kernel().length);
      }
      best = Math.min(best, Outward.scaleUp(value, first));
      left -= cost(unit.height(), unit.width(), unit.side(), unit.side());
      if (n == MOST || left < 0) {
        return best;
      }
      at = unit.squared();
      errors[n] = at.error();
    }
  }

  private static double cost(int height, int width, double side, double other) {
    double taps = (double) height * width;
    return taps * taps * side * side * other / 2;
  }

  /**
   * A Hermitian convolution kernel, centred: {@code value[t]} is a side × side matrix, and the one
   * at {@code -t} its transpose.
   *
   * @param error at least the norm of what rounding made wrong
   */
  private record Taps(int height, int width, int side, double[] value, double error) {
    /** {@code K* K} of the kernel times {@code 2^exponent}: sums over channels and taps. */
    static Taps gram(Polyphase kernel, int exponent) {
      double[] scaled = new double[kernel.kernel().length];
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] = Math.scalb(kernel.kernel()[i], exponent);
      }
      int side = kernel.filters();
      int rows = kernel.channels();
      int height = 2 * kernel.height() - 1;
      int width = 2 * kernel.width() - 1;
      double[] product = new double[height * width * side * side];
      for (int i = 0; i < kernel.height() * kernel.width(); i++) {
        for (int j = 0; j < kernel.height() * kernel.width(); j++) {
          int to =
              place(
                  i / kernel.width() - j / kernel.width(),
                  i % kernel.width() - j % kernel.width(),
                  height,
                  width);
          if (to <= height * width / 2) {
            multiply(scaled, i * rows * side, scaled, j * rows * side, rows, side, product, to);
          }
        }
      }
      double[] totals = totals(scaled, kernel.height() * kernel.width(), rows * side);
      double sum = 0;
      for (int o = 0; o < side; o++) {
        double row = 0;
        for (int c = 0; c < rows; c++) {
          double total = 0;
          for (int p = 0; p < side; p++) {
            total += totals[c * side + p];
          }
          row += totals[c * side + o] * total;
        }
        sum = Math.max(sum, row);
      }
      long terms = (long) kernel.height() * kernel.width() * rows;
      double size = Outward.sumUp(sum, 2 * terms + side + rows + 2L);
      return of(height, width, side, product, terms, size);
    }

    /** The matrix of the tap {@code (i, j)} away from the centre. */
    private static int place(int i, int j, int height, int width) {
      return (i + height / 2) * width + j + width / 2;
    }

    /** Adds {@code A* B} of two matrices of rows × side. */
    private static void multiply(
        double[] a, int aFrom, double[] b, int bFrom, int rows, int side, double[] to, int tap) {
      for (int c = 0; c < rows; c++) {
        for (int o = 0; o < side; o++) {
          double factor = a[aFrom + c * side + o];
          int at = (tap * side + o) * side;
          int from = bFrom + c * side;
          for (int p = 0; p < side; p++) {
            to[at + p] += factor * b[from + p];
          }
        }
      }
    }

    private static double[] totals(double[] kernel, int taps, int entries) {
      double[] totals = new double[entries];
      for (int tap = 0; tap < taps; tap++) {
        for (int e = 0; e < entries; e++) {
          totals[e] += Math.abs(kernel[tap * entries + e]);
        }
      }
      return totals;
    }

    /** Completes the taps after the centre from those before it. */
    private static Taps of(
        int height, int width, int side, double[] product, long terms, double size) {
      int taps = height * width;
      for (int tap = 0; tap <= taps / 2; tap++) {
        for (int o = 0; o < side; o++) {
          for (int p = 0; p < side; p++) {
            if (tap < taps / 2 || o <= p) {
              product[((taps - 1 - tap) * side + p) * side + o] =
                  product[(tap * side + o) * side + p];
            }
          }
        }
      }
      double underflow = Outward.mulUp((double) terms * taps * side, Outward.TINY);
      double error = Outward.addUp(Outward.mulUp(Outward.gamma(terms), size), underflow);
      return new Taps(height, width, side, product, error);
    }

    /**
     * {@code G G}; as {@code G* = G}, tap {@code t} sums {@code G[u]* G[v]} with {@code v - u = t}.
     */
    Taps squared() {
      int longer = 2 * height - 1;
      int wider = 2 * width - 1;
      double[] product = new double[longer * wider * side * side];
      for (int u = 0; u < height * width; u++) {
        for (int v = 0; v < height * width; v++) {
          int to = place(v / width - u / width, v % width - u % width, longer, wider);
          if (to <= longer * wider / 2) {
            multiply(value, u * side * side, value, v * side * side, side, side, product, to);
          }
        }
      }
      double sum = rowSum();
      return of(
          longer, wider, side, product, (long) height * width * side, Outward.mulUp(sum, sum));
    }

    /** At least the largest sum of absolute values of a row, all taps together. */
    double rowSum() {
      double most = 0;
      double[] totals = totals(value, height * width, side * side);
      for (int o = 0; o < side; o++) {
        double sum = 0;
        for (int p = 0; p < side; p++) {
          sum += totals[o * side + p];
        }
        most = Math.max(most, sum);
      }
      return Outward.sumUp(most, (long) height * width + side);
    }

    double largest() {
      double largest = 0;
      for (double v : value) {
        largest = Math.max(largest, Math.abs(v));
      }
      return largest;
    }

    int numbers() {
      return value.length;
    }

    Taps scaled(int exponent) {
      double[] scaled = new double[value.length];
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] = Math.scalb(value[i], exponent);
      }
      return new Taps(height, width, side, scaled, Math.scalb(error, exponent));
    }
  }
}
