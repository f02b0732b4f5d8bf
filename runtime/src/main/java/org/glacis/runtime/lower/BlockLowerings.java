package org.glacis.runtime.lower;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.lower.WeightSpec.Role;
import org.glacis.runtime.program.ChannelsOp;
import org.glacis.runtime.program.ScaleOp;
import org.glacis.runtime.program.Sum;
import org.glacis.spec.ConcatResidual;
import org.glacis.spec.ConvexResidual;
import org.glacis.spec.PrescaledResidual;
import org.glacis.spec.Residual;
import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Blocks of layers around which their input goes. Constants follow from the parts. */
final class BlockLowerings {
  /** Where a share may be held without a change: beyond it is 0 or 1 but for 1e-17. */
  private static final double MOST = 40;

  private BlockLowerings() {}

  static <T extends TFloating> int residual(Residual layer, int input, Lowerer<T> to) {
    int branch = to.sequence(layer.getLayers(), input);
    int kept = to.sequence("shortcut", layer.getShortcut(), input);
    return to.add(new Sum<>(), to.shapeOf(kept), kept, branch);
  }

  static <T extends TFloating> int convex(ConvexResidual layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    Ops tf = to.tf();
    Element<T> element = to.element();
    Operand<T> mix =
        tf.clipByValue(
            to.weight("mix", 1, 1, Role.MIX, 1),
            element.constant(tf, -MOST),
            element.constant(tf, MOST));
    Operand<T> one = element.constant(tf, 1);
    Operand<T> share = logistic(tf, one, mix);
    Operand<T> rest = logistic(tf, one, tf.math.neg(mix));
    int branch = to.sequence(layer.getLayers(), input);
    int kept = to.add(new ScaleOp<>(share), shape, input);
    int made = to.add(new ScaleOp<>(rest), shape, branch);
    return to.add(new Sum<>(), shape, kept, made);
  }

  /** {@code 1 / (1 + exp(-a))}; of {@code -a} it is what is missing to 1, without a difference. */
  private static <T extends TFloating> Operand<T> logistic(Ops tf, Operand<T> one, Operand<T> a) {
    return tf.math.div(one, tf.math.add(one, tf.math.exp(tf.math.neg(a))));
  }

  static <T extends TFloating> int prescaled(PrescaledResidual layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    Ops tf = to.tf();
    Operand<T> scale = to.weight("scale", 1, 1, Role.SCALE, 1);
    Operand<T> one = to.element().constant(tf, 1);
    Operand<T> whole = tf.math.div(one, tf.math.add(one, tf.math.abs(scale)));
    int scaled = to.add(new ScaleOp<>(scale), shape, input);
    int branch = to.sequence(layer.getLayers(), scaled);
    int sum = to.add(new Sum<>(), shape, input, branch);
    return to.add(new ScaleOp<>(whole), shape, sum);
  }

  /** Both halves are made whole with zeros and added. */
  static <T extends TFloating> int concat(ConcatResidual layer, int input, Lowerer<T> to) {
    Shape shape = to.shapeOf(input);
    int rank = shape.getRank();
    int channels = shape.get(rank - 1);
    int half = channels / 2;
    Element<T> element = to.element();
    double[] first = new double[channels];
    java.util.Arrays.fill(first, 0, half, 1);
    int kept = to.add(new ScaleOp<>(element.constant(to.tf(), first, channels)), shape, input);
    int second =
        to.add(
            new ChannelsOp<>(element, rank, channels, half, half, false),
            layer.inner(shape),
            input);
    int branch = to.sequence(layer.getLayers(), second);
    int made = to.add(new ChannelsOp<>(element, rank, channels, half, half, true), shape, branch);
    return to.add(new Sum<>(input), shape, kept, made);
  }
}
