package org.glacis.runtime.program;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.graph.PathScopes;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** Computes a program at given points. */
public final class ForwardPass {
  private ForwardPass() {}

  /**
   * All values of the program at {@code x} (batch × input shape), by number; operations are named
   * below {@code name}.
   */
  public static <T extends TFloating> List<Operand<T>> values(
      Ops tf, String name, Program<T> program, Operand<T> x) {
    PathScopes scopes = new PathScopes(tf, name);
    List<Operand<T>> values = new ArrayList<>(List.of(x));
    List<@Nullable Halves<T>> halves = new ArrayList<>();
    halves.add(null);
    for (Node<T> node : program.nodes()) {
      Ops here = scopes.at(node.path());
      Halves<T> pair = Halves.of(here, program, node, values, halves);
      halves.add(pair);
      values.add(pair == null ? apply(here, node, values) : pair.joined(here));
    }
    return values;
  }

  /** The program's output at {@code x}: batch × output shape. */
  public static <T extends TFloating> Operand<T> output(
      Ops tf, String name, Program<T> program, Operand<T> x) {
    Operand<T> output = values(tf, name, program, x).get(program.output());
    // An operand that is fed cannot be fetched, so a network that does nothing returns a copy.
    return program.output() == 0 ? tf.identity(output) : output;
  }

  static <T extends TFloating> Operand<T> apply(Ops tf, Node<T> node, List<Operand<T>> values) {
    Operand<T> x = values.get(node.input());
    Operation<T> operation = node.operation();
    if (operation instanceof Affine<T> affine) {
      return affine.apply(tf, x);
    } else if (operation instanceof Elementwise<T> elementwise) {
      return elementwise.apply(tf, x);
    } else if (operation instanceof Rearrange<T> rearrange) {
      return rearrange.apply(tf, x);
    } else if (operation instanceof Contraction<T> contraction) {
      return contraction.apply(tf, x);
    }
    return tf.math.add(x, values.get(node.inputs().get(1)));
  }
}
