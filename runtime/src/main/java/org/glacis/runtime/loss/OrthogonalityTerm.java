package org.glacis.runtime.loss;

import java.util.Arrays;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.Program;
import org.glacis.spec.Conv1d;
import org.glacis.spec.Conv2d;
import org.glacis.spec.Conv2dTranspose;
import org.glacis.spec.InputException;
import org.glacis.spec.KernelLayerSpec;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.family.TFloating;

/** How far the kernel of a plain layer is from an orthogonal one: a scalar. */
public final class OrthogonalityTerm<T extends TFloating> {
  private final Ops tf;
  private final Element<T> element;

  public OrthogonalityTerm(Ops tf, Element<T> element) {
    this.tf = tf;
    this.element = element;
  }

  /** {@code |W^T W - I|^2} of a matrix of inputs × units; of the other side where it is smaller. */
  public Operand<T> dense(Operand<T> kernel) {
    boolean tall = kernel.shape().get(0) >= kernel.shape().get(1);
    Operand<T> gram =
        tf.linalg.matMul(kernel, kernel, MatMul.transposeA(tall), MatMul.transposeB(!tall));
    return squares(tf.math.sub(gram, identity((int) gram.shape().get(0))));
  }

  /**
   * Lorth of a convolution (Achour et al. 2022, equation 5): {@code |Z - I|^2 - max(0, M - s^d C)},
   * where {@code Z} are the products of the kernel with itself at all offsets that are multiples of
   * the stride {@code s}, {@code I} is the identity at offset 0, and the kernel takes {@code C}
   * channels to {@code M}, on {@code d} axes.
   *
   * @param kernel window × C × M; that of the adjoint for a transposed convolution
   * @param path {@code layers/3/kernel}
   * @throws InputException when no convolution like that is orthogonal
   */
  public Operand<T> lorth(KernelLayerSpec layer, Operand<T> kernel, String path) {
    int axes = layer instanceof Conv1d ? 1 : 2;
    int stride = stride(layer);
    long[] shape = kernel.shape().asArray();
    int window = (int) shape[0];
    int width = axes == 1 ? 1 : window;
    int channels = (int) shape[axes];
    int filters = (int) shape[axes + 1];
    int taps = window * width;
    if (stride > window && filters > channels * taps) {
      throw new InputException(
          "train.orthogonality.convolutions: "
              + Program.inDeclaration(path.substring(0, path.lastIndexOf('/')))
              + " takes windows of %d numbers, %d apart, to %d channels, which no orthogonal kernel does; take at most %d channels, a larger window or a smaller stride"
                  .formatted(channels * taps, stride, filters, channels * taps));
    }
    int high = (window - 1) / stride;
    int wide = (width - 1) / stride;
    Operand<T> square =
        tf.reshape(kernel, tf.constant(new int[] {window, width, channels, filters}));
    Operand<T> images =
        tf.pad(
            tf.linalg.transpose(square, tf.constant(new int[] {3, 0, 1, 2})),
            around(high * stride, wide * stride),
            element.constant(tf, 0));
    Operand<T> products =
        tf.nn.conv2d(images, square, Arrays.asList(1L, (long) stride, (long) stride, 1L), "VALID");
    Operand<T> wanted =
        tf.pad(
            tf.reshape(identity(filters), tf.constant(new int[] {filters, 1, 1, filters})),
            around(high, wide),
            element.constant(tf, 0));
    double least = Math.max(0, filters - Math.pow(stride, axes) * channels);
    return tf.math.sub(squares(tf.math.sub(products, wanted)), element.constant(tf, least));
  }

  private static int stride(KernelLayerSpec layer) {
    if (layer instanceof Conv2d convolution) {
      return convolution.getStride();
    } else if (layer instanceof Conv1d convolution) {
      return convolution.getStride();
    }
    return ((Conv2dTranspose) layer).getStride();
  }

  /** Padding of the middle axes of four. */
  private Operand<org.tensorflow.types.TInt32> around(int high, int wide) {
    return tf.constant(new int[][] {{0, 0}, {high, high}, {wide, wide}, {0, 0}});
  }

  private Operand<T> identity(int size) {
    double[] ones = new double[size];
    Arrays.fill(ones, 1);
    return tf.linalg.matrixDiag(
        element.constant(tf, ones, size),
        tf.constant(0),
        tf.constant(size),
        tf.constant(size),
        element.constant(tf, 0));
  }

  private Operand<T> squares(Operand<T> values) {
    Operand<T> flat = tf.reshape(values, tf.constant(new int[] {-1}));
    return tf.reduceSum(tf.math.square(flat), tf.constant(0));
  }
}
