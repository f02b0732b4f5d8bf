package org.glacis.runtime.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.glacis.runtime.graph.Weights;
import org.glacis.spec.GlacisException;

/**
 * The mean of the weights at several steps (stochastic weight averaging, Izmailov et al. 2018). It
 * is part of the state of a run.
 *
 * @param mean without arrays while there is nothing in it
 * @param count how many steps are in it
 */
public record WeightAverage(Weights mean, int count) {
  /** Of no steps. */
  public static final WeightAverage NONE = new WeightAverage(new Weights(Map.of()), 0);

  /** The mean with one more step in it. */
  WeightAverage with(Weights next) {
    if (count == 0) {
      return new WeightAverage(next, 1);
    }
    Map<String, Weights.Entry> entries = new LinkedHashMap<>();
    next.entries()
        .forEach(
            (path, entry) ->
                entries.put(
                    path,
                    new Weights.Entry(
                        entry.shape(), moved(mean.get(path).values(), entry.values()))));
    return new WeightAverage(new Weights(entries), count + 1);
  }

  private float[] moved(float[] from, float[] to) {
    if (from.length != to.length) {
      throw new GlacisException("the weights changed their shape while they were averaged");
    }
    float[] moved = new float[from.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = (float) (from[i] + ((double) to[i] - from[i]) / (count + 1));
    }
    return moved;
  }
}
