package org.glacis.runtime.bound;

import java.util.List;
import org.glacis.runtime.program.Program;
import org.tensorflow.types.family.TFloating;

/**
 * What a bound method found out about every value of a program.
 *
 * @param values an interval for each value, by number; the first is the box of the inputs
 */
public record Bounds<T extends TFloating>(
    Program<T> program, List<Interval<T>> values, Rounding<T> rounding) {
  /** The interval of the program's output. */
  public Interval<T> output() {
    return values.get(program.output());
  }
}
