package org.glacis.runtime.program;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Both halves of the channels of images, each an operand of its own. A convolution before {@link
 * MaxMinOp} computes them apart, and pools that follow work on each, so that the large arrays are
 * never cut and joined, neither forward nor in the gradient. Numbers are those of the whole.
 */
record Halves<T extends TFloating>(Operand<T> first, Operand<T> second) {
  /** Of the value of {@code node}; null where it is computed whole. */
  static <T extends TFloating> @Nullable Halves<T> of(
      Ops tf,
      Program<T> program,
      Node<T> node,
      List<Operand<T>> values,
      List<@Nullable Halves<T>> halves) {
    Operation<T> operation = node.operation();
    Halves<T> read = halves.get(node.input());
    if (operation instanceof Conv2dOp<T> convolution) {
      return isForMaxMin(program, halves.size())
          ? convolution.halves(tf, values.get(node.input()))
          : null;
    } else if (read == null) {
      return null;
    } else if (operation instanceof MaxMinOp<T>) {
      return new Halves<>(
          tf.math.maximum(read.first, read.second), tf.math.minimum(read.first, read.second));
    } else if (operation instanceof L2NormPoolOp<T> pool) {
      return new Halves<>(pool.apply(tf, read.first), pool.apply(tf, read.second));
    } else if (operation instanceof AveragePoolOp<T> pool) {
      return new Halves<>(pool.apply(tf, read.first), pool.apply(tf, read.second));
    }
    return null;
  }

  private static <T extends TFloating> boolean isForMaxMin(Program<T> program, int value) {
    List<Node<T>> readers =
        program.nodes().stream().filter(n -> n.inputs().contains(value)).toList();
    return value != program.output()
        && readers.size() == 1
        && readers.get(0).operation() instanceof MaxMinOp;
  }

  /** All channels in one array; costs nothing where nobody reads it. */
  Operand<T> joined(Ops tf) {
    return tf.concat(List.of(first, second), tf.constant(-1));
  }
}
