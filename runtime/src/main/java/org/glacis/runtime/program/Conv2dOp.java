package org.glacis.runtime.program;

import java.util.Arrays;
import org.glacis.evidence.norm.Convolution;
import org.glacis.evidence.norm.ConvolutionNorm;
import org.glacis.runtime.graph.Element;
import org.glacis.spec.Conv2d;
import org.glacis.spec.Padding;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** A convolution (cross-correlation); weights are height × width × channels × filters. */
public final class Conv2dOp<T extends TFloating> implements Affine<T> {
  private final Products<T> products;
  private final Operand<T> weights;
  private final @Nullable Operand<T> bias;
  private final Window<T> window;
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
        new Window<>(element, layer.getKernel(), layer.getStride(), padding(layer, input), input));
  }

  /** Explicit padding that is no other than {@code same} needs no operation of its own. */
  private static Padding padding(Conv2d layer, Shape input) {
    for (int axis = 0; axis < 2; axis++) {
      int extent = input.get(axis);
      var declared = layer.getPadding().amounts(axis, extent, layer.getKernel(), layer.getStride());
      if (!Padding.Same.INSTANCE
          .amounts(axis, extent, layer.getKernel(), layer.getStride())
          .equals(declared)) {
        return layer.getPadding();
      }
    }
    return Padding.Same.INSTANCE;
  }

  private Conv2dOp(
      Products<T> products, Operand<T> weights, @Nullable Operand<T> bias, Window<T> window) {
    this.products = products;
    this.weights = weights;
    this.bias = bias;
    this.window = window;
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
      halved = new Conv2dOp<>(products, tf.math.mul(weights, half), bias, window);
    }
    return halved;
  }

  @Override
  public Affine<T> then(Ops tf, ScaleShiftOp<T> next) {
    Operand<T> moved =
        bias == null ? next.shift() : tf.math.add(tf.math.mul(bias, next.scale()), next.shift());
    return new Conv2dOp<>(products, tf.math.mul(weights, next.scale()), moved, window);
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
    int side = window.side();
    int channels = window.input().get(2);
    double[] kernel = numbers.of(weights);
    int filters = kernel.length / (side * side * channels);
    return ConvolutionNorm.of(
            Convolution.of(side, side, channels, filters, kernel)
                .withStrides(window.stride(), window.stride())
                .on(window.input().get(0), window.input().get(1), zeros()))
        .value();
  }

  private Convolution.Zeros zeros() {
    int side = window.side();
    int stride = window.stride();
    var rows = window.padding().amounts(0, window.input().get(0), side, stride);
    var columns = window.padding().amounts(1, window.input().get(1), side, stride);
    return new Convolution.Zeros(
        rows.getFirst(), rows.getSecond(), columns.getFirst(), columns.getSecond());
  }

  @Override
  public int terms() {
    return window.side() * window.side() * window.input().get(2);
  }

  private Operand<T> convolve(Ops tf, Operand<T> images, Operand<T> kernel) {
    return products.convolve(
        tf, window.padded(tf, images), kernel, window.strides(), window.mode());
  }
}
