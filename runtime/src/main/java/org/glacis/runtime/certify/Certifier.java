package org.glacis.runtime.certify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Weights;
import org.glacis.spec.Attack;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.CertificateValidation;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.CertificationStep;
import org.glacis.spec.CrownIbpBound;
import org.glacis.spec.DataRange;
import org.glacis.spec.Epsilon;
import org.glacis.spec.Faults;
import org.glacis.spec.GlacisException;
import org.glacis.spec.Ibp;
import org.glacis.spec.InputException;
import org.glacis.spec.Linf;
import org.glacis.spec.MinimumNormAttackSpec;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Certifies a network: each step of the cascade works on the samples that the steps before left
 * undecided. Bounds are computed in float64, outward, so that they hold for exact arithmetic on the
 * stored weights; attacks search in float32 and are replayed in float64.
 */
public final class Certifier implements AutoCloseable {
  /**
   * Samples on which the curve of certified and attacked accuracy is drawn, and shares of the
   * radius where.
   */
  private static final int CURVE_SAMPLES = 500;

  private static final double[] CURVE = {0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5};

  private final ModelSpec model;
  private final Task task;
  private final int inputs;
  private final int outputs;
  private final @Nullable DataRange range;
  private final long seed;
  private final NetworkGraph<TFloat64> exact;
  private final NetworkGraph<TFloat32> fast;

  /**
   * Opens the networks that a certification asks.
   *
   * @param set gives the range that boxes are clipped to
   * @param seed the root of the attacks' random starts
   */
  public Certifier(
      ModelSpec model, Weights weights, Task task, PerturbationSet set, Device device, long seed) {
    this.model = model;
    this.task = task;
    this.inputs = model.getInput().getSize();
    this.outputs = model.getOutput().getSize();
    this.range = set.getRange();
    this.seed = seed;
    exact =
        new NetworkGraph<>(model, task, Element.FLOAT64, set.getRange(), device.onCpu(), true)
            .load(weights);
    fast =
        new NetworkGraph<>(model, task, Element.FLOAT32, set.getRange(), device, false)
            .load(weights);
  }

  /** Runs the steps of {@code spec} on {@code samples}, or on its first {@code limit}. */
  public Certification certify(CertificationSpec spec, Samples samples) {
    checkSteps(spec);
    check(samples, spec.getPerturbation());
    long began = System.nanoTime();
    Integer limit = spec.getLimit();
    Samples chosen = limit == null || limit >= samples.size() ? samples : samples.range(0, limit);
    Cascade cascade = new Cascade(chosen, spec.getPerturbation(), task, outputs, seed, exact, fast);
    spec.getSteps().forEach(step -> CascadeSteps.run(step, cascade));
    boolean boxes =
        spec.getPerturbation() instanceof Linf || spec.getSteps().contains(Ibp.INSTANCE);
    Evaluation evaluation =
        boxes
            ? Evaluation.of(exact, chosen, spec.getPerturbation(), task, outputs)
            : new Evaluation(chosen.size(), java.util.Map.of(), new double[0], new int[0]);
    checkAgreement(spec, cascade);
    CertificateValidation asked = spec.getValidateCertificates();
    return new Certification(
        spec,
        task,
        evaluation,
        cascade.rows(),
        cascade.targeted(),
        cascade.constants(),
        cascade.lipschitz(),
        asked == null ? null : RadiusValidation.of(asked, cascade.rows(), cascade),
        (System.nanoTime() - began) / 1e9);
  }

  /** The share of {@code samples} that is decided rightly, as the network in float64 does. */
  public double accuracy(Samples samples) {
    int right = 0;
    for (int from = 0; from < samples.size(); from += Cascade.BATCH) {
      Batch batch =
          Batch.of(samples, from, Math.min(from + Cascade.BATCH, samples.size()), outputs);
      double[] logits = exact.predict(batch.inputs(), batch.count());
      for (int k = 0; k < batch.count(); k++) {
        right += Cascade.predicted(logits, k, outputs) == batch.labels()[k] ? 1 : 0;
      }
    }
    return (double) right / samples.size();
  }

  /** Figures by interval bounds alone. */
  public Evaluation evaluate(Samples samples, PerturbationSet set) {
    check(samples, set);
    return Evaluation.of(exact, samples, set, task, outputs);
  }

  /**
   * Shares of the first samples that are certified and that withstand the attack, at several radii.
   * Classification only.
   */
  public List<CurvePoint> curve(CertificationSpec spec, Samples samples) {
    check(samples, spec.getPerturbation());
    Samples chosen = samples.size() <= CURVE_SAMPLES ? samples : samples.range(0, CURVE_SAMPLES);
    Set<CertificationStep> once = new LinkedHashSet<>();
    // The nearest points take longer to find than the worst of a set, and this is for each radius.
    spec.getSteps().stream()
        .filter(Attack.class::isInstance)
        .sorted(Comparator.comparing(Certifier::looksForNearest))
        .limit(1)
        .forEach(once::add);
    if (spec.getPerturbation() instanceof Linf) {
      once.add(Ibp.INSTANCE);
    }
    spec.getSteps().stream().filter(step -> !(step instanceof Attack)).forEach(once::add);
    List<CertificationStep> steps = List.copyOf(once);
    List<CurvePoint> points = new ArrayList<>();
    for (double factor : CURVE) {
      Epsilon epsilon = spec.getPerturbation().getEpsilon().times(factor);
      PerturbationSet set = spec.getPerturbation().withEpsilon(epsilon);
      Cascade cascade = new Cascade(chosen, set, task, outputs, seed, exact, fast);
      steps.forEach(step -> CascadeSteps.run(step, cascade));
      Certification at =
          new Certification(
              new CertificationSpec(set, steps, null),
              task,
              new Evaluation(0, java.util.Map.of(), new double[0], new int[0]),
              cascade.rows(),
              List.of(),
              java.util.Map.of(),
              null,
              null,
              0);
      points.add(
          new CurvePoint(
              epsilon.getLargest(), at.certifiedAccuracy(), at.attackAccuracy(), chosen.size()));
    }
    return points;
  }

  private static boolean looksForNearest(CertificationStep step) {
    return step instanceof Attack attack && attack.getAttack() instanceof MinimumNormAttackSpec;
  }

  /**
   * The nearest wrongly decided points that {@code attack} finds to samples that {@code rows} say
   * are decided rightly; none where it finds none.
   *
   * @param rows of {@code samples}
   */
  public List<Adversarial> adversarials(
      AttackSpec attack, PerturbationSet set, Samples samples, List<Certificate> rows) {
    check(samples, set);
    int[] indices = rows.stream().mapToInt(Certificate::index).toArray();
    if (indices.length == 0) {
      return List.of();
    }
    Cascade cascade = new Cascade(samples.select(indices), set, task, outputs, seed, exact, fast);
    List<Certificate> moved = new ArrayList<>();
    for (int k = 0; k < indices.length; k++) {
      moved.add(rows.get(k).moved(k - indices[k]));
    }
    var nearest = RadiusValidation.nearest(attack, moved, cascade);
    List<Adversarial> found = new ArrayList<>();
    for (int k = 0; k < indices.length; k++) {
      if (Double.isFinite(nearest.distances()[k])) {
        double[] point = Arrays.copyOfRange(nearest.points(), k * inputs, (k + 1) * inputs);
        int prediction = Cascade.predicted(exact.predict(point, 1), 0, outputs);
        found.add(new Adversarial(rows.get(k), point, prediction, nearest.distances()[k]));
      }
    }
    return found;
  }

  /**
   * A wrongly decided point.
   *
   * @param row of the sample that it is near to
   * @param point in float64, row by row
   * @param prediction the class that the network takes it for
   * @param distance from the sample, l2
   */
  public record Adversarial(Certificate row, double[] point, int prediction, double distance) {}

  /** Adds a fault for each step of {@code spec} that nothing here can run on {@code model}. */
  public static void check(CertificationSpec spec, ModelSpec model, Task task, Faults faults) {
    for (int i = 0; i < spec.getSteps().size(); i++) {
      CascadeSteps.check(
          spec.getSteps().get(i), spec, model, task, faults.at("steps").at("[" + i + "]"));
    }
    CertificateValidation asked = spec.getValidateCertificates();
    for (int i = 0; asked != null && i < asked.getAttacks().size(); i++) {
      AttackSearch.check(
          asked.getAttacks().get(i),
          model,
          faults.at("validateCertificates").at("attacks").at("[" + i + "]"));
    }
  }

  private void checkSteps(CertificationSpec spec) {
    Faults faults = new Faults();
    check(spec, model, task, faults);
    if (!faults.all().isEmpty()) {
      throw new InputException(Faults.describe("the certification", faults.all()));
    }
  }

  /** The networks here clip to one range, and a label that they have no output for is no label. */
  private void check(Samples samples, PerturbationSet set) {
    if (!Objects.equals(set.getRange(), range)) {
      throw new InputException(
          "the set has the range "
              + set.getRange()
              + " but this certifier clips to "
              + range
              + "; open a certifier for that set");
    }
    for (int i = 0; i < samples.size(); i++) {
      InputRange.check("sample " + i, samples.input(i), range);
    }
    boolean fits =
        samples.task() == task
            && samples.shape().getSize() == inputs
            && (task == Task.CLASSIFICATION
                ? samples.outputs() <= outputs
                : samples.outputs() == outputs);
    if (!fits) {
      throw new InputException(
          samples
              + " with "
              + samples.outputs()
              + " outputs do not fit a network for "
              + task
              + " with "
              + inputs
              + " inputs and "
              + outputs
              + " outputs; take the data that it was trained on");
    }
  }

  /**
   * One radius of the curve.
   *
   * @param certified lower bound of the robust accuracy
   * @param attacked upper bound; NaN when no attack ran
   */
  public record CurvePoint(double epsilon, double certified, double attacked, int samples) {}

  /**
   * A sample with a counterexample must not have a positive bound: that would be a wrong
   * certificate, and the run fails.
   */
  private void checkAgreement(CertificationSpec spec, Cascade cascade) {
    if (task != Task.CLASSIFICATION) {
      return;
    }
    for (Certificate row : cascade.rows()) {
      if (row.verdict() == Verdict.FALSIFIED
          && row.radius() >= spec.getPerturbation().getEpsilon().getLargest()) {
        throw new GlacisException(
            "sample "
                + row.index()
                + ": the attack "
                + row.method()
                + " succeeds inside the proved radius "
                + row.radius()
                + "; a Lipschitz constant is wrong, please report this");
      }
    }
    double[] radius = exact.radius(cascade.set().getEpsilon());
    int[] fooled =
        cascade.rows().stream()
            .filter(r -> r.verdict() == Verdict.FALSIFIED)
            .mapToInt(Certificate::index)
            .toArray();
    for (int from = 0; from < fooled.length; from += Cascade.BATCH) {
      int[] part = Arrays.copyOfRange(fooled, from, Math.min(from + Cascade.BATCH, fooled.length));
      agree(cascade, part, "interval", exact.bounds(cascade.batch(part), radius, true).margins());
      if (spec.getSteps().contains(CrownIbpBound.INSTANCE)) {
        agree(cascade, part, "linear", CrownIbpStep.margins(cascade, part));
      }
    }
  }

  private static void agree(Cascade cascade, int[] fooled, String kind, double[] margins) {
    for (int k = 0; k < fooled.length; k++) {
      if (margins[k] > 0) {
        throw new GlacisException(
            "sample "
                + fooled[k]
                + " has a counterexample in "
                + cascade.set()
                + " but "
                + kind
                + " bounds prove a margin of "
                + margins[k]
                + ": a bound is wrong, and nothing is certified; please report this");
      }
    }
  }

  @Override
  public void close() {
    exact.close();
    fast.close();
  }
}
