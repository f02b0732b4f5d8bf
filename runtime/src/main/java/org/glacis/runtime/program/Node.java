package org.glacis.runtime.program;

import java.util.List;
import org.glacis.spec.Shape;
import org.tensorflow.types.family.TFloating;

/**
 * One step of a program.
 *
 * @param path the layer that it comes from: {@code layers/3}
 * @param operation what it computes
 * @param inputs the values that it reads: 0 is the program's input, {@code i + 1} the output of
 *     node {@code i}
 * @param shape the shape of one output sample
 */
public record Node<T extends TFloating>(
    String path, Operation<T> operation, List<Integer> inputs, Shape shape) {
  /** The same step with another operation. */
  public Node<T> with(Operation<T> other) {
    return new Node<>(path, other, inputs, shape);
  }

  /** The value that an operation with one input reads. */
  public int input() {
    return inputs.get(0);
  }
}
