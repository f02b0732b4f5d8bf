package org.glacis.runtime.bound;

import java.util.Arrays;
import java.util.List;
import org.glacis.runtime.program.Program;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TFloating;

/**
 * What a bound method found out about every value of a program.
 *
 * @param values an interval for each value, by number; the first is the box of the inputs
 */
public record Bounds<T extends TFloating>(
    Program<T> program, List<Interval<T>> values, Rounding<T> rounding) {
  /** The interval of the program's output, as it was computed. */
  public Interval<T> output() {
    return values.get(program.output());
  }

  /**
   * The interval of the output of each sample for which every number is finite, and the whole line
   * for the others: a value that overflowed proves nothing, even where what follows hides it.
   */
  public Interval<T> proved(Ops tf) {
    if (!rounding.isOutward()) {
      return output();
    }
    int[] perSample = new int[program.shapeOf(program.output()).getRank() + 1];
    Arrays.fill(perSample, 1);
    perSample[0] = -1;
    Operand<TBool> known = tf.reshape(finite(tf), tf.constant(perSample));
    Operand<T> infinity = rounding.element().constant(tf, Double.POSITIVE_INFINITY);
    return Interval.ofCorners(
        tf.select(known, output().lower(tf), tf.math.neg(infinity)),
        tf.select(known, output().upper(tf), infinity));
  }

  /**
   * Whether all that was computed for a sample is finite: centres, radii and corners. Batch × 1.
   */
  public Operand<TBool> finite(Ops tf) {
    Operand<TBool> all = null;
    for (int i = 0; i < values.size(); i++) {
      Interval<T> value = values.get(i);
      // Infinite or no number where the centre, the radius or a corner is.
      Operand<T> reach = tf.math.add(tf.math.abs(value.centre(tf)), value.radius(tf));
      Operand<TBool> each = tf.math.isFinite(rows(tf, reach, i));
      Operand<TBool> here =
          tf.reduceAll(each, tf.constant(1), org.tensorflow.op.core.ReduceAll.keepDims(true));
      all = all == null ? here : tf.math.logicalAnd(all, here);
    }
    return java.util.Objects.requireNonNull(all, "a program has at least its input");
  }

  private Operand<T> rows(Ops tf, Operand<T> value, int number) {
    return tf.reshape(value, tf.constant(new int[] {-1, program.shapeOf(number).getSize()}));
  }
}
