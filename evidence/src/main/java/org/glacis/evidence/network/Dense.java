package org.glacis.evidence.network;

import org.glacis.evidence.norm.MatrixNorm;
import org.jspecify.annotations.Nullable;

/** A matrix of inputs × units, and a shift. */
final class Dense extends Affine {
  private final int inputs;
  private final int units;
  private final double[] kernel;
  private final double @Nullable [] bias;
  private final double[] turned;

  Dense(int inputs, int units, double[] kernel, double @Nullable [] bias) {
    this.inputs = inputs;
    this.units = units;
    this.kernel = kernel;
    this.bias = bias;
    turned = new double[kernel.length];
    for (int i = 0; i < inputs; i++) {
      for (int o = 0; o < units; o++) {
        turned[o * inputs + i] = kernel[i * units + o];
      }
    }
  }

  @Override
  public int outputs() {
    return units;
  }

  @Override
  int terms() {
    return Math.max(inputs, units);
  }

  @Override
  double @Nullable [] shift() {
    return bias;
  }

  @Override
  void forward(double[] c, double[] r, double[] y, double[] s) {
    for (int i = 0; i < inputs; i++) {
      if (c[i] != 0 || r[i] != 0) {
        Rows.add(y, s, 0, c[i], r[i], kernel, i * units, units);
      }
    }
  }

  @Override
  double[] pullBack(double[] a, boolean absolute) {
    double[] coefficients = new double[inputs];
    for (int o = 0; o < units; o++) {
      if (a[o] != 0) {
        Rows.add(coefficients, 0, a[o], turned, o * inputs, inputs, absolute);
      }
    }
    return coefficients;
  }

  @Override
  public double lipschitz() {
    return MatrixNorm.of(inputs, units, kernel).value();
  }
}
