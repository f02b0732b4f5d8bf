package org.glacis.evidence.norm;

import org.glacis.evidence.rounding.Outward;

/**
 * A complex matrix, row by row.
 *
 * @param re real parts, rows × columns
 * @param im imaginary parts, rows × columns
 */
record ComplexMatrix(int rows, int columns, double[] re, double[] im) implements GramMatrix {
  @Override
  public ComplexMatrix gram() {
    int n = columns;
    double[] real = new double[n * n];
    double[] imaginary = new double[n * n];
    for (int i = 0; i < n; i++) {
      int to = i * n;
      for (int r = 0; r < rows; r++) {
        int row = r * n;
        double ar = re[row + i];
        double ai = im[row + i];
        for (int j = i; j < n; j++) {
          real[to + j] += ar * re[row + j] + ai * im[row + j];
          imaginary[to + j] += ar * im[row + j] - ai * re[row + j];
        }
      }
    }
    for (int i = 0; i < n; i++) {
      imaginary[i * n + i] = 0;
      for (int j = i + 1; j < n; j++) {
        real[j * n + i] = real[i * n + j];
        imaginary[j * n + i] = -imaginary[i * n + j];
      }
    }
    return new ComplexMatrix(n, n, real, imaginary);
  }

  /**
   * Each part of an entry is a sum of {@code 2 rows} real products, wrong by at most {@code gamma(2
   * rows) sum |a| |b|}; both together by {@code sqrt 2} times that.
   */
  @Override
  public double gramError() {
    return Outward.mulUp(1.5, Outward.gamma(2L * rows));
  }

  @Override
  public double gramUnderflow() {
    return Outward.mulUp(4.0 * columns * rows, Outward.TINY);
  }

  @Override
  public ComplexMatrix scaled(int exponent) {
    if (exponent == 0) {
      return this;
    }
    double[] real = new double[re.length];
    double[] imaginary = new double[im.length];
    for (int i = 0; i < real.length; i++) {
      real[i] = Math.scalb(re[i], exponent);
      imaginary[i] = Math.scalb(im[i], exponent);
    }
    return new ComplexMatrix(rows, columns, real, imaginary);
  }

  @Override
  public double largest() {
    double largest = 0;
    for (int i = 0; i < re.length; i++) {
      largest = Math.max(largest, Math.max(Math.abs(re[i]), Math.abs(im[i])));
    }
    return largest;
  }

  @Override
  public double squaredFrobenius() {
    double sum = 0;
    for (int i = 0; i < re.length; i++) {
      sum += re[i] * re[i] + im[i] * im[i];
    }
    return Outward.sumUp(sum, 2L * re.length + 1);
  }

  /** The computed size of an entry is wrong by less than 3 units of rounding, and by underflow. */
  @Override
  public double rowSum() {
    double largest = 0;
    for (int i = 0; i < rows; i++) {
      double sum = 0;
      for (int j = i * columns; j < (i + 1) * columns; j++) {
        sum += Math.sqrt(re[j] * re[j] + im[j] * im[j]);
      }
      largest = Math.max(largest, sum);
    }
    // A square that underflows takes less than 2^-537 from a size.
    return Outward.addUp(Outward.sumUp(largest, columns + 4L), columns * 0x1p-530);
  }

  @Override
  public double columnNorm() {
    double[] sums = new double[columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        int at = i * columns + j;
        sums[j] += re[at] * re[at] + im[at] * im[at];
      }
    }
    double largest = 0;
    for (double sum : sums) {
      largest = Math.max(largest, sum);
    }
    return Math.sqrt(largest);
  }

  @Override
  public long gramCost() {
    return 2L * rows * columns * (columns + 1L);
  }
}
