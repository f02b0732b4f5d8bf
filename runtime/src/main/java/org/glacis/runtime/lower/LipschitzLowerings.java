package org.glacis.runtime.lower;

import org.glacis.runtime.lower.WeightSpec.Role;
import org.glacis.runtime.program.AbsoluteOp;
import org.glacis.runtime.program.AveragePoolOp;
import org.glacis.runtime.program.Conv2dOp;
import org.glacis.runtime.program.DenseOp;
import org.glacis.runtime.program.GroupSortOp;
import org.glacis.runtime.program.L2NormPoolOp;
import org.glacis.runtime.program.MaxMinOp;
import org.glacis.spec.Absolute;
import org.glacis.spec.FrobeniusDense;
import org.glacis.spec.FullSort;
import org.glacis.spec.GroupSort;
import org.glacis.spec.MaxMin;
import org.glacis.spec.ScaledAveragePool2d;
import org.glacis.spec.ScaledL2NormPool2d;
import org.glacis.spec.Shape;
import org.glacis.spec.SpectralConv2d;
import org.glacis.spec.SpectralDense;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.family.TFloating;

/** Layers of 1-Lipschitz networks. Constrained weights are computed once a graph. */
final class LipschitzLowerings {
  private static final String VECTOR = "powerVector";

  private LipschitzLowerings() {}

  static <T extends TFloating> int spectralDense(SpectralDense layer, int input, Lowerer<T> to) {
    int inputs = to.shapeOf(input).get(0);
    int units = layer.getUnits();
    Operand<T> free = to.weight("kernel", inputs, units, Role.ORTHOGONAL, inputs, units);
    Operand<T> vector = to.weight(VECTOR, inputs, units, Role.POWER_VECTOR, 1, units);
    var orthogonal =
        new Orthogonalizer<>(to.tf(), to.element())
            .of(layer.getOrthogonalization(), free, vector, to.isSettled());
    Operand<T> kernel = to.constrained("kernel", orthogonal.matrix(), VECTOR, orthogonal.vector());
    return to.add(
        new DenseOp<>(to.products(), kernel, bias(layer.getBias(), inputs, units, to), inputs),
        new Shape(units),
        input);
  }

  static <T extends TFloating> int spectralConv2d(SpectralConv2d layer, int input, Lowerer<T> to) {
    Ops tf = to.tf();
    Shape shape = to.shapeOf(input);
    int side = layer.getKernel();
    int channels = shape.get(2);
    int filters = layer.getFilters();
    int fanIn = side * side * channels;
    int fanOut = side * side * filters;
    Operand<T> free =
        to.weight("kernel", fanIn, fanOut, Role.ORTHOGONAL, side, side, channels, filters);
    Operand<T> vector = to.weight(VECTOR, fanIn, fanOut, Role.POWER_VECTOR, 1, filters);
    var orthogonal =
        new Orthogonalizer<>(tf, to.element())
            .of(
                layer.getOrthogonalization(),
                tf.reshape(free, tf.constant(new int[] {fanIn, filters})),
                vector,
                to.isSettled());
    double overlap = Math.ceil((double) side / layer.getStride());
    Operand<T> scaled = tf.math.mul(orthogonal.matrix(), to.element().constant(tf, 1 / overlap));
    Operand<T> kernel =
        to.constrained(
            "kernel",
            tf.reshape(scaled, tf.constant(new int[] {side, side, channels, filters})),
            VECTOR,
            orthogonal.vector());
    return to.add(
        new Conv2dOp<>(
            to.element(),
            to.products(),
            kernel,
            bias(layer.getBias(), fanIn, filters, to),
            layer.getPlain(),
            shape),
        layer.outputShape(shape),
        input);
  }

  static <T extends TFloating> int frobeniusDense(FrobeniusDense layer, int input, Lowerer<T> to) {
    Ops tf = to.tf();
    int inputs = to.shapeOf(input).get(0);
    int units = layer.getUnits();
    Operand<T> free = to.weight("kernel", inputs, units, Role.KERNEL, inputs, units);
    int[] axes = layer.getDisjointNeurons() ? new int[] {0} : new int[] {0, 1};
    Operand<T> lengths =
        tf.math.sqrt(
            tf.reduceSum(tf.math.square(free), tf.constant(axes), ReduceSum.keepDims(true)));
    Operand<T> kernel =
        to.constrained(
            "kernel",
            tf.math.div(
                free,
                tf.math.maximum(lengths, to.element().constant(tf, to.element().leastNormal()))));
    return to.add(
        new DenseOp<>(to.products(), kernel, bias(layer.getBias(), inputs, units, to), inputs),
        new Shape(units),
        input);
  }

  private static <T extends TFloating> @Nullable Operand<T> bias(
      boolean has, int fanIn, int units, Lowerer<T> to) {
    return has ? to.weight("bias", fanIn, units, Role.BIAS, units) : null;
  }

  static <T extends TFloating> int averagePool(
      ScaledAveragePool2d layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    return to.add(new AveragePoolOp<>(to.element(), layer, shape), layer.outputShape(shape), input);
  }

  static <T extends TFloating> int l2NormPool(ScaledL2NormPool2d layer, int input, Lowerer<T> to) {
    return to.add(
        new L2NormPoolOp<>(to.element(), layer.getPool()),
        layer.outputShape(to.shapeOf(input)),
        input);
  }

  static <T extends TFloating> int groupSort(GroupSort layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    return to.add(new GroupSortOp<>(layer.getSize(), shape), shape, input);
  }

  static <T extends TFloating> int fullSort(FullSort layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    return to.add(new GroupSortOp<>(shape.get(shape.getRank() - 1), shape), shape, input);
  }

  static <T extends TFloating> int maxMin(MaxMin layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    int rank = shape.getRank();
    return to.add(new MaxMinOp<>(shape.get(rank - 1), rank), shape, input);
  }

  static <T extends TFloating> int absolute(Absolute layer, int input, Lowerer<T> to) {
    return to.add(new AbsoluteOp<>(), to.shapeOf(input), input);
  }
}
