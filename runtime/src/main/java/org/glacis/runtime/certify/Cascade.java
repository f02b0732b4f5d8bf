package org.glacis.runtime.certify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.glacis.runtime.bound.LipschitzPass;
import org.glacis.runtime.data.Samples;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/** The state of one certification: what is known of each sample so far, and the networks to ask. */
public final class Cascade {
  /** Samples that are bounded or attacked at once. */
  static final int BATCH = 500;

  /** Follows the name of a method whose bounds are not finite. */
  static final String OVERFLOW = ": overflow";

  private final Samples samples;
  private final PerturbationSet set;
  private final Task task;
  private final int outputs;
  private final long seed;
  private final NetworkGraph<TFloat64> exact;
  private final NetworkGraph<TFloat32> fast;
  private final double[] predictions;
  private final Certificate[] rows;
  private final @Nullable TargetedRadii[] targeted;
  private LipschitzPass.@Nullable Constants lipschitz;
  private final Map<String, Object> constants = new LinkedHashMap<>();

  Cascade(
      Samples samples,
      PerturbationSet set,
      Task task,
      int outputs,
      long seed,
      NetworkGraph<TFloat64> exact,
      NetworkGraph<TFloat32> fast) {
    this.samples = samples;
    this.set = set;
    this.task = task;
    this.outputs = outputs;
    this.seed = seed;
    this.exact = exact;
    this.fast = fast;
    predictions = new double[samples.size() * outputs];
    rows = new Certificate[samples.size()];
    targeted = new TargetedRadii[samples.size()];
    for (int from = 0; from < samples.size(); from += BATCH) {
      int to = Math.min(from + BATCH, samples.size());
      Batch batch = Batch.of(samples, from, to, outputs);
      double[] out = exact.predict(batch.inputs(), batch.count());
      System.arraycopy(out, 0, predictions, from * outputs, out.length);
    }
    for (int i = 0; i < rows.length; i++) {
      rows[i] = start(i);
    }
  }

  private Certificate start(int i) {
    if (task == Task.REGRESSION) {
      List<Certificate.Enclosure> open = new ArrayList<>();
      for (int j = i * outputs; j < (i + 1) * outputs; j++) {
        open.add(
            new Certificate.Enclosure(
                samples.targets()[j], predictions[j], Double.NaN, Double.NaN));
      }
      double target = open.get(0).target();
      double output = open.get(0).output();
      return new Certificate(i, target, output, Verdict.UNKNOWN, "", Double.NaN, open);
    }
    int label = samples.labels()[i];
    int predicted = predicted(predictions, i, outputs);
    boolean right = predicted == label;
    return new Certificate(
        i,
        label,
        predicted,
        right ? Verdict.UNKNOWN : Verdict.MISCLASSIFIED,
        right ? "" : "clean",
        Double.NaN,
        List.of());
  }

  /** The class with the largest logit of sample {@code i}; -1 where a logit is NaN. */
  static int predicted(double[] logits, int i, int outputs) {
    int best = 0;
    for (int j = 0; j < outputs; j++) {
      if (Double.isNaN(logits[i * outputs + j])) {
        return -1;
      }
      if (logits[i * outputs + j] > logits[i * outputs + best]) {
        best = j;
      }
    }
    return best;
  }

  /** The samples that no step has decided, in batches. */
  List<int[]> undecided() {
    return batches(row -> row.verdict() == Verdict.UNKNOWN);
  }

  private List<int[]> batches(Predicate<Certificate> which) {
    int[] open =
        java.util.stream.IntStream.range(0, rows.length).filter(i -> which.test(rows[i])).toArray();
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from < open.length; from += BATCH) {
      batches.add(Arrays.copyOfRange(open, from, Math.min(from + BATCH, open.length)));
    }
    return batches;
  }

  /** The samples that are decided rightly, in batches: a radius says something of each. */
  List<int[]> right() {
    return batches(rows -> rows.verdict() != Verdict.MISCLASSIFIED);
  }

  Batch batch(int[] indices) {
    return Batch.of(samples, indices, outputs);
  }

  /**
   * A lower bound of the least margin was proved; above 0 it decides. The best bound so far is
   * kept.
   */
  void proved(int i, String method, double margin) {
    Certificate row = rows[i];
    if (!Double.isFinite(margin)) {
      boolean open = row.verdict() == Verdict.UNKNOWN && row.method().isEmpty();
      rows[i] = open ? row.with(row.verdict(), method + OVERFLOW, row.margin()) : row;
      return;
    }
    double best = Double.isNaN(row.margin()) ? margin : Math.max(row.margin(), margin);
    rows[i] =
        margin > 0
            ? row.with(Verdict.CERTIFIED, method, best)
            : row.with(row.verdict(), row.method(), best);
  }

  /**
   * A lower bound of the margin over the set, and the radii of balls in which the decision does not
   * change, or not into a class, were proved of a sample. A counterexample that was found stays
   * one.
   */
  void proved(int i, String method, double margin, CertifiedRadius radius) {
    if (rows[i].verdict() == Verdict.UNKNOWN) {
      proved(i, method, margin);
    }
    rows[i] = rows[i].withRadius(radius.pairwise());
    targeted[i] = new TargetedRadii(i, (int) rows[i].label(), radius.targets());
  }

  /**
   * The outputs of a regression were enclosed, each between two numbers. NaN and infinity say
   * nothing of an output, and the sample stays undecided.
   */
  void enclosed(int i, String method, double[] lower, double[] upper) {
    List<Certificate.Enclosure> enclosed = new ArrayList<>();
    for (int j = 0; j < outputs; j++) {
      Certificate.Enclosure open = rows[i].outputs().get(j);
      enclosed.add(
          new Certificate.Enclosure(
              open.target(),
              open.output(),
              Double.isNaN(lower[j]) ? Double.NEGATIVE_INFINITY : lower[j],
              Double.isNaN(upper[j]) ? Double.POSITIVE_INFINITY : upper[j]));
    }
    boolean proved = enclosed.stream().allMatch(Certificate.Enclosure::isProved);
    rows[i] =
        proved
            ? rows[i].with(Verdict.CERTIFIED, method, enclosed)
            : rows[i].with(Verdict.UNKNOWN, method + OVERFLOW, enclosed);
  }

  /** A point of the set is decided wrongly. */
  void falsified(int i, String method) {
    rows[i] = rows[i].with(Verdict.FALSIFIED, method, rows[i].margin());
  }

  /** Keeps what was found out about the network as a whole. */
  void found(String name, Object value) {
    constants.put(name, value);
  }

  /** Keeps the Lipschitz constants that were proved. */
  void found(LipschitzPass.Constants proved) {
    lipschitz = proved;
  }

  LipschitzPass.@Nullable Constants lipschitz() {
    return lipschitz;
  }

  /** The radii by target that were proved. */
  List<TargetedRadii> targeted() {
    return Arrays.stream(targeted).filter(Objects::nonNull).toList();
  }

  Map<String, Object> constants() {
    return constants;
  }

  PerturbationSet set() {
    return set;
  }

  Task task() {
    return task;
  }

  int outputs() {
    return outputs;
  }

  long seed() {
    return seed;
  }

  /** The network in float64, whose bounds enclose exact arithmetic. */
  NetworkGraph<TFloat64> exact() {
    return exact;
  }

  /** The network in float32, to search with. */
  NetworkGraph<TFloat32> fast() {
    return fast;
  }

  /** The clean outputs: samples × outputs. */
  double[] predictions() {
    return predictions;
  }

  List<Certificate> rows() {
    return List.of(rows);
  }
}
