package org.glacis.evidence.network;

import java.util.List;
import org.glacis.evidence.rounding.Outward;

/**
 * Lipschitz constants of a network from l2 to l2, each at least the exact one: products along a
 * sequence, sums where branches meet; of branches that are about different numbers the larger
 * counts.
 */
public final class LipschitzConstants {
  private final Network network;
  private final double[] ofValues;
  private final double[] logits;

  private LipschitzConstants(Network network, double[] ofValues) {
    this.network = network;
    this.ofValues = ofValues;
    logits = new double[network.outputs()];
    for (int j = 0; j < logits.length; j++) {
      double[] row = new double[logits.length];
      row[j] = 1;
      logits[j] = of(row, 1);
    }
  }

  /** Those of {@code network}; each operation is asked once, which may take some seconds. */
  public static LipschitzConstants of(Network network) {
    List<Node> nodes = network.nodes();
    double[] own = new double[nodes.size()];
    for (int i = 0; i < own.length; i++) {
      Operation operation = nodes.get(i).operation();
      own[i] = operation == null ? 1 : operation.lipschitz();
    }
    double[] values = from(nodes, own, 0, own.length);
    return new LipschitzConstants(network, values);
  }

  /**
   * Of the values up to {@code last} as functions of the value {@code base}, from which all values
   * after it are computed.
   *
   * @param own those of the operations
   */
  private static double[] from(List<Node> nodes, double[] own, int base, int last) {
    double[] values = new double[last + 1];
    values[base] = 1;
    for (int value = base + 1; value <= last; value++) {
      Node node = nodes.get(value - 1);
      double before = values[node.input()];
      double factor = own[value - 1];
      if (node.isSum()) {
        // Functions of other numbers each, and with outputs of their own, do not add up.
        before =
            node.common() < 0 ? Outward.addUp(before, values[node.other()]) : values[node.common()];
        factor = node.common() < 0 ? 1 : ofParts(nodes, own, node);
      }
      values[value] = factor == 1 ? before : before == 1 ? factor : Outward.mulUp(before, factor);
    }
    return values;
  }

  private static double ofParts(List<Node> nodes, double[] own, Node node) {
    int last = Math.max(node.input(), node.other());
    double[] values = from(nodes, own, node.common(), last);
    return Math.max(values[node.input()], values[node.other()]);
  }

  /** Of all outputs together. */
  public double whole() {
    return ofValues[ofValues.length - 1];
  }

  /** Of what the last operation is applied to, if that is affine; else of all outputs. */
  public double body() {
    return ofValues[network.body()];
  }

  /** Of each output by itself: that of the body times the norm of its row. */
  public double[] logits() {
    return logits.clone();
  }

  /** Of {@code f_a - f_b}: that of the body times the norm of the difference of the rows. */
  public double difference(int a, int b) {
    double[] row = new double[network.outputs()];
    row[a] = 1;
    row[b] = -1;
    return Math.min(of(row, Math.nextUp(Math.sqrt(2))), Outward.addUp(logits[a], logits[b]));
  }

  /** At least the constant of {@code row} times the outputs; {@code size} at least its norm. */
  private double of(double[] row, double size) {
    double throughAll = size == 1 ? whole() : Outward.mulUp(whole(), size);
    int body = network.body();
    if (body == network.nodes().size()
        || !(network.nodes().get(network.nodes().size() - 1).operation() instanceof Affine last)) {
      return throughAll;
    }
    // What is computed of the row's pull back is wrong by at most gamma times that of the sizes.
    double[] pulled = last.pullBack(row, false);
    double[] sizes = last.pullBack(row, true);
    double g = Outward.gamma(last.terms() + 16L);
    double error =
        Outward.addUp(
            Outward.mulUp(2 * g, Outward.norm(sizes)),
            Outward.mulUp((double) sizes.length * (last.terms() + 16L), Outward.TINY));
    double norm = Outward.addUp(Outward.norm(pulled), error);
    double throughBody = body() == 1 ? norm : Outward.mulUp(body(), norm);
    return Math.min(throughAll, throughBody);
  }
}
