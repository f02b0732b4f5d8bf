package org.glacis.runtime.attack;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.loss.CrossEntropyLoss;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.glacis.spec.Task;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * One step of projected gradient ascent in a box (Madry et al. 2018): {@code x + size * halfWidth *
 * sign(gradient)}, clipped to the box. The loss is the cross-entropy, or the squared error where
 * targets are real.
 *
 * @param loss the loss of each sample at the present point
 * @param output the network's output there
 * @param next the next point: batch × input shape
 */
public record PgdAttack<T extends TFloating>(Operand<T> loss, Operand<T> output, Operand<T> next) {
  /**
   * Adds one step to the graph.
   *
   * @param x the present point
   * @param lower the corners of the box
   * @param truth one-hot labels or targets
   * @param size the step, as a share of the half width of the box; a scalar
   */
  public static <T extends TFloating> PgdAttack<T> step(
      Ops tf,
      Element<T> element,
      Program<T> program,
      Task task,
      Operand<T> x,
      Operand<T> lower,
      Operand<T> upper,
      Operand<T> truth,
      Operand<T> size) {
    Operand<T> output = ForwardPass.output(tf, "attack", program, x);
    Operand<T> loss =
        task == Task.CLASSIFICATION
            ? CrossEntropyLoss.perSample(tf, element, output, truth)
            : tf.reduceSum(tf.math.square(tf.math.sub(output, truth)), tf.constant(1));
    Operand<T> gradient =
        tf.gradients(tf.reduceSum(loss, tf.constant(0)), java.util.List.of(x)).<T>dy(0);
    Operand<T> halfWidth = tf.math.mul(tf.math.sub(upper, lower), element.constant(tf, 0.5));
    Operand<T> moved =
        tf.math.add(x, tf.math.mul(tf.math.sign(gradient), tf.math.mul(halfWidth, size)));
    return new PgdAttack<>(loss, output, tf.math.minimum(tf.math.maximum(moved, lower), upper));
  }
}
