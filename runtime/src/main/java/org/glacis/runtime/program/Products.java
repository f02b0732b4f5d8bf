package org.glacis.runtime.program;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * How the matrix products and convolutions of one graph multiply: in the element type, or with both
 * factors rounded to bfloat16 and the result widened again. Everything between products keeps the
 * element type; so do gradients but for their own products: each product rounds its factors itself,
 * so that the gradients of several products add up in the element type. TensorFlow's optimiser
 * makes one operation of equal roundings.
 */
public final class Products<T extends TFloating> {
  private final Class<T> type;
  private final boolean narrow;

  private Products(Class<T> type, boolean narrow) {
    this.type = type;
    this.narrow = narrow;
  }

  /** Products of the numbers as they are. */
  public static <T extends TFloating> Products<T> exact(Class<T> type) {
    return new Products<>(type, false);
  }

  /** Products of bfloat16 numbers. */
  public static <T extends TFloating> Products<T> bfloat16(Class<T> type) {
    return new Products<>(type, true);
  }

  /** {@code x weights}, or {@code x weights^T} where {@code transposed}. */
  Operand<T> matMul(Ops tf, Operand<T> x, Operand<T> weights, boolean transposed) {
    return narrow
        ? wide(
            tf, tf.linalg.matMul(round(tf, x), round(tf, weights), MatMul.transposeB(transposed)))
        : tf.linalg.matMul(x, weights, MatMul.transposeB(transposed));
  }

  /** The convolution of images with a kernel. */
  Operand<T> convolve(
      Ops tf, Operand<T> images, Operand<T> kernel, List<Long> strides, String padding) {
    return narrow
        ? wide(tf, tf.nn.conv2d(round(tf, images), round(tf, kernel), strides, padding))
        : tf.nn.conv2d(images, kernel, strides, padding);
  }

  /** The transposed convolution of rows of coefficients. */
  Operand<T> convolveBack(
      Ops tf,
      Operand<TInt32> shape,
      Operand<T> rows,
      Operand<T> kernel,
      List<Long> strides,
      String padding) {
    return narrow
        ? wide(
            tf,
            tf.nn.conv2dBackpropInput(shape, round(tf, kernel), round(tf, rows), strides, padding))
        : tf.nn.conv2dBackpropInput(shape, kernel, rows, strides, padding);
  }

  private Operand<TBfloat16> round(Ops tf, Operand<T> values) {
    return tf.dtypes.cast(values, TBfloat16.class);
  }

  private Operand<T> wide(Ops tf, Operand<TBfloat16> product) {
    return tf.dtypes.cast(product, type);
  }
}
