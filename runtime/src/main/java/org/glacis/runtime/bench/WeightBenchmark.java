package org.glacis.runtime.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.glacis.evidence.holistic.EventOrder;
import org.glacis.evidence.holistic.HolisticRisk;

/** Times the weights of holistic robust learning on the host, in both orders of events. */
public final class WeightBenchmark {
  private static final double ALPHA = 0.25;
  private static final double R = 0.1;

  /** Batches of losses, in turn. */
  private static final int BATCHES = 200;

  private WeightBenchmark() {}

  /**
   * Milliseconds a batch of exponentially distributed losses, by order.
   *
   * @param batch losses a batch
   * @param warmup batches that do not count, of each order
   * @param steps measured batches, of each order
   */
  public static Map<String, Object> run(int batch, int warmup, int steps) {
    double[][] losses = new double[BATCHES][batch];
    Random random = new Random(1);
    for (double[] some : losses) {
      Arrays.setAll(some, i -> -Math.log(1 - random.nextDouble()));
    }
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("batch", batch);
    figures.put("alpha", ALPHA);
    figures.put("r", R);
    figures.put("steps", steps);
    figures.put("warmup", warmup);
    for (EventOrder order : EventOrder.values()) {
      HolisticRisk risk = new HolisticRisk(ALPHA, R, order, OptionalDouble.empty());
      double[] millis = new double[steps];
      for (int k = -warmup; k < steps; k++) {
        double[] some = losses[Math.floorMod(k, BATCHES)];
        long began = System.nanoTime();
        risk.of(some);
        if (k >= 0) {
          millis[k] = (System.nanoTime() - began) / 1e6;
        }
      }
      Arrays.sort(millis);
      Map<String, Object> of = new LinkedHashMap<>();
      of.put("millisMedian", millis[(steps - 1) / 2]);
      of.put("millisP90", millis[(int) Math.ceil(0.9 * steps) - 1]);
      figures.put(order.toString(), of);
    }
    return figures;
  }
}
