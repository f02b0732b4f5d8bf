package org.glacis.evidence.network;

import org.jspecify.annotations.Nullable;

/** The adjoint of a convolution without its shift, and a shift of its own. */
final class Conv2dTranspose extends Affine {
  private final Conv2d adjoint;
  private final int inputs;
  private final double @Nullable [] bias;
  private final int outputs;

  /**
   * A transposed convolution.
   *
   * @param adjoint turns outputs into inputs
   * @param outputs how many numbers it makes
   * @param bias one a channel; null for none
   */
  Conv2dTranspose(Conv2d adjoint, int outputs, double @Nullable [] bias) {
    this.adjoint = adjoint;
    this.outputs = outputs;
    inputs = adjoint.outputs();
    if (bias == null) {
      this.bias = null;
    } else {
      this.bias = new double[outputs];
      for (int i = 0; i < outputs; i++) {
        this.bias[i] = bias[i % bias.length];
      }
    }
  }

  @Override
  public int outputs() {
    return outputs;
  }

  @Override
  int terms() {
    return adjoint.terms() + 1;
  }

  @Override
  double @Nullable [] shift() {
    return bias;
  }

  @Override
  void forward(double[] c, double[] r, double[] y, double[] s) {
    add(adjoint.pullBack(c, false), y);
    add(adjoint.pullBack(r, true), s);
  }

  private static void add(double[] more, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += more[i];
    }
  }

  @Override
  double[] pullBack(double[] a, boolean absolute) {
    double[] sizes = new double[a.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.abs(a[i]);
    }
    double[] y = new double[inputs];
    double[] s = new double[inputs];
    adjoint.forward(a, sizes, y, s);
    return absolute ? s : y;
  }

  /** An operator and its adjoint have one norm. */
  @Override
  public double lipschitz() {
    return adjoint.lipschitz();
  }
}
