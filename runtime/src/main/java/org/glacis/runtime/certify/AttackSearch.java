package org.glacis.runtime.certify;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.glacis.runtime.attack.AttackLowerings;
import org.glacis.runtime.data.Samples;
import org.glacis.spec.Attack;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.CarliniWagner;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.DataRange;
import org.glacis.spec.Faults;
import org.glacis.spec.L2;
import org.glacis.spec.MinimumNormAttackSpec;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/**
 * Looks for counterexamples in float32 and replays each in float64: it counts only where the point
 * lies in the exact set, and the outputs there are finite and decide it wrongly.
 */
final class AttackSearch implements CascadeStep<Attack> {
  @Override
  public void check(
      Attack step, CertificationSpec spec, ModelSpec model, Task task, Faults faults) {
    check(step.getAttack(), model, faults.at("attack"));
    if (task != Task.CLASSIFICATION) {
      faults.add("searches for wrong decisions, and " + task + " has none", "leave the attack out");
    }
  }

  /** Adds a fault where {@code attack} cannot look for wrong decisions of {@code model}. */
  static void check(AttackSpec attack, ModelSpec model, Faults faults) {
    AttackLowerings.check(attack, faults);
    Integer target = attack instanceof CarliniWagner wagner ? wagner.getTarget() : null;
    int classes = model.getOutput().getSize();
    if (target != null && target >= classes) {
      faults.add(
          "target",
          "is " + target + " but the network has " + classes + " classes",
          "give 0 to " + (classes - 1));
    }
  }

  @Override
  public void run(Attack step, Cascade cascade) {
    cascade.undecided().forEach(open -> search(step.getAttack(), cascade, open));
  }

  private static void search(AttackSpec attack, Cascade cascade, int[] open) {
    Batch batch = cascade.batch(open);
    Corners box =
        Corners.of(
            batch, cascade.exact().radius(cascade.set().getEpsilon()), cascade.set().getRange());
    double[] worst = worstPoints(attack, cascade, open, batch, box);
    project(worst, batch, box, cascade.set());
    double[] outputs = cascade.exact().predict(worst, batch.count());
    for (int k = 0; k < open.length; k++) {
      if (wrong(outputs, k, batch, cascade.outputs())) {
        cascade.falsified(open[k], name(attack));
      }
    }
  }

  /**
   * The share of the samples {@code chosen} that {@code network} decides rightly at the worst point
   * that is found in the box of {@code set}. Nothing is replayed in float64: for watching a
   * training, not for a certificate.
   */
  static double withstanding(
      AttackSpec attack,
      NetworkGraph<?> network,
      Samples samples,
      int[] chosen,
      PerturbationSet set,
      long seed,
      int outputs) {
    int withstood = 0;
    for (int from = 0; from < chosen.length; from += Cascade.BATCH) {
      int[] open = Arrays.copyOfRange(chosen, from, Math.min(from + Cascade.BATCH, chosen.length));
      Batch batch = Batch.of(samples, open, outputs);
      Corners box = Corners.of(batch, network.radius(set.getEpsilon()), set.getRange());
      double[] worst = worstPoints(attack, network, set, seed, open, batch, box);
      double[] predicted = network.predict(worst, open.length);
      for (int k = 0; k < open.length; k++) {
        if (Cascade.predicted(predicted, k, outputs) == batch.labels()[k]) {
          withstood++;
        }
      }
    }
    return (double) withstood / chosen.length;
  }

  /** Whether finite outputs decide sample {@code k} wrongly; an overflow decides nothing. */
  static boolean wrong(double[] outputs, int k, Batch batch, int width) {
    return Arrays.stream(outputs, k * width, (k + 1) * width).allMatch(Double::isFinite)
        && Cascade.predicted(outputs, k, width) != batch.labels()[k];
  }

  /**
   * The extreme points of the exact boxes: the outermost numbers that do not lie outside {@code x ±
   * r} by a rounding error.
   */
  record Corners(double[] lower, double[] upper) {
    static Corners of(Batch batch, double[] radius, @Nullable DataRange range) {
      double[] x = batch.inputs();
      double[] lower = new double[x.length];
      double[] upper = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        double r = radius[i % radius.length];
        lower[i] = -highest(-x[i], r);
        upper[i] = highest(x[i], r);
        if (range != null) {
          lower[i] = Math.min(x[i], Math.max(lower[i], range.getLeast()));
          upper[i] = Math.max(x[i], Math.min(upper[i], range.getMost()));
        }
      }
      return new Corners(lower, upper);
    }

    /** The range of the data: it has every point that data can be. */
    static Corners everywhere(Batch batch, @Nullable DataRange range) {
      double[] lower = new double[batch.inputs().length];
      double[] upper = new double[lower.length];
      Arrays.fill(lower, range == null ? Double.NEGATIVE_INFINITY : range.getLeast());
      Arrays.fill(upper, range == null ? Double.POSITIVE_INFINITY : range.getMost());
      return new Corners(lower, upper);
    }

    /** The largest number that is not above the exact {@code x + r}. */
    private static double highest(double x, double r) {
      double sum = x + r;
      if (Double.isInfinite(sum)) {
        return Double.MAX_VALUE;
      }
      // What the sum lost, without an error of its own (Knuth's two-sum).
      double of = sum - x;
      double lost = (x - (sum - of)) + (r - of);
      return lost < 0 ? Math.nextDown(sum) : sum;
    }

    /** Moves points into the boxes; a coordinate that is no number goes to the lower corner. */
    void clip(double[] points) {
      for (int i = 0; i < points.length; i++) {
        points[i] =
            Double.isNaN(points[i]) ? lower[i] : Math.min(Math.max(points[i], lower[i]), upper[i]);
      }
    }
  }

  /** Moves points into the exact set around the inputs of {@code batch}. */
  static void project(double[] points, Batch batch, Corners box, PerturbationSet set) {
    box.clip(points);
    if (set instanceof L2) {
      shrink(points, batch, radii(set, batch.count()));
    }
  }

  private static double[] radii(PerturbationSet set, int count) {
    double[] radii = new double[count];
    Arrays.fill(radii, set.getEpsilon().getLargest());
    return radii;
  }

  /** Moves points into the exact balls; one that rounding keeps outside goes to the input. */
  static void shrink(double[] points, Batch batch, double[] radii) {
    double[] x = batch.inputs();
    int width = x.length / batch.count();
    for (int from = 0; from < x.length; from += width) {
      double radius = radii[from / width];
      double inside = radius * (1 - 1e-9);
      double far = distance(points, x, from, width);
      double share = far > inside ? inside / far : 1;
      for (int i = from; i < from + width; i++) {
        points[i] = share == 1 ? points[i] : x[i] + share * (points[i] - x[i]);
      }
      if (!isWithin(distance(points, x, from, width), width, radius)) {
        System.arraycopy(x, from, points, from, width);
      }
    }
  }

  /** Whether a {@link #distance} in {@code width} numbers is at most {@code radius} for certain. */
  static boolean isWithin(double distance, int width, double radius) {
    // A sum of squares is wrong by less than one unit of rounding a term, twice.
    return distance * (1 + 4e-16 * (width + 8)) <= radius;
  }

  static double distance(double[] a, double[] b, int from, int width) {
    double sum = 0;
    for (int i = from; i < from + width; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** The point that is decided most wrongly of those that were seen, for each sample. */
  static double[] worstPoints(
      AttackSpec attack, Cascade cascade, int[] open, Batch batch, Corners box) {
    return worstPoints(attack, cascade.fast(), cascade.set(), cascade.seed(), open, batch, box);
  }

  private static double[] worstPoints(
      AttackSpec attack,
      NetworkGraph<?> network,
      PerturbationSet set,
      long seed,
      int[] open,
      Batch batch,
      Corners box) {
    if (attack instanceof MinimumNormAttackSpec) {
      return points(
          attack, network, seed, open, batch, Corners.everywhere(batch, set.getRange()), null);
    }
    double[] balls = set instanceof L2 ? radii(set, open.length) : null;
    return points(attack, network, seed, open, batch, box, balls);
  }

  /** The points that {@code attack} finds in boxes, or in balls in them. */
  static double[] points(
      AttackSpec attack,
      NetworkGraph<?> network,
      long seed,
      int[] open,
      Batch batch,
      Corners box,
      double @Nullable [] balls) {
    long[] keys = new long[open.length];
    for (int k = 0; k < keys.length; k++) {
      keys[k] = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + open[k]).nextLong();
    }
    return network.attack(attack, batch, box.lower(), box.upper(), balls, keys);
  }

  /** What certificates call it. */
  static String name(AttackSpec attack) {
    String name = attack.getClass().getSimpleName();
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }
}
