package org.glacis.runtime.program;

import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.family.TFloating;

/** A dense layer; weights are inputs × units. */
public final class DenseOp<T extends TFloating> implements Affine<T> {
  private final Operand<T> weights;
  private final @Nullable Operand<T> bias;
  private final int inputs;
  private @Nullable Operand<T> magnitude;
  private @Nullable DenseOp<T> halved;

  public DenseOp(Operand<T> weights, @Nullable Operand<T> bias, int inputs) {
    this.weights = weights;
    this.bias = bias;
    this.inputs = inputs;
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Operand<T> product = tf.linalg.matMul(x, weights);
    return bias == null ? product : tf.nn.biasAdd(product, bias);
  }

  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    if (magnitude == null) {
      magnitude = tf.math.abs(weights);
    }
    return tf.linalg.matMul(radius, magnitude);
  }

  @Override
  public DenseOp<T> halved(Ops tf) {
    if (halved == null) {
      Operand<T> half = tf.dtypes.cast(tf.constant(0.5f), weights.type());
      halved = new DenseOp<>(tf.math.mul(weights, half), bias, inputs);
    }
    return halved;
  }

  @Override
  public Affine<T> then(Ops tf, ScaleShiftOp<T> next) {
    Operand<T> moved =
        bias == null ? next.shift() : tf.math.add(tf.math.mul(bias, next.scale()), next.shift());
    return new DenseOp<>(tf.math.mul(weights, next.scale()), moved, inputs);
  }

  @Override
  public @Nullable Operand<T> shift() {
    return bias;
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return tf.linalg.matMul(rows, weights, MatMul.transposeB(true));
  }

  @Override
  public int terms() {
    return inputs;
  }
}
