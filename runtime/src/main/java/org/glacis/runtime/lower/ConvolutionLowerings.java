package org.glacis.runtime.lower;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.lower.WeightSpec.Role;
import org.glacis.runtime.program.Conv2dOp;
import org.glacis.runtime.program.Conv2dTransposeOp;
import org.glacis.runtime.program.Groups;
import org.glacis.runtime.program.ReshapeOp;
import org.glacis.spec.Conv1d;
import org.glacis.spec.Conv2d;
import org.glacis.spec.Conv2dTranspose;
import org.glacis.spec.FrobeniusConv2d;
import org.glacis.spec.Orthogonalization;
import org.glacis.spec.Shape;
import org.glacis.spec.SpectralConv1d;
import org.glacis.spec.SpectralConv2d;
import org.glacis.spec.SpectralConv2dTranspose;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Convolutions, plain and with a constrained norm. */
final class ConvolutionLowerings {
  private ConvolutionLowerings() {}

  static <T extends TFloating> int conv2d(Conv2d layer, int input, Lowerer<T> to) {
    int[] shape = kernel(layer, to.shapeOf(input));
    int groups = layer.getGroups();
    int fanOut = fanOut(shape) / groups;
    Operand<T> kernel = to.inGroups(groups, "kernel", fanIn(shape), fanOut, Role.KERNEL, shape);
    return add(layer, kernel, fanOut, input, to);
  }

  static <T extends TFloating> int spectralConv2d(SpectralConv2d layer, int input, Lowerer<T> to) {
    int[] shape = kernel(layer.getPlain(), to.shapeOf(input));
    double overlap = layer.getPlain().getOverlap();
    Operand<T> kernel =
        orthogonal(
            layer.getOrthogonalization(),
            layer.getGroups(),
            1 / overlap,
            fanIn(shape),
            fanOut(shape) / layer.getGroups(),
            to,
            shape);
    return add(layer.getPlain(), kernel, layer.getFilters(), input, to);
  }

  static <T extends TFloating> int frobeniusConv2d(
      FrobeniusConv2d layer, int input, Lowerer<T> to) {
    int[] shape = kernel(layer.getPlain(), to.shapeOf(input));
    double overlap = layer.getPlain().getOverlap();
    Ops tf = to.tf();
    Operand<T> free = to.weight("kernel", fanIn(shape), fanOut(shape), Role.KERNEL, shape);
    int[] axes = layer.getDisjointNeurons() ? new int[] {0, 1, 2} : new int[] {0, 1, 2, 3};
    Operand<T> unit = LipschitzLowerings.unit(tf, to.element(), free, axes);
    Operand<T> kernel = to.constrained("kernel", unit, 1 / overlap, true);
    return add(layer.getPlain(), kernel, layer.getFilters(), input, to);
  }

  private static int[] kernel(Conv2d layer, Shape input) {
    int seen = input.get(2) / layer.getGroups();
    return new int[] {layer.getKernel(), layer.getKernel(), seen, layer.getFilters()};
  }

  private static <T extends TFloating> int add(
      Conv2d layer, Operand<T> kernel, int fanOut, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    int fanIn = layer.getKernel() * layer.getKernel() * shape.get(2) / layer.getGroups();
    Operand<T> bias = bias(layer.getBias(), fanIn, fanOut, layer.getFilters(), to);
    Operand<T> whole = Groups.whole(to.tf(), to.element(), kernel, layer.getGroups());
    return to.add(
        new Conv2dOp<>(to.element(), to.products(), whole, bias, layer, shape),
        layer.outputShape(shape),
        input);
  }

  static <T extends TFloating> int conv2dTranspose(
      Conv2dTranspose layer, int input, Lowerer<T> to) {
    int[] shape = kernel(layer, to.shapeOf(input));
    // Units and inputs change places: the kernel is that of the adjoint.
    Operand<T> kernel = to.weight("kernel", fanOut(shape), fanIn(shape), Role.KERNEL, shape);
    return add(layer, kernel, input, to);
  }

  static <T extends TFloating> int spectralConv2dTranspose(
      SpectralConv2dTranspose layer, int input, Lowerer<T> to) {
    int[] shape = kernel(layer.getPlain(), to.shapeOf(input));
    double overlap = layer.getPlain().getOverlap();
    Operand<T> kernel =
        orthogonal(
            layer.getOrthogonalization(), 1, 1 / overlap, fanOut(shape), fanIn(shape), to, shape);
    return add(layer.getPlain(), kernel, input, to);
  }

  private static int[] kernel(Conv2dTranspose layer, Shape input) {
    return new int[] {layer.getKernel(), layer.getKernel(), layer.getFilters(), input.get(2)};
  }

  private static <T extends TFloating> int add(
      Conv2dTranspose layer, Operand<T> kernel, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    int taps = layer.getKernel() * layer.getKernel();
    Operand<T> bias =
        bias(
            layer.getBias(),
            taps * shape.get(2),
            taps * layer.getFilters(),
            layer.getFilters(),
            to);
    return to.add(
        new Conv2dTransposeOp<>(to.element(), to.products(), kernel, bias, layer, shape),
        layer.outputShape(shape),
        input);
  }

  static <T extends TFloating> int conv1d(Conv1d layer, int input, Lowerer<T> to) {
    int[] shape = kernel(layer, to.shapeOf(input));
    Operand<T> kernel = to.weight("kernel", fanIn(shape), fanOut(shape), Role.KERNEL, shape);
    return add(layer, kernel, input, to);
  }

  static <T extends TFloating> int spectralConv1d(SpectralConv1d layer, int input, Lowerer<T> to) {
    int[] shape = kernel(layer.getPlain(), to.shapeOf(input));
    double overlap = layer.getPlain().getOverlap();
    Operand<T> kernel =
        orthogonal(
            layer.getOrthogonalization(), 1, 1 / overlap, fanIn(shape), fanOut(shape), to, shape);
    return add(layer.getPlain(), kernel, input, to);
  }

  private static int[] kernel(Conv1d layer, Shape input) {
    return new int[] {layer.getKernel(), input.get(1), layer.getFilters()};
  }

  /** A sequence is an image that is one pixel wide. */
  private static <T extends TFloating> int add(
      Conv1d layer, Operand<T> kernel, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    Shape image = new Shape(shape.get(0), 1, shape.get(1));
    Shape output = layer.outputShape(shape);
    int filters = layer.getFilters();
    int taps = layer.getKernel();
    Operand<T> bias = bias(layer.getBias(), taps * shape.get(1), taps * filters, filters, to);
    Operand<T> wide =
        to.tf().reshape(kernel, to.tf().constant(new int[] {taps, 1, shape.get(1), filters}));
    int images = to.add(new ReshapeOp<>(shape, image), image, input);
    Shape convolved = new Shape(output.get(0), 1, filters);
    int convolution =
        to.add(
            new Conv2dOp<>(to.element(), to.products(), wide, bias, layer, image),
            convolved,
            images);
    return to.add(new ReshapeOp<>(convolved, output), output, convolution);
  }

  /**
   * A kernel that is {@code factor} times an orthogonal matrix, whose columns are the last axis of
   * {@code shape}; in groups, of so many of these columns each.
   */
  private static <T extends TFloating> Operand<T> orthogonal(
      Orthogonalization how,
      int groups,
      double factor,
      int fanIn,
      int fanOut,
      Lowerer<T> to,
      int... shape) {
    Ops tf = to.tf();
    int columns = shape[shape.length - 1];
    int rows = fanIn(shape);
    Operand<T> free = to.inGroups(groups, "kernel", fanIn, fanOut, Role.ORTHOGONAL, shape);
    Operand<T> vector =
        to.weight(LipschitzLowerings.VECTOR, fanIn, fanOut, Role.POWER_VECTOR, 1, columns);
    Operand<T> matrix = tf.reshape(free, tf.constant(new int[] {rows, columns}));
    Orthogonalizer<T> orthogonalizer = new Orthogonalizer<>(tf, to.element());
    List<Operand<T>> matrices = new ArrayList<>();
    List<Operand<T>> vectors = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      var orthogonal =
          orthogonalizer.of(
              how,
              part(tf, matrix, rows, group, columns / groups, groups),
              part(tf, vector, 1, group, columns / groups, groups),
              to.isSettled());
      matrices.add(orthogonal.matrix());
      vectors.add(orthogonal.vector());
    }
    to.moved(LipschitzLowerings.VECTOR, joined(tf, vectors));
    return to.constrained(
        "kernel",
        tf.reshape(joined(tf, matrices), tf.constant(shape)),
        groups,
        factor,
        how.isIdempotent());
  }

  /** The columns of one of the groups. */
  private static <T extends TFloating> Operand<T> part(
      Ops tf, Operand<T> matrix, int rows, int group, int each, int groups) {
    return groups == 1
        ? matrix
        : tf.slice(
            matrix, tf.constant(new int[] {0, group * each}), tf.constant(new int[] {rows, each}));
  }

  private static <T extends TFloating> Operand<T> joined(Ops tf, List<Operand<T>> parts) {
    return parts.size() == 1 ? parts.get(0) : tf.concat(parts, tf.constant(1));
  }

  private static <T extends TFloating> @Nullable Operand<T> bias(
      boolean has, int fanIn, int fanOut, int filters, Lowerer<T> to) {
    return has ? to.weight("bias", fanIn, fanOut, Role.BIAS, filters) : null;
  }

  /** Window times the axis before the last one. */
  private static int fanIn(int... kernel) {
    int all = 1;
    for (int axis = 0; axis < kernel.length - 1; axis++) {
      all *= kernel[axis];
    }
    return all;
  }

  /** Window times the last axis. */
  private static int fanOut(int... kernel) {
    return fanIn(kernel) / kernel[kernel.length - 2] * kernel[kernel.length - 1];
  }
}
