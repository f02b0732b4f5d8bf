package org.glacis.runtime.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import org.glacis.runtime.graph.Element;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.family.TFloating;

/**
 * Numbers that change from step to step, fed as one vector: epsilon, learning rate, loss weights,
 * powers of Adam's betas.
 */
public final class Scalars<T extends TFloating> {
  /** More than any training program declares; unused places cost nothing. */
  private static final int PLACES = 64;

  private final Ops tf;
  private final Element<T> element;
  private final Placeholder<T> fed;
  private final Operand<T> known;
  private final List<LongToDoubleFunction> functions = new ArrayList<>();

  public Scalars(Ops tf, Element<T> element) {
    this.tf = tf;
    this.element = element;
    fed = tf.withName("scalars").placeholder(element.type(), Placeholder.shape(Shape.of(PLACES)));
    // TensorFlow's optimiser does not trust the shape of what is fed, but that of a reshape.
    known = tf.reshape(fed, tf.constant(new int[] {PLACES}));
  }

  /** A scalar whose value at each global step (from 0) is {@code function}'s. */
  public Operand<T> declare(String name, LongToDoubleFunction function) {
    int place = functions.size();
    if (place == PLACES) {
      throw new IllegalStateException("more than " + PLACES + " scheduled numbers");
    }
    functions.add(function);
    return tf.withName(name)
        .stridedSlice(
            known,
            tf.constant(new int[] {place}),
            tf.constant(new int[] {place + 1}),
            tf.constant(new int[] {1}),
            StridedSlice.shrinkAxisMask(1L));
  }

  /** What to feed into {@link #input} at {@code step}; the caller closes it. */
  public Tensor at(long step) {
    double[] values = new double[PLACES];
    for (int i = 0; i < functions.size(); i++) {
      values[i] = functions.get(i).applyAsDouble(step);
    }
    return element.tensor(values, PLACES);
  }

  Element<T> element() {
    return element;
  }

  public Operand<T> input() {
    return fed;
  }
}
