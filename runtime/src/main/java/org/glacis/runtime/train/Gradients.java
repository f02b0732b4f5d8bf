package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Gradients of a scalar. */
final class Gradients {
  private Gradients() {}

  /**
   * The gradient for each value; zeros where the scalar does not depend on it, as the width of the
   * outputs does not on the last bias. TensorFlow refuses such values, or answers with an operation
   * that is not there.
   */
  static List<Operand<TFloat32>> of(
      Ops tf, Operand<TFloat32> scalar, List<? extends Operand<TFloat32>> values) {
    if (values.isEmpty()) {
      return List.of();
    }
    try {
      List<Operand<TFloat32>> found = computed(tf, scalar, values);
      if (found.stream().allMatch(Gradients::exists)) {
        return found;
      }
    } catch (TFInvalidArgumentException e) {
      if (e.getMessage() == null || !e.getMessage().contains("unreachable")) {
        throw e;
      }
    }
    List<Operand<TFloat32>> reaching = new ArrayList<>(List.of(scalar));
    for (Operand<TFloat32> value : values) {
      Operand<TFloat32> flat = tf.reshape(value, tf.constant(new int[] {-1}));
      reaching.add(tf.math.mul(tf.reduceSum(flat, tf.constant(0)), tf.constant(0f)));
    }
    return computed(tf, tf.math.addN(reaching), values);
  }

  private static List<Operand<TFloat32>> computed(
      Ops tf, Operand<TFloat32> scalar, List<? extends Operand<TFloat32>> values) {
    var computed = tf.gradients(scalar, values);
    List<Operand<TFloat32>> gradients = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      gradients.add(computed.<TFloat32>dy(i));
    }
    return gradients;
  }

  private static boolean exists(Operand<TFloat32> gradient) {
    return gradient.op() instanceof GraphOperation operation
        && operation.getUnsafeNativeHandle() != null
        && !operation.getUnsafeNativeHandle().isNull();
  }
}
