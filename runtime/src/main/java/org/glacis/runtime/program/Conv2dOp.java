package org.glacis.runtime.program;

import java.util.Arrays;
import org.glacis.evidence.norm.Convolution;
import org.glacis.evidence.norm.ConvolutionNorm;
import org.glacis.runtime.graph.Element;
import org.glacis.spec.Conv1d;
import org.glacis.spec.Conv2d;
import org.glacis.spec.Padding;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * A convolution (cross-correlation); weights are height × width × channels × filters, those of
 * {@link Groups#whole} where channels have groups.
 */
public final class Conv2dOp<T extends TFloating> implements Affine<T> {
  private final Products<T> products;
  private final Operand<T> weights;
  private final @Nullable Operand<T> bias;
  private final Window<T> window;
  private final int groups;
  private @Nullable Operand<T> magnitude;
  private @Nullable Conv2dOp<T> halved;

  public Conv2dOp(
      Element<T> element,
      Products<T> products,
      Operand<T> weights,
      @Nullable Operand<T> bias,
      Conv2d layer,
      Shape input) {
    this(
        products,
        weights,
        bias,
        new Window<>(element, layer.getKernel(), layer.getStride(), layer.getPadding(), input)
            .simplified(),
        layer.getGroups());
  }

  /**
   * A convolution along the first axis of images that are one pixel wide; weights are length × 1 ×
   * channels × filters.
   */
  public Conv2dOp(
      Element<T> element,
      Products<T> products,
      Operand<T> weights,
      @Nullable Operand<T> bias,
      Conv1d layer,
      Shape input) {
    this(
        products,
        weights,
        bias,
        new Window<>(element, layer.getKernel(), 1, layer.getStride(), 1, layer.getPadding(), input)
            .simplified(),
        1);
  }

  private Conv2dOp(
      Products<T> products,
      Operand<T> weights,
      @Nullable Operand<T> bias,
      Window<T> window,
      int groups) {
    this.products = products;
    this.weights = weights;
    this.bias = bias;
    this.window = window;
    this.groups = groups;
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Operand<T> product = convolve(tf, x, weights);
    return bias == null ? product : tf.nn.biasAdd(product, bias);
  }

  /** {@link #apply}, computed apart for both halves of the filters, whose number is even. */
  Halves<T> halves(Ops tf, Operand<T> x) {
    return new Halves<>(half(tf, x, false), half(tf, x, true));
  }

  private Operand<T> half(Ops tf, Operand<T> x, boolean second) {
    Operand<T> product = convolve(tf, x, channels(tf, weights, second));
    return bias == null ? product : tf.nn.biasAdd(product, channels(tf, bias, second));
  }

  private static <T extends TFloating> Operand<T> channels(
      Ops tf, Operand<T> channelsLast, boolean second) {
    int rank = channelsLast.shape().numDimensions();
    int[] begin = new int[rank];
    int[] size = new int[rank];
    Arrays.fill(size, -1);
    size[rank - 1] = (int) channelsLast.shape().get(rank - 1) / 2;
    begin[rank - 1] = second ? size[rank - 1] : 0;
    return tf.slice(channelsLast, tf.constant(begin), tf.constant(size));
  }

  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    if (magnitude == null) {
      magnitude = tf.math.abs(weights);
    }
    return convolve(tf, radius, magnitude);
  }

  @Override
  public Conv2dOp<T> halved(Ops tf) {
    if (halved == null) {
      Operand<T> half = tf.dtypes.cast(tf.constant(0.5f), weights.type());
      halved = new Conv2dOp<>(products, tf.math.mul(weights, half), bias, window, groups);
    }
    return halved;
  }

  @Override
  public Affine<T> then(Ops tf, ScaleShiftOp<T> next) {
    Operand<T> moved =
        bias == null ? next.shift() : tf.math.add(tf.math.mul(bias, next.scale()), next.shift());
    return new Conv2dOp<>(products, tf.math.mul(weights, next.scale()), moved, window, groups);
  }

  @Override
  public @Nullable Operand<T> shift() {
    return bias;
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return window.cropped(
        tf,
        products.convolveBack(
            tf, window.paddedShape(tf, rows), rows, weights, window.strides(), window.mode()));
  }

  @Override
  public double norm(Numbers<T> numbers) {
    return norm(window, numbers.of(weights), groups);
  }

  /** Of the convolution with windows {@code window} and the numbers {@code kernel}. */
  static double norm(Window<?> window, double[] kernel, int groups) {
    Shape input = window.input();
    int channels = input.get(2);
    int filters = kernel.length / (window.taps() * channels);
    double[] parts = Groups.parts(kernel, channels, filters, groups);
    int[] around = window.around();
    Convolution.Padding padding =
        window.padding() instanceof Padding.Circular
            ? new Convolution.Circular()
            : new Convolution.Zeros(around[0], around[1], around[2], around[3]);
    return ConvolutionNorm.of(
            Convolution.of(window.height(), window.width(), channels / groups, filters, parts)
                .withGroups(groups)
                .withStrides(window.down(), window.right())
                .on(input.get(0), input.get(1), padding))
        .value();
  }

  @Override
  public int terms() {
    return window.taps() * window.input().get(2);
  }

  private Operand<T> convolve(Ops tf, Operand<T> images, Operand<T> kernel) {
    return products.convolve(
        tf, window.padded(tf, images), kernel, window.strides(), window.mode());
  }
}
