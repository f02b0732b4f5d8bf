package org.glacis.runtime.certify;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.CarliniWagner;
import org.glacis.spec.MinimumNormAttackSpec;
import org.jspecify.annotations.Nullable;

/**
 * For each sample the nearest point (l2) in the range of the data that an attack finds and float64
 * decides wrongly, or for the target that an attack has. What is found is moved towards the sample
 * as far as it stays wrong. An attack that looks for the worst point of a set is given balls: first
 * of the radius that is asked about, then twice as large until it finds a point, then halfway
 * between the last that held none and the nearest find.
 */
final class NearestSearch {
  /** So often an attack of a set is given another ball. */
  private static final int BALLS = 8;

  /** Balls between two radii with this quotient are not tried. */
  private static final double CLOSE = 1.05;

  /** So often the way to a point is halved: a millionth of it is left. */
  private static final int HALVINGS = 20;

  /** What float32 calls wrong may lie a little this side of the boundary. */
  private static final double[] BEYOND = {1.0001, 1.001, 1.01, 1.05};

  private final AttackSpec attack;
  private final Cascade cascade;
  private final int[] open;
  private final Batch batch;
  private final AttackSearch.Corners range;
  private final int width;
  private final @Nullable Integer target;
  private final double[] points;
  private final double[] distances;

  /**
   * What was found.
   *
   * @param points samples × inputs; the sample itself where none was found
   * @param distances from the samples; infinite where none was found
   */
  record Nearest(double[] points, double[] distances) {}

  private NearestSearch(AttackSpec attack, Cascade cascade, int[] open) {
    this.attack = attack;
    this.cascade = cascade;
    this.open = open;
    batch = cascade.batch(open);
    range = AttackSearch.Corners.everywhere(batch, cascade.set().getRange());
    width = batch.inputs().length / open.length;
    target = attack instanceof CarliniWagner wagner ? wagner.getTarget() : null;
    points = batch.inputs().clone();
    distances = new double[open.length];
    Arrays.fill(distances, Double.POSITIVE_INFINITY);
  }

  /**
   * Looks for points near the samples {@code open}, which are decided rightly.
   *
   * @param radii the first ball of each that an attack of a set is given; above 0
   */
  static Nearest of(AttackSpec attack, Cascade cascade, int[] open, double[] radii) {
    NearestSearch search = new NearestSearch(attack, cascade, open);
    if (attack instanceof MinimumNormAttackSpec) {
      search.anywhere();
    } else {
      search.inBalls(radii);
    }
    search.shorten();
    return new Nearest(search.points, search.distances);
  }

  private void anywhere() {
    double[] found =
        AttackSearch.points(attack, cascade.fast(), cascade.seed(), open, batch, range, null);
    keep(found, all());
    double[] x = batch.inputs();
    for (double factor : BEYOND) {
      int[] right = IntStream.of(all()).filter(k -> Double.isInfinite(distances[k])).toArray();
      double[] further = new double[found.length];
      for (int i = 0; i < further.length; i++) {
        further[i] = x[i] + factor * (found[i] - x[i]);
      }
      keep(further, right);
    }
  }

  private void inBalls(double[] radii) {
    double[] none = new double[open.length];
    double[] balls = radii.clone();
    for (int round = 0; round < BALLS; round++) {
      int[] rest = IntStream.of(all()).filter(k -> distances[k] > CLOSE * none[k]).toArray();
      if (rest.length == 0) {
        return;
      }
      int[] chosen = IntStream.of(rest).map(k -> open[k]).toArray();
      Batch part = cascade.batch(chosen);
      double[] around = IntStream.of(rest).mapToDouble(k -> balls[k]).toArray();
      AttackSearch.Corners limits = AttackSearch.Corners.everywhere(part, cascade.set().getRange());
      double[] found =
          AttackSearch.points(attack, cascade.fast(), cascade.seed(), chosen, part, limits, around);
      limits.clip(found);
      AttackSearch.shrink(found, part, around);
      double[] spread = batch.inputs().clone();
      for (int i = 0; i < rest.length; i++) {
        System.arraycopy(found, i * width, spread, rest[i] * width, width);
      }
      keep(spread, rest);
      for (int k : rest) {
        if (distances[k] > balls[k]) {
          none[k] = balls[k];
        }
        balls[k] = Double.isInfinite(distances[k]) ? 2 * balls[k] : (none[k] + distances[k]) / 2;
      }
    }
  }

  /**
   * Keeps those of {@code candidates} that are wrong and nearer than what was found so far.
   *
   * @return whether it kept that of each sample
   */
  private boolean[] keep(double[] candidates, int[] which) {
    boolean[] kept = new boolean[open.length];
    if (which.length == 0) {
      return kept;
    }
    double[] x = batch.inputs();
    double[] inside = x.clone();
    for (int k : which) {
      for (int i = k * width; i < (k + 1) * width; i++) {
        double value = Double.isNaN(candidates[i]) ? x[i] : candidates[i];
        inside[i] = Math.min(Math.max(value, range.lower()[i]), range.upper()[i]);
      }
    }
    boolean[] wrong = wrong(inside);
    for (int k : which) {
      double distance = AttackSearch.distance(inside, x, k * width, width);
      if (wrong[k] && distance < distances[k]) {
        distances[k] = distance;
        System.arraycopy(inside, k * width, points, k * width, width);
        kept[k] = true;
      }
    }
    return kept;
  }

  /** Halves the way between the last right and the first wrong point, again and again. */
  private void shorten() {
    double[] x = batch.inputs();
    double[] far = points.clone();
    double[] right = new double[open.length];
    double[] wrong = new double[open.length];
    Arrays.fill(wrong, 1);
    int[] found = IntStream.of(all()).filter(k -> Double.isFinite(distances[k])).toArray();
    for (int round = 0; round < HALVINGS && found.length > 0; round++) {
      double[] middle = x.clone();
      for (int k : found) {
        double share = (right[k] + wrong[k]) / 2;
        for (int i = k * width; i < (k + 1) * width; i++) {
          middle[i] = x[i] + share * (far[i] - x[i]);
        }
      }
      boolean[] kept = keep(middle, found);
      for (int k : found) {
        double share = (right[k] + wrong[k]) / 2;
        if (kept[k]) {
          wrong[k] = share;
        } else {
          right[k] = share;
        }
      }
    }
  }

  private boolean[] wrong(double[] at) {
    double[] outputs = cascade.exact().predict(at, open.length);
    boolean[] wrong = new boolean[open.length];
    for (int k = 0; k < wrong.length; k++) {
      wrong[k] =
          AttackSearch.wrong(outputs, k, batch, cascade.outputs())
              && (target == null || target == Cascade.predicted(outputs, k, cascade.outputs()));
    }
    return wrong;
  }

  private int[] all() {
    return IntStream.range(0, open.length).toArray();
  }
}
