package org.glacis.runtime.certify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.dsl.Attacks;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.program.Program;
import org.glacis.spec.Linf;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Pgd;
import org.tensorflow.types.family.TFloating;

/**
 * How a network carries boxes from layer to layer, at some samples.
 *
 * @param figures by name, shares in [0, 1]. {@code deadRelus}: neurons before a ReLU whose upper
 *     bound is at most 0 for every sample; {@code unstableRelus}, {@code activeRelus}: neurons with
 *     {@code l < 0 < u}, with {@code l >= 0}, the mean over samples; none of the three without
 *     ReLUs. {@code propagationTightness}: the radius of the optimal box over that of the
 *     layer-wise one, both of the network that is linear as this one is at the sample (Mao et al.,
 *     ICLR 2024, Understanding Certified Training with Interval Bound Propagation, local
 *     tightness), the mean over samples, one output each in turn; absent with max pooling, and
 *     where no layer-wise box has a width
 * @param layers the shares of each ReLU
 */
public record Diagnostics(Map<String, Double> figures, List<Relus> layers) {
  /** The attack of {@link #attackAccuracy}: short, since it runs after every epoch. */
  private static final Pgd ATTACK = Attacks.pgd(4, 0.5);

  /**
   * One ReLU.
   *
   * @param layer its place in the declaration: {@code model.layers[3]}
   * @param neurons how many numbers it takes
   */
  public record Relus(String layer, int neurons, double dead, double unstable, double active) {
    /** As fields of an object. */
    public Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("layer", layer);
      fields.put("neurons", neurons);
      fields.put("dead", dead);
      fields.put("unstable", unstable);
      fields.put("active", active);
      return fields;
    }
  }

  /** Measures {@code network} at {@code samples} over the boxes of {@code set}, clipped. */
  public static <T extends TFloating> Diagnostics of(
      NetworkGraph<T> network, Samples samples, PerturbationSet set) {
    double[] radius = network.radius(set.getEpsilon());
    int outputs = network.outputs();
    List<String> paths = new ArrayList<>();
    List<boolean[]> alive = new ArrayList<>();
    double[] unstable = new double[0];
    double[] active = new double[0];
    double ratios = 0;
    int ratioCount = 0;
    for (int from = 0; from < samples.size(); from += Cascade.BATCH) {
      Batch batch =
          Batch.of(samples, from, Math.min(from + Cascade.BATCH, samples.size()), outputs);
      Probe.Values found = network.probe(batch, radius, inTurn(from, batch.count(), outputs));
      if (from == 0) {
        paths.addAll(found.layers());
        alive.addAll(found.alive());
        unstable = new double[paths.size()];
        active = new double[paths.size()];
      }
      for (int i = 0; i < paths.size(); i++) {
        double weight = (double) batch.count() / samples.size();
        unstable[i] += weight * found.unstable()[i];
        active[i] += weight * found.active()[i];
        or(alive.get(i), found.alive().get(i));
      }
      for (double ratio : found.tightness()) {
        if (Double.isFinite(ratio)) {
          ratios += ratio;
          ratioCount++;
        }
      }
    }
    List<Relus> layers = new ArrayList<>();
    for (int i = 0; i < paths.size(); i++) {
      layers.add(
          new Relus(
              Program.inDeclaration(paths.get(i)),
              alive.get(i).length,
              dead(alive.get(i)),
              unstable[i],
              active[i]));
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    if (!layers.isEmpty()) {
      figures.put("deadRelus", mean(layers, Relus::dead));
      figures.put("unstableRelus", mean(layers, Relus::unstable));
      figures.put("activeRelus", mean(layers, Relus::active));
    }
    if (ratioCount > 0) {
      figures.put("propagationTightness", ratios / ratioCount);
    }
    return new Diagnostics(figures, List.copyOf(layers));
  }

  /**
   * Accuracy under a short attack (4 steps of half the radius, one random start), between certified
   * and clean accuracy: certified samples withstand it, wrong ones do not, and of the others at
   * most {@code most}, evenly chosen, are attacked and stand for all. NaN for sets that are no
   * boxes.
   *
   * @param at what is known of {@code samples}
   */
  public static double attackAccuracy(
      NetworkGraph<?> network,
      Samples samples,
      Evaluation at,
      PerturbationSet set,
      long seed,
      int most) {
    if (!(set instanceof Linf)) {
      return Double.NaN;
    }
    int open = at.undecided().length;
    if (open == 0) {
      return at.get("ibp");
    }
    int[] chosen = new int[Math.min(most, open)];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = at.undecided()[(int) ((long) i * open / chosen.length)];
    }
    double withstood =
        AttackSearch.withstanding(ATTACK, network, samples, chosen, set, seed, network.outputs());
    return at.get("ibp") + withstood * open / samples.size();
  }

  /**
   * One output for each sample, as a one-hot row: all in turn, and from another one in the next
   * round, so that data whose classes come in turn have no part in it.
   */
  private static double[] inTurn(int first, int count, int outputs) {
    double[] rows = new double[count * outputs];
    for (int k = 0; k < count; k++) {
      int i = first + k;
      rows[k * outputs + (i + i / outputs) % outputs] = 1;
    }
    return rows;
  }

  private static void or(boolean[] into, boolean[] more) {
    for (int i = 0; i < into.length; i++) {
      into[i] |= more[i];
    }
  }

  private static double dead(boolean[] alive) {
    int count = 0;
    for (boolean each : alive) {
      count += each ? 0 : 1;
    }
    return (double) count / alive.length;
  }

  /** The mean over all neurons. */
  private static double mean(List<Relus> layers, java.util.function.ToDoubleFunction<Relus> share) {
    double sum = layers.stream().mapToDouble(l -> share.applyAsDouble(l) * l.neurons()).sum();
    return sum / layers.stream().mapToInt(Relus::neurons).sum();
  }

  /** The value below which a share of {@code values} lies, as a rank; NaN without values. */
  public static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }
}
