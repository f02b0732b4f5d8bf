package org.glacis.evidence.norm;

import java.util.stream.IntStream;
import org.glacis.evidence.rounding.Outward;

/**
 * A real matrix, row by row.
 *
 * @param values rows × columns
 */
record RealMatrix(int rows, int columns, double[] values) implements GramMatrix {
  /** Columns of the result that one pass over the rows serves. */
  private static final int BLOCK = 4;

  /** Products from which on several threads are worth their start. */
  private static final long PARALLEL = 1 << 20;

  /** The matrix, or its transpose where that has fewer columns: the norm is the same. */
  static RealMatrix tall(int rows, int columns, double[] values) {
    if (rows >= columns) {
      return new RealMatrix(rows, columns, values);
    }
    double[] turned = new double[values.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        turned[j * rows + i] = values[i * columns + j];
      }
    }
    return new RealMatrix(columns, rows, turned);
  }

  @Override
  public RealMatrix gram() {
    double[] product = new double[columns * columns];
    IntStream blocks = IntStream.range(0, (columns + BLOCK - 1) / BLOCK);
    (gramCost() > PARALLEL ? blocks.parallel() : blocks).forEach(b -> block(b * BLOCK, product));
    for (int i = 0; i < columns; i++) {
      for (int j = i + 1; j < columns; j++) {
        product[j * columns + i] = product[i * columns + j];
      }
    }
    return new RealMatrix(columns, columns, product);
  }

  /** Rows {@code from} to {@code from + BLOCK} of the product, from the diagonal on. */
  private void block(int from, double[] product) {
    int n = columns;
    int height = Math.min(BLOCK, n - from);
    double[][] sums = new double[BLOCK][n - from];
    double[] s0 = sums[0];
    double[] s1 = sums[1];
    double[] s2 = sums[2];
    double[] s3 = sums[3];
    for (int r = 0; r < rows; r++) {
      int row = r * n + from;
      double a0 = values[row];
      double a1 = height > 1 ? values[row + 1] : 0;
      double a2 = height > 2 ? values[row + 2] : 0;
      double a3 = height > 3 ? values[row + 3] : 0;
      for (int j = 0; j < n - from; j++) {
        double b = values[row + j];
        s0[j] += a0 * b;
        s1[j] += a1 * b;
        s2[j] += a2 * b;
        s3[j] += a3 * b;
      }
    }
    for (int i = 0; i < height; i++) {
      System.arraycopy(sums[i], i, product, (from + i) * n + from + i, n - from - i);
    }
  }

  @Override
  public double gramError() {
    return Outward.gamma(rows);
  }

  @Override
  public double gramUnderflow() {
    return Outward.mulUp((double) columns * rows, Outward.TINY);
  }

  @Override
  public RealMatrix scaled(int exponent) {
    if (exponent == 0) {
      return this;
    }
    double[] scaled = new double[values.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = Math.scalb(values[i], exponent);
    }
    return new RealMatrix(rows, columns, scaled);
  }

  @Override
  public double largest() {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  @Override
  public double squaredFrobenius() {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Outward.sumUp(sum, values.length + 1L);
  }

  @Override
  public double rowSum() {
    double largest = 0;
    for (int i = 0; i < rows; i++) {
      double sum = 0;
      for (int j = i * columns; j < (i + 1) * columns; j++) {
        sum += Math.abs(values[j]);
      }
      largest = Math.max(largest, sum);
    }
    return Outward.sumUp(largest, columns);
  }

  @Override
  public double columnNorm() {
    double[] sums = new double[columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double value = values[i * columns + j];
        sums[j] += value * value;
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
    return (long) rows * columns * (columns + 1L) / 2;
  }
}
