package org.glacis.runtime.lower;

import java.util.List;
import org.glacis.runtime.lower.WeightSpec.Role;
import org.glacis.runtime.program.AveragePoolOp;
import org.glacis.runtime.program.BatchNormOp;
import org.glacis.runtime.program.BatchNormOp.Moments;
import org.glacis.runtime.program.DenseOp;
import org.glacis.runtime.program.ScaleShiftOp;
import org.glacis.runtime.program.StatisticsLaw;
import org.glacis.spec.AveragePool2d;
import org.glacis.spec.BatchNorm;
import org.glacis.spec.BinaryLogits;
import org.glacis.spec.Dense;
import org.glacis.spec.Normalize;
import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** Layers that are a matrix and a shift. */
final class LinearLowerings {
  private LinearLowerings() {}

  static <T extends TFloating> int dense(Dense layer, int input, Lowerer<T> to) {
    int inputs = to.shapeOf(input).get(0);
    int units = layer.getUnits();
    Operand<T> kernel = to.weight("kernel", inputs, units, Role.KERNEL, inputs, units);
    Operand<T> bias = layer.getBias() ? to.weight("bias", inputs, units, Role.BIAS, units) : null;
    return to.add(new DenseOp<>(to.products(), kernel, bias, inputs), new Shape(units), input);
  }

  static <T extends TFloating> int binaryLogits(BinaryLogits layer, int input, Lowerer<T> to) {
    Operand<T> kernel = to.element().constant(to.tf(), new double[] {-0.5, 0.5}, 1, 2);
    return to.add(new DenseOp<>(to.products(), kernel, null, 1), new Shape(2), input);
  }

  static <T extends TFloating> int averagePool2d(AveragePool2d layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    return to.add(new AveragePoolOp<>(to.element(), layer, shape), layer.outputShape(shape), input);
  }

  static <T extends TFloating> int normalize(Normalize layer, int input, Lowerer<T> to) {
    int channels = Math.max(layer.getMean().size(), layer.getDeviation().size());
    double[] scale = new double[channels];
    double[] shift = new double[channels];
    for (int i = 0; i < channels; i++) {
      scale[i] = 1 / at(layer.getDeviation(), i);
      shift[i] = -at(layer.getMean(), i) / at(layer.getDeviation(), i);
    }
    Operand<T> scales = to.element().constant(to.tf(), scale, channels);
    Operand<T> shifts = to.element().constant(to.tf(), shift, channels);
    return to.add(
        new ScaleShiftOp<>(scales, shifts, to.tf().math.abs(shifts)), to.shapeOf(input), input);
  }

  static <T extends TFloating> int batchNorm(BatchNorm layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    int channels = shape.get(shape.getRank() - 1);
    Operand<T> gamma = to.weight("gamma", 1, 1, Role.SCALE, channels);
    Operand<T> beta = to.weight("beta", 1, 1, Role.SHIFT, channels);
    Operand<T> mean = to.weight(BatchNormOp.MEAN, 1, 1, Role.RUNNING_MEAN, channels);
    Operand<T> variance = to.weight(BatchNormOp.VARIANCE, 1, 1, Role.RUNNING_VARIANCE, channels);
    return to.add(
        BatchNormOp.of(
            to.tf(),
            to.element(),
            to.path(),
            new StatisticsLaw.Each<>(to.element(), gamma, beta, layer.getEpsilon()),
            new Moments<>(mean, variance),
            layer.getMomentum()),
        shape,
        input);
  }

  private static double at(List<Double> values, int i) {
    return values.get(values.size() == 1 ? 0 : i);
  }
}
