package org.glacis.evidence.norm;

import java.util.concurrent.atomic.DoubleAccumulator;
import java.util.stream.IntStream;
import org.glacis.evidence.rounding.Outward;

/**
 * The norm of a circular convolution of stride 1: the largest over the frequencies {@code (a, b)}
 * of the norm of the channel matrix {@code S(a, b) = sum_ij K[i, j] exp(2 pi i (a i / rows + b j /
 * columns))} (Sedghi et al. 2019). As {@code K} is real, {@code S(-a, -b)} is the conjugate of
 * {@code S(a, b)}, and half of the frequencies suffice.
 *
 * <p>Rounding. The tables of sines are wrong by at most {@code 24 u} a part, hence {@code 34 u} a
 * number: the angle is at most {@code 2 pi} and computed with 3 roundings, and the functions err by
 * an ulp. A first sum over {@code i}, parts apart, is wrong by {@code (gamma(h) + 34 u) sum |K|}
 * and a little; a second, over {@code j}, of complex products, by {@code (sqrt 2 gamma(2 w) + 34
 * u)} times the same. Together the entries of {@code S} are wrong by less than {@code (h + 3 w +
 * 100) u T} with {@code T = sum_ij |K[i, j]|} by entry, and the norm of {@code S} by that times the
 * Frobenius norm of {@code T}. Kernels are scaled to have numbers up to 2, so what underflows, less
 * than {@code 8 h w} times the least number an entry, is added as such.
 */
final class FrequencyNorm {
  /** How near to a lower bound of its norm the bound for one frequency must come. */
  private static final double TOLERANCE = 1e-4;

  private FrequencyNorm() {}

  /**
   * Multiplications that {@link #onTorus} takes, about.
   *
   * @param rows frequencies along the height, likewise {@code columns}
   */
  static double cost(Polyphase kernel, int rows, int columns) {
    double entries = (double) kernel.channels() * kernel.filters();
    double side = Math.min(kernel.channels(), kernel.filters());
    double each = 4 * kernel.width() * entries + 2 * entries * side + 16 * side * side * side;
    return rows * (columns / 2 + 1) * each
        + 2.0 * rows * kernel.height() * kernel.width() * entries;
  }

  /** An upper bound of the norm on a torus of {@code rows} × {@code columns}. */
  static double onTorus(Polyphase given, int rows, int columns) {
    Polyphase kernel = given.tall();
    double largest = 0;
    for (double value : kernel.kernel()) {
      largest = Math.max(largest, Math.abs(value));
    }
    if (!Double.isFinite(largest)) {
      return Double.POSITIVE_INFINITY;
    }
    if (largest == 0) {
      return 0;
    }
    int exponent = Math.getExponent(largest);
    double[] scaled = new double[kernel.kernel().length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = Math.scalb(kernel.kernel()[i], -exponent);
    }
    Polyphase unit =
        new Polyphase(kernel.height(), kernel.width(), kernel.channels(), kernel.filters(), scaled);
    double[][] down = circle(rows);
    double[][] across = circle(columns);
    DoubleAccumulator most = new DoubleAccumulator(Math::max, 0);
    IntStream.range(0, rows)
        .parallel()
        .forEach(a -> row(unit, a, rows, columns, down, across, most));
    double bound = Outward.addUp(most.get(), error(unit));
    return Outward.scaleUp(bound, exponent);
  }

  /** All frequencies {@code (a, b)} with {@code b} up to half of the columns. */
  private static void row(
      Polyphase kernel,
      int a,
      int rows,
      int columns,
      double[][] down,
      double[][] across,
      DoubleAccumulator most) {
    int entries = kernel.channels() * kernel.filters();
    double[][] re = new double[kernel.width()][entries];
    double[][] im = new double[kernel.width()][entries];
    for (int j = 0; j < kernel.width(); j++) {
      for (int i = 0; i < kernel.height(); i++) {
        int angle = (int) ((long) a * i % rows);
        int from = (i * kernel.width() + j) * entries;
        add(re[j], kernel.kernel(), from, down[0][angle]);
        add(im[j], kernel.kernel(), from, down[1][angle]);
      }
    }
    for (int b = 0; b <= columns / 2; b++) {
      double[] real = new double[entries];
      double[] imaginary = new double[entries];
      for (int j = 0; j < kernel.width(); j++) {
        int angle = (int) ((long) b * j % columns);
        double cos = across[0][angle];
        double sin = across[1][angle];
        for (int e = 0; e < entries; e++) {
          real[e] += re[j][e] * cos - im[j][e] * sin;
          imaginary[e] += re[j][e] * sin + im[j][e] * cos;
        }
      }
      ComplexMatrix matrix =
          new ComplexMatrix(kernel.channels(), kernel.filters(), real, imaginary);
      most.accumulate(GramIteration.bound(matrix, TOLERANCE, most.get(), Long.MAX_VALUE));
    }
  }

  private static void add(double[] into, double[] from, int offset, double factor) {
    for (int e = 0; e < into.length; e++) {
      into[e] += factor * from[offset + e];
    }
  }

  /** Cosines and sines of the multiples of a circle's {@code parts}-th part. */
  private static double[][] circle(int parts) {
    double[][] circle = new double[2][parts];
    for (int m = 0; m < parts; m++) {
      double angle = 2 * Math.PI * m / parts;
      circle[0][m] = StrictMath.cos(angle);
      circle[1][m] = StrictMath.sin(angle);
    }
    return circle;
  }

  private static double error(Polyphase kernel) {
    int entries = kernel.channels() * kernel.filters();
    int taps = kernel.height() * kernel.width();
    double[] totals = new double[entries];
    for (int tap = 0; tap < taps; tap++) {
      for (int e = 0; e < entries; e++) {
        totals[e] += Math.abs(kernel.kernel()[tap * entries + e]);
      }
    }
    for (int e = 0; e < entries; e++) {
      totals[e] = Outward.sumUp(totals[e], taps);
    }
    double units = (kernel.height() + 3.0 * kernel.width() + 100) * Outward.UNIT;
    return Outward.addUp(
        Outward.mulUp(units, Outward.norm(totals)),
        Outward.mulUp(16.0 * taps * entries, Outward.TINY));
  }
}
