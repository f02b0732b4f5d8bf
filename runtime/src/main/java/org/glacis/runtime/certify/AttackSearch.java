package org.glacis.runtime.certify;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.glacis.runtime.data.Samples;
import org.glacis.spec.Attack;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.DataRange;
import org.glacis.spec.Faults;
import org.glacis.spec.Linf;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Pgd;
import org.glacis.spec.Task;

/**
 * Looks for counterexamples in float32 and replays each in float64: it counts only where the point
 * lies in the exact set, and the outputs there are finite and decide it wrongly.
 */
final class AttackSearch implements CascadeStep<Attack> {
  @Override
  public void check(
      Attack step, CertificationSpec spec, ModelSpec model, Task task, Faults faults) {
    if (!(step.getAttack() instanceof Pgd)) {
      faults.add(
          "attack", "is " + step.getAttack() + ", which has no implementation", "take pgd()");
    }
    if (!(spec.getPerturbation() instanceof Linf)) {
      faults.add(
          "searches boxes, and a point of the box around "
              + spec.getPerturbation()
              + " need not lie in it",
          "take certify(linf(..))");
    }
    if (task != Task.CLASSIFICATION) {
      faults.add("searches for wrong decisions, and " + task + " has none", "leave the attack out");
    }
  }

  @Override
  public void run(Attack step, Cascade cascade) {
    if (step.getAttack() instanceof Pgd pgd) {
      cascade.undecided().forEach(open -> search(pgd, cascade, open));
    }
  }

  private static void search(Pgd pgd, Cascade cascade, int[] open) {
    Batch batch = cascade.batch(open);
    Corners box =
        Corners.of(
            batch, cascade.exact().radius(cascade.set().getEpsilon()), cascade.set().getRange());
    double[] worst = worstPoints(pgd, cascade, open, batch, box);
    box.clip(worst);
    double[] outputs = cascade.exact().predict(worst, batch.count());
    for (int k = 0; k < open.length; k++) {
      if (wrong(outputs, k, batch, cascade.outputs())) {
        cascade.falsified(open[k], "pgd");
      }
    }
  }

  /**
   * The share of the samples {@code chosen} that {@code network} decides rightly at the worst point
   * that is found in the box of {@code set}. Nothing is replayed in float64: for watching a
   * training, not for a certificate.
   */
  static double withstanding(
      Pgd pgd,
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
      double[] worst = worstPoints(pgd, network, seed, outputs, open, batch, box);
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
  private static boolean wrong(double[] outputs, int k, Batch batch, int width) {
    return Arrays.stream(outputs, k * width, (k + 1) * width).allMatch(Double::isFinite)
        && Cascade.predicted(outputs, k, width) != batch.labels()[k];
  }

  /**
   * The extreme points of the exact boxes: the outermost numbers that do not lie outside {@code x ±
   * r} by a rounding error.
   */
  record Corners(double[] lower, double[] upper) {
    static Corners of(
        Batch batch, double[] radius, @org.jspecify.annotations.Nullable DataRange range) {
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

  /** The point of the largest loss that was seen for each sample, misclassified ones first. */
  static double[] worstPoints(Pgd pgd, Cascade cascade, int[] open, Batch batch, Corners box) {
    return worstPoints(pgd, cascade.fast(), cascade.seed(), cascade.outputs(), open, batch, box);
  }

  private static double[] worstPoints(
      Pgd pgd,
      NetworkGraph<?> network,
      long seed,
      int outputs,
      int[] open,
      Batch batch,
      Corners box) {
    int width = batch.inputs().length / batch.count();
    double[] worst = batch.inputs().clone();
    double[] best = new double[batch.count()];
    boolean[] fooled = new boolean[batch.count()];
    Arrays.fill(best, Double.NEGATIVE_INFINITY);
    for (int restart = 0; restart < pgd.getRestarts(); restart++) {
      double[] points = starts(seed, restart, open, box, width);
      for (int s = 0; s <= pgd.getSteps(); s++) {
        var values = network.attackStep(batch, points, box.lower(), box.upper(), pgd.getStepSize());
        boolean all = true;
        for (int k = 0; k < batch.count(); k++) {
          boolean wrong = wrong(values.output(), k, batch, outputs);
          if ((wrong && !fooled[k]) || (wrong == fooled[k] && values.loss()[k] > best[k])) {
            fooled[k] = wrong;
            best[k] = values.loss()[k];
            System.arraycopy(points, k * width, worst, k * width, width);
          }
          all &= fooled[k];
        }
        if (all) {
          return worst;
        }
        points = values.next();
      }
    }
    return worst;
  }

  /**
   * Uniform points of the boxes; a function of seed, restart and sample alone, whatever the batch.
   */
  private static double[] starts(long seed, int restart, int[] open, Corners box, int width) {
    double[] points = new double[open.length * width];
    for (int k = 0; k < open.length; k++) {
      SplittableRandom random =
          new SplittableRandom((seed * 31 + restart) * 0x9E3779B97F4A7C15L + open[k]);
      for (int j = 0; j < width; j++) {
        int i = k * width + j;
        points[i] = box.lower()[i] + (box.upper()[i] - box.lower()[i]) * random.nextDouble();
      }
    }
    return points;
  }
}
