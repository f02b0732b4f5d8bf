package org.glacis.runtime.loss;

import org.glacis.runtime.graph.Element;
import org.glacis.spec.CrossEntropy;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Cross-entropy at the clean inputs. */
public final class CrossEntropyLoss {
  private CrossEntropyLoss() {}

  static <T extends TFloating> Operand<T> scalar(CrossEntropy loss, LossInputs<T> in) {
    return in.mean(in.crossEntropy(in.output()));
  }

  /**
   * {@code -log softmax(logits)_y}, one number a sample.
   *
   * @param labels one-hot, batch × classes
   */
  public static <T extends TFloating> Operand<T> perSample(
      Ops tf, Element<T> element, Operand<T> logits, Operand<T> labels) {
    if (element == (Element<?>) Element.FLOAT32) {
      return tf.nn.softmaxCrossEntropyWithLogits(logits, labels).loss();
    }
    // The fused operation has no float64 gradient that agrees to the last digits.
    return tf.math.neg(tf.reduceSum(tf.math.mul(labels, tf.nn.logSoftmax(logits)), tf.constant(1)));
  }
}
