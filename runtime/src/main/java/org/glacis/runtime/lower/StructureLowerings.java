package org.glacis.runtime.lower;

import java.util.List;
import org.glacis.runtime.program.MaskOp;
import org.glacis.runtime.program.MaxPoolOp;
import org.glacis.runtime.program.ReshapeOp;
import org.glacis.spec.Dropout;
import org.glacis.spec.LayerSpec;
import org.glacis.spec.MaxPool2d;
import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/** Layers without weights that route, rearrange or select numbers. */
final class StructureLowerings {
  private StructureLowerings() {}

  /** Flatten and reshape: whatever the layer says its output is. */
  static <T extends TFloating> int reshape(LayerSpec layer, int input, Lowerer<T> to) {
    Shape from = to.shapeOf(input);
    Shape target = layer.outputShape(from);
    return from.equals(target) ? input : to.add(new ReshapeOp<>(from, target), target, input);
  }

  static <T extends TFloating> int maxPool2d(MaxPool2d layer, int input, Lowerer<T> to) {
    return to.add(new MaxPoolOp<>(layer), layer.outputShape(to.shapeOf(input)), input);
  }

  static <T extends TFloating> int dropout(Dropout layer, int input, Lowerer<T> to) {
    Noise noise = to.noise();
    if (noise == null || layer.getRate() == 0) {
      return input;
    }
    Ops tf = to.tf();
    Shape shape = to.shapeOf(input);
    double keep = 1 - layer.getRate();
    int[] extents = shape.toArray();
    Operand<TInt32> batched =
        tf.concat(
            List.of(tf.reshape(noise.batch(), tf.constant(new int[] {1})), tf.constant(extents)),
            tf.constant(0));
    Operand<T> uniform = noise.uniform(tf, to.element(), to.path(), batched);
    Operand<T> kept = tf.math.floor(tf.math.add(uniform, to.element().constant(tf, keep)));
    return to.add(
        new MaskOp<>(tf.math.mul(kept, to.element().constant(tf, 1 / keep)), shape), shape, input);
  }
}
