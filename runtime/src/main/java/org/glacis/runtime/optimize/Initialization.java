package org.glacis.runtime.optimize;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.lower.WeightSpec;
import org.glacis.runtime.lower.WeightSpec.Role;
import org.glacis.spec.BiasInitializer;
import org.glacis.spec.InitializationSpec;
import org.glacis.spec.Initializer;

/** Draws the first weights of a network: a function of the declaration and the seed alone. */
public final class Initialization {
  private Initialization() {}

  /**
   * One array a weight, from random numbers that depend on {@code seed} and on the weight's path.
   */
  public static Weights draw(InitializationSpec spec, List<WeightSpec> weights, long seed) {
    return draw(spec, weights, Map.of(), seed);
  }

  /**
   * One array a weight, from random numbers that depend on {@code seed} and on the weight's path.
   *
   * @param overlaps what norms of kernels are multiplied by for those of their layers, by path; 1
   *     where it is not there
   */
  public static Weights draw(
      InitializationSpec spec, List<WeightSpec> weights, Map<String, Double> overlaps, long seed) {
    String last =
        weights.stream()
            .filter(w -> w.role() == Role.KERNEL)
            .reduce((a, b) -> b)
            .map(WeightSpec::path)
            .orElse("");
    Map<String, Weights.Entry> entries = new LinkedHashMap<>();
    for (WeightSpec weight : weights) {
      SplittableRandom random =
          new SplittableRandom(seed * 0x9E3779B97F4A7C15L + weight.path().hashCode());
      float[] values = new float[weight.size()];
      switch (weight.role()) {
        case KERNEL -> {
          Initializer lastLaw = spec.getLastLayer();
          boolean own = weight.path().equals(last) && lastLaw != null;
          Initializer law = own && lastLaw != null ? lastLaw : spec.getWeights();
          fill(law, weight, random, values);
          if (law == Initializer.SPECTRAL) {
            double overlap = overlaps.getOrDefault(weight.path(), 1.0);
            for (int i = 0; i < values.length; i++) {
              values[i] /= (float) overlap;
            }
          }
        }
        case ORTHOGONAL -> orthogonal(weight, random, values);
        case POWER_VECTOR -> normal(1, random, values);
        case BIAS -> {
          if (spec.getBiases() == BiasInitializer.FAN_IN_UNIFORM) {
            fill(Initializer.FAN_IN_UNIFORM, weight, random, values);
          }
        }
        case SCALE, RUNNING_VARIANCE -> Arrays.fill(values, 1);
        case ANGLE -> Arrays.fill(values, (float) (Math.PI / 2));
        case SLOPE -> Arrays.fill(values, 0.25f);
        case SHIFT, MIX, RUNNING_MEAN -> {} // 0
      }
      entries.put(weight.path(), new Weights.Entry(weight.shape(), values));
    }
    return new Weights(entries);
  }

  private static void fill(
      Initializer law, WeightSpec weight, SplittableRandom random, float[] values) {
    double in = weight.fanIn();
    switch (law) {
      case FAN_IN_UNIFORM -> uniform(1 / Math.sqrt(in), random, values);
      case GLOROT_UNIFORM -> uniform(Math.sqrt(6 / (in + weight.fanOut())), random, values);
      case HE_NORMAL -> normal(Math.sqrt(2 / in), random, values);
      case ORTHOGONAL, SPECTRAL -> orthogonal(weight, random, values);
      case IBP -> normal(Math.sqrt(2 * Math.PI) / in / (weight.afterSum() ? 2 : 1), random, values);
    }
  }

  /**
   * The rows or the columns, whichever are shorter, of a matrix of inputs × units, or of that of
   * each group of units: an orthonormal set.
   */
  private static void orthogonal(WeightSpec weight, SplittableRandom random, float[] values) {
    int all = weight.shape()[weight.shape().length - 1];
    int units = all / weight.groups();
    int inputs = values.length / all;
    boolean tall = inputs >= units;
    for (int first = 0; first < all; first += units) {
      double[][] set = orthonormal(tall ? units : inputs, tall ? inputs : units, random);
      for (int i = 0; i < set.length; i++) {
        for (int j = 0; j < set[i].length; j++) {
          values[tall ? j * all + first + i : i * all + first + j] = (float) set[i][j];
        }
      }
    }
  }

  /** Normal vectors, made orthonormal by Gram and Schmidt, twice for its rounding errors. */
  private static double[][] orthonormal(int count, int length, SplittableRandom random) {
    double[][] set = new double[count][length];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < length; j++) {
        set[i][j] = random.nextGaussian();
      }
      for (int again = 0; again < 2; again++) {
        for (int k = 0; k < i; k++) {
          double along = product(set[i], set[k]);
          for (int j = 0; j < length; j++) {
            set[i][j] -= along * set[k][j];
          }
        }
        double size = Math.sqrt(product(set[i], set[i]));
        for (int j = 0; j < length; j++) {
          set[i][j] /= size;
        }
      }
    }
    return set;
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void uniform(double limit, SplittableRandom random, float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (limit * (2 * random.nextDouble() - 1));
    }
  }

  private static void normal(double deviation, SplittableRandom random, float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
  }
}
