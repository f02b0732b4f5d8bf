package org.glacis.evidence.network;

import java.util.List;
import org.glacis.evidence.rounding.Outward;

/**
 * Lipschitz constants of a network from l2 to l2, each at least the exact one: products along a
 * sequence, sums where branches meet.
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
    double[] values = new double[nodes.size() + 1];
    values[0] = 1;
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      Operation operation = node.operation();
      double before = values[node.input()];
      if (operation == null) {
        values[i + 1] = Outward.addUp(before, values[node.other()]);
      } else {
        double own = operation.lipschitz();
        values[i + 1] = own == 1 ? before : before == 1 ? own : Outward.mulUp(before, own);
      }
    }
    return new LipschitzConstants(network, values);
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
