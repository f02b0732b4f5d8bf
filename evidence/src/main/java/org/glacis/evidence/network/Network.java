package org.glacis.evidence.network;

import java.util.ArrayList;
import java.util.List;
import org.glacis.evidence.rounding.Outward;
import org.jspecify.annotations.Nullable;

/**
 * A plain network with its weights. All that is said about it holds for exact arithmetic on the
 * stored weights. Unmodifiable; many threads may ask at once.
 */
public final class Network {
  private final String task;
  private final int inputs;
  private final int outputs;
  private final List<Node> nodes;

  Network(String task, int inputs, int outputs, List<Node> nodes) {
    this.task = task;
    this.inputs = inputs;
    this.outputs = outputs;
    this.nodes = List.copyOf(nodes);
  }

  /** {@code classification} or {@code regression}. */
  public String task() {
    return task;
  }

  /** How many numbers a sample has. */
  public int inputs() {
    return inputs;
  }

  /** How many logits or predictions there are. */
  public int outputs() {
    return outputs;
  }

  List<Node> nodes() {
    return nodes;
  }

  /**
   * Interval bounds of every value for the inputs of {@code box}: a box for each, the input's
   * first. Null where a bound overflows: then nothing is known.
   */
  public @Nullable List<Box> boxes(Box box) {
    if (box.size() != inputs) {
      throw new IllegalArgumentException(
          "%d numbers for a network of %d inputs".formatted(box.size(), inputs));
    }
    if (!box.isProper()) {
      return null;
    }
    List<Box> boxes = new ArrayList<>();
    boxes.add(box);
    for (Node node : nodes) {
      Operation operation = node.operation();
      Box x = boxes.get(node.input());
      Box y = operation == null ? sum(x, boxes.get(node.other())) : operation.image(x);
      if (!y.isProper()) {
        return null;
      }
      boxes.add(y);
    }
    return boxes;
  }

  private static Box sum(Box a, Box b) {
    double[] lower = new double[a.size()];
    double[] upper = new double[a.size()];
    for (int i = 0; i < lower.length; i++) {
      lower[i] = Outward.addDown(a.lower()[i], b.lower()[i]);
      upper[i] = Outward.addUp(a.upper()[i], b.upper()[i]);
    }
    return new Box(lower, upper);
  }

  /**
   * The value that the last operation makes the outputs of, if that is affine; else the outputs.
   */
  int body() {
    if (nodes.isEmpty()) {
      return 0;
    }
    Node last = nodes.get(nodes.size() - 1);
    return last.operation() instanceof Affine ? last.input() : nodes.size();
  }
}
