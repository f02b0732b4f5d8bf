package org.glacis.runtime.program;

import java.util.List;
import java.util.Map;
import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/**
 * A network as operations in an order in which they can be computed. Values are numbered: 0 is the
 * input, {@code i + 1} the output of node {@code i}, {@link #output} the result. What a pass learns
 * it keeps beside the program, by these numbers.
 *
 * @param input the shape of one input sample
 * @param moved what a training step puts into weights that no gradient reaches, by path: vectors of
 *     power iterations
 * @param constrained what constrained layers compute from their free kernels
 */
public record Program<T extends TFloating>(
    Shape input,
    List<Node<T>> nodes,
    int output,
    Map<String, Operand<T>> moved,
    List<Constrained<T>> constrained) {
  /**
   * The kernel of a constrained layer before any factor.
   *
   * @param path of the free kernel: {@code layers/3/kernel}
   * @param kernel in the shape of the free one; its columns are its last axis
   * @param groups how many parts that axis has that are matrices of their own
   * @param idempotent whether a free kernel that is like that stays so
   */
  public record Constrained<T extends TFloating>(
      String path, Operand<T> kernel, int groups, boolean idempotent) {}

  public Program {
    nodes = List.copyOf(nodes);
    moved = Map.copyOf(moved);
    constrained = List.copyOf(constrained);
  }

  /** A program in which gradients reach all weights and no layer is constrained. */
  public Program(Shape input, List<Node<T>> nodes, int output) {
    this(input, nodes, output, Map.of(), List.of());
  }

  /** {@code layers/3/layers/0} as declarations have it: {@code model.layers[3].layers[0]}. */
  public static String inDeclaration(String path) {
    return "model." + path.replaceAll("/(\\d+)", "[$1]").replace('/', '.');
  }

  public Shape shapeOf(int value) {
    return value == 0 ? input : nodes.get(value - 1).shape();
  }

  /** The node that computes {@code value}, which is not the input. */
  public Node<T> producer(int value) {
    return nodes.get(value - 1);
  }

  /** How many nodes read {@code value}. */
  public long readers(int value) {
    return nodes.stream().flatMap(n -> n.inputs().stream()).filter(v -> v == value).count();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("%0 = input " + input + "\n");
    for (int i = 0; i < nodes.size(); i++) {
      Node<T> node = nodes.get(i);
      text.append("%")
          .append(i + 1)
          .append(" = ")
          .append(node.operation().getClass().getSimpleName());
      node.inputs().forEach(v -> text.append(" %").append(v));
      text.append(" ").append(node.shape()).append("  # ").append(node.path()).append("\n");
    }
    return text.append("return %").append(output).append("\n").toString();
  }
}
