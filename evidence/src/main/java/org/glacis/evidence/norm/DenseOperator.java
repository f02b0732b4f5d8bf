package org.glacis.evidence.norm;

import java.util.Arrays;
import org.glacis.evidence.rounding.Outward;

/**
 * The matrix of a convolution on images of one size, of which only {@code A* A} or {@code A A*},
 * the smaller of the two, is stored. Its error is that of a sum of as many products as the other
 * side is long, at most: rows that are zero in between add nothing.
 */
final class DenseOperator {
  private static final double TOLERANCE = 1e-5;

  private final Convolution layer;
  private final Axis down;
  private final Axis across;
  private final int inputs;
  private final int outputs;

  DenseOperator(Convolution layer) {
    this.layer = layer;
    down = layer.axis(0);
    across = layer.axis(1);
    inputs = bounded((double) layer.height() * layer.width() * layer.channels());
    outputs = bounded((double) down.windows() * across.windows() * layer.filters());
  }

  private static int bounded(double extent) {
    return (int) Math.min(extent, Integer.MAX_VALUE);
  }

  /** Multiplications that {@link #bound} takes, about; infinite where two taps see one pixel. */
  double cost() {
    boolean wraps = layer.kernelHeight() > layer.height() || layer.kernelWidth() > layer.width();
    if (wraps && down.circular()) {
      return Double.POSITIVE_INFINITY;
    }
    double side = Math.min(inputs, outputs);
    double taps = (double) layer.kernelHeight() * layer.kernelWidth();
    double row = taps * Math.max(layer.channels(), layer.filters());
    return 6 * side * side * side + Math.max(inputs, outputs) * row * row;
  }

  /** An upper bound of the norm. */
  double bound() {
    if (outputs == 0) {
      return 0;
    }
    double largest = 0;
    for (double value : layer.kernel()) {
      largest = Math.max(largest, Math.abs(value));
    }
    if (largest == 0) {
      return 0;
    }
    int exponent = Math.getExponent(largest);
    boolean byInputs = inputs <= outputs;
    int side = Math.min(inputs, outputs);
    int other = Math.max(inputs, outputs);
    Rows rows = new Rows(other, scaled(-exponent), byInputs);
    double[] gram = new double[side * side];
    double square = 0;
    for (int r = 0; r < other; r++) {
      square += rows.addSquare(r, gram, side);
    }
    for (int i = 0; i < side; i++) {
      for (int j = i + 1; j < side; j++) {
        gram[j * side + i] = gram[i * side + j];
      }
    }
    long numbers = (long) side * other;
    double error =
        Outward.addUp(
            Outward.mulUp(Outward.gamma(other), Outward.sumUp(square, numbers)),
            Outward.mulUp(2.0 * numbers, Outward.TINY));
    double bound =
        GramIteration.bound(new RealMatrix(side, side, gram), TOLERANCE, 0, Long.MAX_VALUE);
    double root = Outward.sqrtUp(Outward.addUp(bound, error));
    return Outward.scaleUp(
        Outward.addUp(root, Outward.mulUp((double) numbers, Outward.TINY)), exponent);
  }

  private double[] scaled(int exponent) {
    double[] scaled = new double[layer.kernel().length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = Math.scalb(layer.kernel()[i], exponent);
    }
    return scaled;
  }

  /** The rows of the matrix ({@code byInputs}), or its columns, as places and numbers. */
  private final class Rows {
    private final double[] kernel;
    private final boolean byInputs;
    private final int[][] places;
    private final double[][] numbers;
    private final int[] filled;

    Rows(int count, double[] kernel, boolean byInputs) {
      this.kernel = kernel;
      this.byInputs = byInputs;
      places = new int[count][];
      numbers = new double[count][];
      filled = new int[count];
      fill();
    }

    private void fill() {
      for (int p = 0; p < down.windows(); p++) {
        for (int q = 0; q < across.windows(); q++) {
          for (int i = 0; i < layer.kernelHeight(); i++) {
            int y = down.pixel(p, i);
            for (int j = 0; j < layer.kernelWidth(); j++) {
              int x = across.pixel(q, j);
              if (y >= 0 && x >= 0) {
                taps(p * across.windows() + q, y * layer.width() + x, i, j);
              }
            }
          }
        }
      }
    }

    private void taps(int window, int pixel, int i, int j) {
      for (int c = 0; c < layer.channels(); c++) {
        for (int o = 0; o < layer.filters(); o++) {
          double value =
              kernel[((i * layer.kernelWidth() + j) * layer.channels() + c) * layer.filters() + o];
          if (value != 0) {
            int input = pixel * layer.channels() + c;
            int output = window * layer.filters() + o;
            add(byInputs ? output : input, byInputs ? input : output, value);
          }
        }
      }
    }

    private void add(int row, int place, double value) {
      if (places[row] == null) {
        places[row] = new int[16];
        numbers[row] = new double[16];
      }
      if (filled[row] == places[row].length) {
        places[row] = Arrays.copyOf(places[row], 2 * filled[row]);
        numbers[row] = Arrays.copyOf(numbers[row], 2 * filled[row]);
      }
      places[row][filled[row]] = place;
      numbers[row][filled[row]++] = value;
    }

    /** Adds the products of a row with itself; returns the sum of its squares. */
    double addSquare(int row, double[] gram, int side) {
      double sum = 0;
      for (int k = 0; k < filled[row]; k++) {
        double value = numbers[row][k];
        int place = places[row][k];
        sum += value * value;
        for (int l = 0; l < filled[row]; l++) {
          int other = places[row][l];
          if (other >= place) {
            gram[place * side + other] += value * numbers[row][l];
          }
        }
      }
      return sum;
    }
  }
}
