package org.glacis.runtime.program;

import org.glacis.evidence.norm.MatrixNorm;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** A dense layer; weights are inputs × units. */
public final class DenseOp<T extends TFloating> implements Affine<T> {
  private final Products<T> products;
  private final Operand<T> weights;
  private final @Nullable Operand<T> bias;
  private final int inputs;
  private @Nullable Operand<T> magnitude;
  private @Nullable DenseOp<T> halved;

  public DenseOp(Products<T> products, Operand<T> weights, @Nullable Operand<T> bias, int inputs) {
    this.products = products;
    this.weights = weights;
    this.bias = bias;
    this.inputs = inputs;
  }

  @Override
  public Operand<T> apply(Ops tf, Operand<T> x) {
    Operand<T> product = products.matMul(tf, x, weights, false);
    return bias == null ? product : tf.nn.biasAdd(product, bias);
  }

  @Override
  public Operand<T> spread(Ops tf, Operand<T> radius) {
    if (magnitude == null) {
      magnitude = tf.math.abs(weights);
    }
    return products.matMul(tf, radius, magnitude, false);
  }

  @Override
  public DenseOp<T> halved(Ops tf) {
    if (halved == null) {
      Operand<T> half = tf.dtypes.cast(tf.constant(0.5f), weights.type());
      halved = new DenseOp<>(products, tf.math.mul(weights, half), bias, inputs);
    }
    return halved;
  }

  @Override
  public Affine<T> then(Ops tf, ScaleShiftOp<T> next) {
    Operand<T> moved =
        bias == null ? next.shift() : tf.math.add(tf.math.mul(bias, next.scale()), next.shift());
    return new DenseOp<>(products, tf.math.mul(weights, next.scale()), moved, inputs);
  }

  @Override
  public @Nullable Operand<T> shift() {
    return bias;
  }

  @Override
  public Operand<T> pullBack(Ops tf, Operand<T> rows) {
    return products.matMul(tf, rows, weights, true);
  }

  @Override
  public double norm(Numbers<T> numbers) {
    double[] matrix = numbers.of(weights);
    return MatrixNorm.of(inputs, matrix.length / inputs, matrix).value();
  }

  /** Inputs × units, row by row. */
  public double[] matrix(Numbers<T> numbers) {
    return numbers.of(weights);
  }

  @Override
  public int terms() {
    return inputs;
  }
}
