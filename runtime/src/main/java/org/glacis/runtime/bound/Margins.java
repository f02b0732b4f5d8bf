package org.glacis.runtime.bound;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.Affine;
import org.glacis.runtime.program.Node;
import org.glacis.runtime.program.Program;
import org.glacis.runtime.program.SameOp;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Lower bounds of how far the label's logit stays above the others. A decision is proved when all
 * of them are above 0.
 */
public final class Margins {
  /** Up to so many classes, the differences of all pairs are cheaper than those a sample. */
  private static final int ALL_PAIRS = 32;

  private Margins() {}

  /**
   * The worst logits: the lower bound of the label's, the upper bounds of the others. Batch ×
   * classes.
   *
   * @param labels one-hot, batch × classes
   */
  public static <T extends TFloating> Operand<T> worstLogits(
      Ops tf, Element<T> element, Interval<T> logits, Operand<T> labels) {
    Operand<T> sign =
        tf.math.sub(element.constant(tf, 1), tf.math.mul(labels, element.constant(tf, 2)));
    return tf.math.add(logits.centre(tf), tf.math.mul(logits.radius(tf), sign));
  }

  /**
   * Lower bounds of {@code f_y - f_j} from the bounds of the logits alone. Batch × classes, 0 for
   * the label itself; no numbers where outward bounds are not finite.
   *
   * @param labels one-hot, batch × classes
   */
  public static <T extends TFloating> Operand<T> ofBox(
      Ops tf, Element<T> element, Bounds<T> bounds, Operand<T> labels) {
    Interval<T> logits = bounds.proved(tf);
    Operand<T> own =
        tf.reduceSum(
            tf.math.mul(logits.lower(tf), labels),
            tf.constant(1),
            org.tensorflow.op.core.ReduceSum.keepDims(true));
    Interval<T> margins =
        Interval.ofCorners(tf.math.sub(own, logits.upper(tf)), tf.math.sub(own, logits.upper(tf)));
    return tf.math.mul(
        bounds.rounding().settled(tf, margins).lower(tf),
        tf.math.sub(element.constant(tf, 1), labels));
  }

  /**
   * Lower bounds of {@code f_y - f_j} with the last affine operation merged into the difference
   * (elision); without such an operation, those {@link #ofBox}. Batch × classes, 0 for the label
   * itself; no numbers where outward bounds are not finite.
   *
   * @param labels one-hot, batch × classes
   */
  public static <T extends TFloating> Operand<T> elided(
      Ops tf, Element<T> element, Bounds<T> bounds, Operand<T> labels) {
    Program<T> program = bounds.program();
    Node<T> node = last(program);
    if (node == null || !(node.operation() instanceof Affine<T> last)) {
      return ofBox(tf, element, bounds, labels);
    }
    int classes = node.shape().getSize();
    int inputs = program.shapeOf(node.input()).getSize();
    if (!bounds.rounding().isOutward() && classes <= ALL_PAIRS) {
      return ofAllPairs(tf, element, bounds, labels, node, last);
    }
    Operand<T> differences = differences(tf, element, labels, classes);
    Operand<T> pulled =
        last.pullBack(tf, tf.reshape(differences, tf.constant(new int[] {-1, classes})));
    Operand<T> rows = tf.reshape(pulled, tf.constant(new int[] {-1, classes, inputs}));
    Interval<T> x = bounds.values().get(node.input());
    int terms = inputs + classes;
    Operand<T> centre = flatRows(tf, x.centre(tf), inputs);
    Operand<T> radius =
        flatRows(tf, bounds.rounding().before(tf, x.centre(tf), x.radius(tf), terms), inputs);
    Operand<T> middle = tf.reduceSum(tf.math.mul(rows, centre), tf.constant(2));
    Operand<T> spread = tf.reduceSum(tf.math.mul(tf.math.abs(rows), radius), tf.constant(2));
    Operand<T> shift = last.shift();
    Operand<T> sizes = null;
    if (shift != null) {
      Operand<T> moved = tf.reduceSum(tf.math.mul(differences, shift), tf.constant(2));
      middle = tf.math.add(middle, moved);
      sizes =
          tf.reduceSum(
              tf.math.mul(
                  tf.math.abs(differences), java.util.Objects.requireNonNull(last.shiftSize(tf))),
              tf.constant(2));
    }
    spread = bounds.rounding().after(tf, spread, sizes, terms);
    Operand<T> margins = bounds.rounding().settled(tf, Interval.ofCentre(middle, spread)).lower(tf);
    if (!bounds.rounding().isOutward()) {
      return margins;
    }
    return tf.select(bounds.finite(tf), margins, element.constant(tf, Double.NaN));
  }

  /**
   * {@link #elided} where the classes are few: how far each pair of classes can move takes one
   * matrix product for the whole batch, of which each sample then keeps the row of its label.
   */
  private static <T extends TFloating> Operand<T> ofAllPairs(
      Ops tf,
      Element<T> element,
      Bounds<T> bounds,
      Operand<T> labels,
      Node<T> node,
      Affine<T> last) {
    int classes = node.shape().getSize();
    int inputs = bounds.program().shapeOf(node.input()).getSize();
    Interval<T> x = bounds.values().get(node.input());
    Operand<T> rows =
        tf.reshape(
            last.pullBack(tf, element.constant(tf, identity(classes), classes, classes)),
            tf.constant(new int[] {classes, inputs}));
    Operand<T> pairs =
        tf.math.abs(
            tf.math.sub(tf.expandDims(rows, tf.constant(1)), tf.expandDims(rows, tf.constant(0))));
    Operand<T> radius = tf.reshape(x.radius(tf), tf.constant(new int[] {-1, inputs}));
    Operand<T> moves =
        tf.linalg.matMul(
            radius,
            tf.reshape(pairs, tf.constant(new int[] {classes * classes, inputs})),
            org.tensorflow.op.linalg.MatMul.transposeB(true));
    Operand<T> ofLabel =
        tf.reduceSum(
            tf.math.mul(
                tf.reshape(moves, tf.constant(new int[] {-1, classes, classes})),
                tf.expandDims(labels, tf.constant(2))),
            tf.constant(1));
    return tf.math.sub(ofPoints(tf, element, bounds.output().centre(tf), labels), ofLabel);
  }

  /** The last node that does something; null where none does. */
  private static <T extends TFloating> @Nullable Node<T> last(Program<T> program) {
    int value = program.output();
    while (value > 0 && program.producer(value).operation() instanceof SameOp) {
      value = program.producer(value).input();
    }
    return value == 0 ? null : program.producer(value);
  }

  /**
   * {@code f_y - f_j} of {@code logits}. Batch × classes, 0 for the label itself.
   *
   * @param labels one-hot, batch × classes
   */
  public static <T extends TFloating> Operand<T> ofPoints(
      Ops tf, Element<T> element, Operand<T> logits, Operand<T> labels) {
    Operand<T> own =
        tf.reduceSum(
            tf.math.mul(logits, labels),
            tf.constant(1),
            org.tensorflow.op.core.ReduceSum.keepDims(true));
    return tf.math.mul(tf.math.sub(own, logits), tf.math.sub(element.constant(tf, 1), labels));
  }

  /**
   * The smallest margin over the other classes, one a sample; no number where one of the margins is
   * not finite.
   */
  public static <T extends TFloating> Operand<T> least(
      Ops tf, Element<T> element, Operand<T> margins, Operand<T> labels) {
    // The label's own entry is 0; put it out of the way.
    Operand<T> away = tf.math.mul(labels, element.constant(tf, 1e30));
    return tf.select(
        tf.reduceAll(tf.math.isFinite(margins), tf.constant(1)),
        tf.min(tf.math.add(margins, away), tf.constant(1)),
        element.constant(tf, Double.NaN));
  }

  /**
   * {@code e_y - e_j} for each class: batch × classes × classes.
   *
   * @param labels one-hot, batch × classes
   */
  public static <T extends TFloating> Operand<T> differences(
      Ops tf, Element<T> element, Operand<T> labels, int classes) {
    return tf.math.sub(
        tf.expandDims(labels, tf.constant(1)),
        element.constant(tf, identity(classes), classes, classes));
  }

  private static <T extends TFloating> Operand<T> flatRows(Ops tf, Operand<T> values, int size) {
    return tf.reshape(values, tf.constant(new int[] {-1, 1, size}));
  }

  private static double[] identity(int n) {
    double[] values = new double[n * n];
    for (int i = 0; i < n; i++) {
      values[i * n + i] = 1;
    }
    return values;
  }
}
