package org.glacis.evidence.norm;

import org.glacis.evidence.rounding.Outward;

/**
 * The spectral norm of a convolution, from above: the least of several bounds, each of which is
 * proved by itself. A budget of multiplications decides which of them run.
 *
 * <dl>
 *   <dt>flattening
 *   <dd>The matrix of the kernel, (height · width · channels) × filters, acts on patches, and each
 *       pixel lies in so many patches at most: norm times the square root of that overlap. Likewise
 *       for the adjoint, whose matrix is (height · width · filters) × channels once strides have
 *       become channels ({@link Polyphase}).
 *   <dt>frequencies
 *   <dd>The largest norm of a channel matrix over the frequencies of a torus. A circular
 *       convolution has its own torus; one with zeros is a part of a circular one ({@link
 *       Axis#torus}), so its norm is not larger.
 *   <dt>dense
 *   <dd>The matrix of the operator, where it is small ({@link DenseOperator}).
 *   <dt>grid
 *   <dd>For images of every size: {@code |u* S v|} is the size of a trigonometric polynomial of
 *       degree {@code (k - 1) / 2} on each axis, whose maximum is at most that over {@code n}
 *       equidistant points divided by {@code cos(pi (k - 1) / (2 n))} (M. Riesz 1914: near its
 *       maximum it falls no faster than the cosine).
 *   <dt>absolute Gram
 *   <dd>For images of every size: {@link AbsoluteGram}.
 * </dl>
 */
public final class ConvolutionNorm {
  /**
   * Multiplications that a bound may take: a quarter of a minute at most on two cores, reached by
   * 256 channels on images of 14 × 14 (128 channels: 3 s).
   */
  public static final double BUDGET = 5e10;

  /** The share of them that the dense operator, and absolute Gram, may take. */
  private static final double SMALL = 1 / 50.0;

  /** Points of the grid for each degree, from fine to coarse: within 1 to 20 % on both axes. */
  private static final int[] POINTS = {32, 24, 16, 12, 8};

  private ConvolutionNorm() {}

  /** At least the largest singular value of {@code layer}. */
  public static NormBound of(Convolution layer) {
    return of(layer, BUDGET);
  }

  /**
   * At least the largest singular value of {@code layer}, over its groups.
   *
   * @param budget multiplications that each group may take
   */
  public static NormBound of(Convolution layer, double budget) {
    if (!layer.isFinite()) {
      return new NormBound(Double.POSITIVE_INFINITY, "none");
    }
    NormBound most = new NormBound(0, "zero");
    for (int g = 0; g < layer.groups(); g++) {
      NormBound each = single(layer.group(g), budget / layer.groups());
      most = each.value() >= most.value() ? each : most;
    }
    return most;
  }

  private static NormBound single(Convolution layer, double budget) {
    Polyphase kernel = Polyphase.of(layer);
    NormBound best = flattening(layer).least(adjointFlattening(layer, kernel));
    if (layer.isSized()) {
      DenseOperator dense = new DenseOperator(layer);
      if (dense.cost() < budget * SMALL) {
        // Nothing is nearer to the norm.
        return best.least(new NormBound(dense.bound(), "dense operator"));
      }
      int rows = layer.axis(0).torus() / layer.strideHeight();
      int columns = layer.axis(1).torus() / layer.strideWidth();
      double cost = FrequencyNorm.cost(kernel, rows, columns);
      if (cost < budget) {
        // The bounds for any size are bounds of all frequencies, and so not lower.
        return best.least(
            new NormBound(FrequencyNorm.onTorus(kernel, rows, columns), "frequencies"));
      }
    }
    double left = budget;
    for (int points : POINTS) {
      int rows = grid(kernel.height(), points);
      int columns = grid(kernel.width(), points);
      double cost = FrequencyNorm.cost(kernel, rows, columns);
      if (cost < left) {
        left -= cost;
        double most = FrequencyNorm.onTorus(kernel, rows, columns);
        double value =
            Outward.divUp(
                Outward.divUp(most, fall(kernel.height(), rows)), fall(kernel.width(), columns));
        best = best.least(new NormBound(value, "grid of frequencies"));
        break;
      }
    }
    return best.least(
        new NormBound(AbsoluteGram.bound(kernel, Math.min(left, budget * SMALL)), "absolute Gram"));
  }

  private static NormBound flattening(Convolution layer) {
    int rows = layer.kernelHeight() * layer.kernelWidth() * layer.channels();
    return flattened(
        rows,
        layer.filters(),
        layer.kernel(),
        (double) layer.axis(0).overlap() * layer.axis(1).overlap(),
        "flattening");
  }

  /**
   * An output cell lies in the patches of as many input cells as the kernel has taps, or as there
   * are cells.
   */
  private static NormBound adjointFlattening(Convolution layer, Polyphase kernel) {
    int taps = kernel.height() * kernel.width();
    double[] turned = new double[kernel.kernel().length];
    for (int tap = 0; tap < taps; tap++) {
      for (int c = 0; c < kernel.channels(); c++) {
        System.arraycopy(
            kernel.kernel(),
            (tap * kernel.channels() + c) * kernel.filters(),
            turned,
            (c * taps + tap) * kernel.filters(),
            kernel.filters());
      }
    }
    return flattened(
        kernel.channels(),
        taps * kernel.filters(),
        turned,
        overlap(kernel.height(), layer.axis(0)) * overlap(kernel.width(), layer.axis(1)),
        "flattening of the adjoint");
  }

  /** How many cells a window sees: all its taps, or as many as the image has cells. */
  private static double overlap(int taps, Axis axis) {
    if (!axis.isSized() || axis.circular()) {
      return taps;
    }
    return Math.min(taps, (axis.extent() + 2 * axis.stride() - 2) / axis.stride());
  }

  private static NormBound flattened(
      int rows, int columns, double[] values, double overlap, String method) {
    if (overlap == 0) {
      return new NormBound(0, method);
    }
    NormBound norm = MatrixNorm.of(rows, columns, values);
    return new NormBound(Outward.mulUp(norm.value(), Outward.sqrtUp(overlap)), method);
  }

  private static int grid(int taps, int points) {
    return Math.max(1, (taps - 1) * points / 2);
  }

  /** At most {@code cos(pi (taps - 1) / (2 points))}, with the errors of angle and cosine. */
  private static double fall(int taps, int points) {
    if (taps == 1) {
      return 1;
    }
    double angle = Math.PI * (taps - 1) / (2.0 * points);
    return StrictMath.cos(angle) - 16 * Outward.UNIT;
  }
}
