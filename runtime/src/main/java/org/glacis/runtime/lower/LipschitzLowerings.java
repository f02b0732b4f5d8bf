package org.glacis.runtime.lower;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.lower.WeightSpec.Role;
import org.glacis.runtime.program.AbsoluteOp;
import org.glacis.runtime.program.AveragePoolOp;
import org.glacis.runtime.program.ClippedPReluOp;
import org.glacis.runtime.program.ConcatMaxMinOp;
import org.glacis.runtime.program.DenseOp;
import org.glacis.runtime.program.GroupSortOp;
import org.glacis.runtime.program.HouseholderOp;
import org.glacis.runtime.program.L2NormPoolOp;
import org.glacis.runtime.program.MaxMinOp;
import org.glacis.runtime.program.Operation;
import org.glacis.runtime.program.PixelsOp;
import org.glacis.runtime.program.ReshapeOp;
import org.glacis.spec.Absolute;
import org.glacis.spec.ClippedPRelu;
import org.glacis.spec.ConcatMaxMin;
import org.glacis.spec.FrobeniusDense;
import org.glacis.spec.FullSort;
import org.glacis.spec.GroupSort;
import org.glacis.spec.Householder;
import org.glacis.spec.InvertibleDownSampling;
import org.glacis.spec.InvertibleUpSampling;
import org.glacis.spec.MaxMin;
import org.glacis.spec.ScaledAveragePool2d;
import org.glacis.spec.ScaledGlobalAveragePool2d;
import org.glacis.spec.ScaledGlobalL2NormPool2d;
import org.glacis.spec.ScaledL2NormPool2d;
import org.glacis.spec.Shape;
import org.glacis.spec.SpectralDense;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.types.family.TFloating;

/** Layers of 1-Lipschitz networks. Constrained weights are computed once a graph. */
final class LipschitzLowerings {
  /** The name of the vector of a power iteration below the layer's path. */
  static final String VECTOR = "powerVector";

  private LipschitzLowerings() {}

  static <T extends TFloating> int spectralDense(SpectralDense layer, int input, Lowerer<T> to) {
    int inputs = to.shapeOf(input).get(0);
    int units = layer.getUnits();
    Operand<T> free = to.weight("kernel", inputs, units, Role.ORTHOGONAL, inputs, units);
    Operand<T> vector = to.weight(VECTOR, inputs, units, Role.POWER_VECTOR, 1, units);
    var orthogonal =
        new Orthogonalizer<>(to.tf(), to.element())
            .of(layer.getOrthogonalization(), free, vector, to.isSettled());
    to.moved(VECTOR, orthogonal.vector());
    Operand<T> kernel =
        to.constrained(
            "kernel", orthogonal.matrix(), 1, layer.getOrthogonalization().isIdempotent());
    return to.add(
        new DenseOp<>(to.products(), kernel, bias(layer.getBias(), inputs, units, to), inputs),
        new Shape(units),
        input);
  }

  static <T extends TFloating> int frobeniusDense(FrobeniusDense layer, int input, Lowerer<T> to) {
    Ops tf = to.tf();
    int inputs = to.shapeOf(input).get(0);
    int units = layer.getUnits();
    Operand<T> free = to.weight("kernel", inputs, units, Role.KERNEL, inputs, units);
    int[] axes = layer.getDisjointNeurons() ? new int[] {0} : new int[] {0, 1};
    Operand<T> kernel = to.constrained("kernel", unit(tf, to.element(), free, axes), 1, true);
    return to.add(
        new DenseOp<>(to.products(), kernel, bias(layer.getBias(), inputs, units, to), inputs),
        new Shape(units),
        input);
  }

  /** The weights divided by their Euclidean length over {@code axes}; of length 0 as they are. */
  static <T extends TFloating> Operand<T> unit(
      Ops tf, Element<T> element, Operand<T> free, int... axes) {
    Operand<T> lengths =
        tf.math.sqrt(
            tf.reduceSum(tf.math.square(free), tf.constant(axes), ReduceSum.keepDims(true)));
    return tf.math.div(free, tf.math.maximum(lengths, element.constant(tf, element.leastNormal())));
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

  static <T extends TFloating> int globalAveragePool(
      ScaledGlobalAveragePool2d layer, int input, Lowerer<T> to) {
    return flat(AveragePoolOp.global(to.element(), to.shapeOf(input)), input, to);
  }

  static <T extends TFloating> int globalL2NormPool(
      ScaledGlobalL2NormPool2d layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    return flat(new L2NormPoolOp<>(to.element(), shape.get(0), shape.get(1)), input, to);
  }

  /** A pool of whole images, whose output is flat. */
  private static <T extends TFloating> int flat(Operation<T> pool, int input, Lowerer<T> to) {
    int channels = to.shapeOf(input).get(2);
    Shape pixel = new Shape(1, 1, channels);
    Shape output = new Shape(channels);
    return to.add(new ReshapeOp<>(pixel, output), output, to.add(pool, pixel, input));
  }

  static <T extends TFloating> int downSampling(
      InvertibleDownSampling layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    return to.add(new PixelsOp<>(layer.getFactor(), shape, false), layer.outputShape(shape), input);
  }

  static <T extends TFloating> int upSampling(
      InvertibleUpSampling layer, int input, Lowerer<T> to) {
    Shape output = layer.outputShape(to.shapeOf(input));
    return to.add(new PixelsOp<>(layer.getFactor(), output, true), output, input);
  }

  static <T extends TFloating> int householder(Householder layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    int rank = shape.getRank();
    int channels = shape.get(rank - 1);
    int half = channels / 2;
    int[] extents = layer.getOrder() == 1 ? new int[] {half} : new int[] {3, half};
    Operand<T> angle = to.weight("angle", 1, 1, Role.ANGLE, extents);
    return to.add(
        new HouseholderOp<>(to.element(), angle, layer.getOrder(), channels, rank), shape, input);
  }

  static <T extends TFloating> int clippedPRelu(ClippedPRelu layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    Operand<T> slope = to.weight("slope", 1, 1, Role.SLOPE, shape.get(shape.getRank() - 1));
    return to.add(new ClippedPReluOp<>(to.tf(), to.element(), slope), shape, input);
  }

  static <T extends TFloating> int concatMaxMin(ConcatMaxMin layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    return to.add(new ConcatMaxMinOp<>(shape.getRank()), layer.outputShape(shape), input);
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
