package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.glacis.spec.AveragePool2d;
import org.glacis.spec.Padding;
import org.glacis.spec.ScaledAveragePool2d;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * The mean over windows of each channel. Its weights are positive, so it spreads a radius as it
 * averages a value.
 */
public final class AveragePoolOp<T extends TFloating> implements Affine<T> {
  private final Window<T> window;
  private final double factor;

  public AveragePoolOp(Element<T> element, AveragePool2d layer, Shape input) {
    int stride = layer.getStride() == null ? layer.getPool() : layer.getStride();
    window = new Window<>(element, layer.getPool(), stride, layer.getPadding(), input);
    factor = 1;
  }

  /** Times the side of the window. */
  public AveragePoolOp(Element<T> element, ScaledAveragePool2d layer, Shape input) {
    window = new Window<>(element, layer.getPool(), layer.getPool(), Padding.Valid.INSTANCE, input);
    factor = layer.getPool();
  }

  private AveragePoolOp(Window<T> window, double factor) {
    this.window = window;
    this.factor = factor;
  }

  /** The mean over whole images of {@code shape}, times the root of their number of pixels. */
  public static <T extends TFloating> AveragePoolOp<T> global(Element<T> element, Shape shape) {
    int height = shape.get(0);
    int width = shape.get(1);
    return new AveragePoolOp<>(
        new Window<>(element, height, width, height, width, Padding.Valid.INSTANCE, shape),
        Math.sqrt((double) height * width));
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return scaled(
        tf, tf.nn.avgPool(window.padded(tf, x), window.sides(), window.strides(), window.mode()));
  }

  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    return apply(tf, radius);
  }

  @Override
  public @Nullable Operand<T> shift() {
    return null;
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return window.cropped(
        tf,
        scaled(
            tf,
            tf.nn.avgPoolGrad(
                window.paddedShape(tf, rows),
                rows,
                window.sides(),
                window.strides(),
                window.mode())));
  }

  private Operand<T> scaled(Ops tf, Operand<T> values) {
    return factor == 1 ? values : tf.math.mul(values, window.element().constant(tf, factor));
  }

  /** A pixel lies in so many windows, each of which divides by the number of its taps. */
  @Override
  public double norm(Numbers<T> numbers) {
    return factor * Math.sqrt(window.overlap()) / least() * (1 + 0x1p-50);
  }

  /** The root of the fewest numbers that a window of {@code same} divides by. */
  private double least() {
    return window.padding() instanceof Padding.Same ? 1 : Math.sqrt(window.taps());
  }

  @Override
  public int terms() {
    return window.taps();
  }
}
