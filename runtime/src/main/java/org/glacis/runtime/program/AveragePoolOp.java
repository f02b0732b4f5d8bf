package org.glacis.runtime.program;

import org.glacis.runtime.graph.Element;
import org.glacis.spec.AveragePool2d;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * The mean over square windows of each channel. Its weights are positive, so it spreads a radius as
 * it averages a value.
 */
public final class AveragePoolOp<T extends TFloating> implements Affine<T> {
  private final Window<T> window;

  public AveragePoolOp(Element<T> element, AveragePool2d layer, Shape input) {
    int stride = layer.getStride() == null ? layer.getPool() : layer.getStride();
    window = new Window<>(element, layer.getPool(), stride, layer.getPadding(), input);
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    return tf.nn.avgPool(window.padded(tf, x), window.sides(), window.strides(), window.mode());
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
        tf.nn.avgPoolGrad(
            window.paddedShape(tf, rows), rows, window.sides(), window.strides(), window.mode()));
  }

  @Override
  public int terms() {
    return window.side() * window.side();
  }
}
