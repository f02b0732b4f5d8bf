package org.glacis.runtime.certify;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.glacis.spec.Attack;
import org.glacis.spec.DataRange;
import org.glacis.spec.InputException;
import org.glacis.spec.Linf;
import org.glacis.spec.Pgd;
import org.glacis.spec.Task;

/**
 * Looks for counterexamples in float32 and replays each in float64: it counts only where the point
 * lies in the exact set and the exact network decides it wrongly.
 */
final class AttackSearch {
  private AttackSearch() {}

  static void run(Attack step, Cascade cascade) {
    if (!(step.getAttack() instanceof Pgd pgd)) {
      throw new InputException("no search for the attack " + step.getAttack() + "; take pgd()");
    }
    if (!(cascade.set() instanceof Linf)) {
      throw new InputException(
          "no search in "
              + cascade.set()
              + ": pgd() searches boxes, and a point of the box around the set need not lie in it; take certify(linf(..))");
    }
    if (cascade.task() == Task.CLASSIFICATION) {
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
      if (Cascade.predicted(outputs, k, cascade.outputs()) != batch.labels()[k]) {
        cascade.falsified(open[k], "pgd");
      }
    }
  }

  /** The corners of the exact boxes. */
  record Corners(double[] lower, double[] upper) {
    static Corners of(
        Batch batch, double[] radius, @org.jspecify.annotations.Nullable DataRange range) {
      double[] x = batch.inputs();
      double[] lower = new double[x.length];
      double[] upper = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        double r = radius[i % radius.length];
        lower[i] = range == null ? x[i] - r : Math.min(x[i], Math.max(x[i] - r, range.getLeast()));
        upper[i] = range == null ? x[i] + r : Math.max(x[i], Math.min(x[i] + r, range.getMost()));
      }
      return new Corners(lower, upper);
    }

    void clip(double[] points) {
      for (int i = 0; i < points.length; i++) {
        points[i] = Math.min(Math.max(points[i], lower[i]), upper[i]);
      }
    }
  }

  /** The point of the largest loss that was seen for each sample, misclassified ones first. */
  static double[] worstPoints(Pgd pgd, Cascade cascade, int[] open, Batch batch, Corners box) {
    int width = batch.inputs().length / batch.count();
    double[] worst = batch.inputs().clone();
    double[] best = new double[batch.count()];
    boolean[] fooled = new boolean[batch.count()];
    Arrays.fill(best, Double.NEGATIVE_INFINITY);
    for (int restart = 0; restart < pgd.getRestarts(); restart++) {
      double[] points = starts(cascade.seed(), restart, open, box, width);
      for (int s = 0; s <= pgd.getSteps(); s++) {
        var values =
            cascade.fast().attackStep(batch, points, box.lower(), box.upper(), pgd.getStepSize());
        boolean all = true;
        for (int k = 0; k < batch.count(); k++) {
          boolean wrong =
              cascade.task() == Task.CLASSIFICATION
                  && Cascade.predicted(values.output(), k, cascade.outputs()) != batch.labels()[k];
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
