package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.glacis.spec.Conv2dTranspose;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * The adjoint of a convolution; weights are height × width × filters × channels, those of the
 * convolution that turns this operation's output images into its input images.
 */
public final class Conv2dTransposeOp<T extends TFloating> implements Affine<T> {
  private final Products<T> products;
  private final Operand<T> weights;
  private final @Nullable Operand<T> bias;
  private final Window<T> window;
  private final int channels;
  private @Nullable Operand<T> magnitude;

  public Conv2dTransposeOp(
      Element<T> element,
      Products<T> products,
      Operand<T> weights,
      @Nullable Operand<T> bias,
      Conv2dTranspose layer,
      Shape input) {
    this.products = products;
    this.weights = weights;
    this.bias = bias;
    channels = input.get(2);
    window =
        new Window<>(
                element,
                layer.getKernel(),
                layer.getStride(),
                layer.getPadding(),
                layer.outputShape(input))
            .simplified();
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Operand<T> product = back(tf, x, weights);
    return bias == null ? product : tf.nn.biasAdd(product, bias);
  }

  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    if (magnitude == null) {
      magnitude = tf.math.abs(weights);
    }
    return back(tf, radius, magnitude);
  }

  private Operand<T> back(Ops tf, Operand<T> x, Operand<T> kernel) {
    return window.cropped(
        tf,
        products.convolveBack(
            tf, window.paddedShape(tf, x), x, kernel, window.strides(), window.mode()));
  }

  @Override
  public @Nullable Operand<T> shift() {
    return bias;
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return products.convolve(tf, window.padded(tf, rows), weights, window.strides(), window.mode());
  }

  /** An operator and its adjoint have one norm. */
  @Override
  public double norm(Numbers<T> numbers) {
    return Conv2dOp.norm(window, numbers.of(weights), 1);
  }

  @Override
  public int terms() {
    return window.taps() * channels;
  }
}
