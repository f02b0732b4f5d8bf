package org.glacis.evidence.network;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.glacis.evidence.rounding.Outward;
import org.jspecify.annotations.Nullable;

/**
 * Lower bounds of linear functionals of the outputs over one box (Zhang et al. 2018, with the boxes
 * of {@link Network#boxes}: CROWN-IBP).
 *
 * <p>The functional is pulled back value by value. At every moment it is at least {@code sum_k A_k
 * x_k + c} over the values {@code k} that are still open, whose boxes are known. Where two branches
 * meet, the coefficients {@code A_k} are added, wrong by a unit of rounding each, which costs that
 * times the size of {@code x_k}. At the value where it ends, {@code A x} is at least the sum of the
 * products with the corners that are worst.
 */
public final class LinearBounds {
  private final Network network;
  private final List<Box> boxes;
  private final @Nullable Relaxation[] relaxed;

  /** Bounds over the box that {@code boxes} were made for. */
  public LinearBounds(Network network, List<Box> boxes) {
    this.network = network;
    this.boxes = boxes;
    relaxed = new @Nullable Relaxation[boxes.size()];
  }

  /** The path of the first layer without linear bounds; null if all have some. */
  public static @Nullable String missing(Network network) {
    for (Node node : network.nodes()) {
      Operation operation = node.operation();
      if (operation != null && !operation.isRelaxed()) {
        return node.path();
      }
    }
    return null;
  }

  /**
   * The least that {@code f_label - f_j} can be over the box, for every other {@code j}: from the
   * boxes of the outputs.
   */
  public double boxMargin(int label) {
    Box outputs = boxes.get(boxes.size() - 1);
    double least = Double.POSITIVE_INFINITY;
    for (int j = 0; j < outputs.size(); j++) {
      if (j != label) {
        least = Math.min(least, Outward.subDown(outputs.lower()[label], outputs.upper()[j]));
      }
    }
    return least;
  }

  /** The same with the last operation, where it is affine, merged into the difference. */
  public double mergedMargin(int label) {
    double least = Double.POSITIVE_INFINITY;
    for (int j = 0; j < network.outputs(); j++) {
      if (j != label) {
        least = Math.min(least, difference(label, j, network.body()));
      }
    }
    return least;
  }

  /** The same with linear bounds of the whole network. */
  public double linearMargin(int label) {
    double least = Double.POSITIVE_INFINITY;
    for (int j = 0; j < network.outputs(); j++) {
      if (j != label) {
        least = Math.min(least, difference(label, j, 0));
      }
    }
    return least;
  }

  /** The least that {@code f_label - f_j} can be with the last operation merged. */
  public double mergedDifference(int label, int j) {
    return difference(label, j, network.body());
  }

  private double difference(int label, int j, int end) {
    double[] functional = new double[network.outputs()];
    functional[label] = 1;
    functional[j] = -1;
    double bound = lower(functional, end);
    return Double.isNaN(bound) ? Double.NEGATIVE_INFINITY : bound;
  }

  /** A lower bound of {@code functional} of the outputs, pulled back to the value {@code end}. */
  private double lower(double[] functional, int end) {
    Map<Integer, double[]> open = new TreeMap<>();
    Floor floor = new Floor();
    open.put(network.nodes().size(), functional);
    for (int value = network.nodes().size(); value > end; value--) {
      double[] here = open.remove(value);
      if (here == null) {
        continue;
      }
      Node node = network.nodes().get(value - 1);
      if (node.isSum()) {
        add(open, node.input(), here, floor);
        add(open, node.other(), here, floor);
      } else {
        add(open, node.input(), relaxation(value, node).pullBack(here, floor), floor);
      }
    }
    for (Map.Entry<Integer, double[]> entry : open.entrySet()) {
      least(entry.getValue(), boxes.get(entry.getKey()), floor);
    }
    return floor.sum();
  }

  private Relaxation relaxation(int value, Node node) {
    Relaxation known = relaxed[value];
    if (known == null) {
      Operation operation = node.operation();
      known = operation == null ? null : operation.relaxed(boxes.get(node.input()));
      if (known == null) {
        throw new IllegalStateException(node.path() + " has no linear bounds");
      }
      relaxed[value] = known;
    }
    return known;
  }

  private void add(Map<Integer, double[]> open, int value, double[] more, Floor floor) {
    double[] before = open.get(value);
    if (before == null) {
      open.put(value, more);
      return;
    }
    double[] sum = new double[more.length];
    double[] sizes = boxes.get(value).sizes();
    double size = 0;
    for (int i = 0; i < sum.length; i++) {
      sum[i] = before[i] + more[i];
      size += Math.abs(sum[i]) * sizes[i];
    }
    floor.lose(Outward.mulUp(2 * Outward.UNIT, Outward.sumUp(size, sum.length + 1L)));
    open.put(value, sum);
  }

  private static void least(double[] coefficients, Box box, Floor floor) {
    double sum = 0;
    double size = 0;
    for (int i = 0; i < coefficients.length; i++) {
      double product = coefficients[i] * (coefficients[i] > 0 ? box.lower()[i] : box.upper()[i]);
      sum += product;
      size += Math.abs(product);
    }
    long n = coefficients.length + 2L;
    floor.add(sum);
    floor.lose(
        Outward.addUp(
            Outward.mulUp(Outward.gamma(n), Outward.sumUp(size, n)),
            Outward.mulUp((double) n, Outward.TINY)));
  }
}
