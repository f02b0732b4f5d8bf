package org.glacis.runtime.lower;

import org.glacis.runtime.lower.WeightSpec.Role;
import org.glacis.runtime.program.BatchNormOp;
import org.glacis.runtime.program.BatchNormOp.Moments;
import org.glacis.runtime.program.CenteringOp;
import org.glacis.runtime.program.StatisticsLaw;
import org.glacis.spec.BatchCentering;
import org.glacis.spec.BatchLipNorm;
import org.glacis.spec.LayerCentering;
import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Layers that take means away. */
final class CenteringLowerings {
  private CenteringLowerings() {}

  static <T extends TFloating> int layerCentering(LayerCentering layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    return to.add(
        new CenteringOp<>(to.element(), shape, layer.getBias() ? bias(shape, to) : null),
        shape,
        input);
  }

  static <T extends TFloating> int batchCentering(BatchCentering layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    Operand<T> mean = mean(shape, to);
    Ops tf = to.tf();
    // No variance is kept: nothing asks for it.
    Moments<T> running = new Moments<>(mean, tf.zerosLike(mean));
    return to.add(
        BatchNormOp.of(
            tf,
            to.element(),
            to.path(),
            new StatisticsLaw.Centred<>(to.element(), bias(shape, to)),
            running,
            layer.getMomentum()),
        shape,
        input);
  }

  static <T extends TFloating> int batchLipNorm(BatchLipNorm layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    Operand<T> mean = mean(shape, to);
    int channels = channels(shape);
    Operand<T> variance = to.weight(BatchNormOp.VARIANCE, 1, 1, Role.RUNNING_VARIANCE, channels);
    return to.add(
        BatchNormOp.of(
            to.tf(),
            to.element(),
            to.path(),
            new StatisticsLaw.Largest<>(to.element(), bias(shape, to)),
            new Moments<>(mean, variance),
            layer.getMomentum()),
        shape,
        input);
  }

  private static <T extends TFloating> Operand<T> mean(Shape shape, Lowerer<T> to) {
    return to.weight(BatchNormOp.MEAN, 1, 1, Role.RUNNING_MEAN, channels(shape));
  }

  private static <T extends TFloating> Operand<T> bias(Shape shape, Lowerer<T> to) {
    return to.weight("bias", 1, 1, Role.SHIFT, channels(shape));
  }

  private static int channels(Shape shape) {
    return shape.get(shape.getRank() - 1);
  }
}
