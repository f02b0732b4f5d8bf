package org.glacis.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.dsl.Attacks;
import org.glacis.runtime.bound.LinearPass;
import org.glacis.runtime.certify.Batch;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.program.Program;
import org.glacis.spec.Adversarial;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.CcIbp;
import org.glacis.spec.Constant;
import org.glacis.spec.CrossEntropy;
import org.glacis.spec.CrownIbp;
import org.glacis.spec.ExpIbp;
import org.glacis.spec.Experiment;
import org.glacis.spec.ExpressiveLossSpec;
import org.glacis.spec.IbpLoss;
import org.glacis.spec.InputException;
import org.glacis.spec.Linf;
import org.glacis.spec.LossSpec;
import org.glacis.spec.MtlIbp;
import org.glacis.spec.Sabr;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;
import org.tensorflow.types.TFloat32;

/**
 * The mean losses of a trained network over some samples, at the perturbation set of its
 * experiment. They come from the lowerings that training takes, in float32, with the running
 * statistics of batch normalisation; the whole radius, and no weight decay, L1 or warm-up terms.
 *
 * @param batch samples at once: Exp-IBP is defined on the means of a batch
 * @param rows natural, adversarial, IBP, CROWN-IBP, CC-IBP, MTL-IBP, Exp-IBP and SABR
 */
public record Losses(int samples, int batch, AttackSpec attack, List<Row> rows) {
  private static final double COEFFICIENT = 0.5;

  /**
   * One loss.
   *
   * @param name as in the declaration, {@code mtlIbp}; {@code natural} for the cross-entropy of the
   *     samples themselves
   * @param coefficient between adversarial (0) and interval training (1); NaN where there is none
   * @param mean over the samples; NaN where it is not defined
   * @param undefined why it is not; empty where it is
   */
  public record Row(String name, double coefficient, double mean, String undefined) {}

  /**
   * How losses are taken.
   *
   * @param attack null for 40 steps of projected gradient ascent
   * @param alpha the coefficient of each loss that has one; null for that of the declared loss
   *     where it is of this kind, else 0.5
   * @param batch null for as many samples at once as the experiment declares
   */
  public record Options(
      @Nullable AttackSpec attack, @Nullable Double alpha, @Nullable Integer batch) {
    /** 40 steps, declared coefficients, the declared batch. */
    public static Options defaults() {
      return new Options(null, null, null);
    }
  }

  public Losses {
    rows = List.copyOf(rows);
  }

  /**
   * Takes all losses of {@code model} on {@code samples}.
   *
   * @throws InputException for regression, where none is defined, and for options out of range
   */
  public static Losses of(TrainedModel model, Samples samples, Device device, Options options) {
    Experiment experiment = model.experiment();
    check(experiment, samples, options);
    AttackSpec attack = options.attack() == null ? Attacks.pgd() : options.attack();
    int size = options.batch() == null ? experiment.getData().getBatch() : options.batch();
    Map<String, LossSpec> all = specs(experiment.getTrain().getLoss(), options.alpha());
    Map<String, String> undefined = undefined(experiment);
    Map<String, LossSpec> defined = new LinkedHashMap<>(all);
    defined.keySet().removeAll(undefined.keySet());
    Map<String, Double> means = new LinkedHashMap<>();
    try (LossGraph<TFloat32> graph =
        new LossGraph<>(experiment, model.weights(), Element.FLOAT32, device, defined, attack)) {
      int outputs = experiment.getModel().getOutput().getSize();
      for (int from = 0; from < samples.size(); from += size) {
        Batch batch = Batch.of(samples, from, Math.min(from + size, samples.size()), outputs);
        double weight = (double) batch.count() / samples.size();
        graph
            .means(batch, from / size)
            .forEach((name, mean) -> means.merge(name, weight * mean, Double::sum));
      }
    }
    List<Row> rows = new ArrayList<>();
    all.forEach(
        (name, loss) ->
            rows.add(
                new Row(
                    name,
                    coefficient(loss),
                    means.getOrDefault(name, Double.NaN),
                    undefined.getOrDefault(name, ""))));
    return new Losses(samples.size(), size, attack, rows);
  }

  private static void check(Experiment experiment, Samples samples, Options options) {
    if (experiment.getTask() != Task.CLASSIFICATION) {
      throw new InputException(
          "the network is for "
              + experiment.getTask()
              + ", but these losses are for classification; give the run of a classifier");
    }
    Double alpha = options.alpha();
    if (alpha != null && !(alpha >= 0 && alpha <= 1)) {
      throw new InputException("alpha is " + alpha + "; give a number from 0 to 1");
    }
    Integer batch = options.batch();
    if ((batch != null && batch < 1) || samples.size() == 0) {
      throw new InputException(
          "the batch is " + batch + " of " + samples.size() + " samples; give 1 or more of each");
    }
  }

  private static Map<String, LossSpec> specs(LossSpec declared, @Nullable Double alpha) {
    Map<String, LossSpec> all = new LinkedHashMap<>();
    Constant none = new Constant(0);
    all.put("natural", CrossEntropy.INSTANCE);
    all.put("adversarial", new Adversarial(CrossEntropy.INSTANCE));
    all.put("ibp", new IbpLoss(none));
    // Mixing would leave nothing of the backward pass at the whole radius.
    all.put("crownIbp", new CrownIbp(none, false, false));
    all.put("ccIbp", new CcIbp(coefficient(declared, CcIbp.class, alpha)));
    all.put("mtlIbp", new MtlIbp(coefficient(declared, MtlIbp.class, alpha)));
    all.put("expIbp", new ExpIbp(coefficient(declared, ExpIbp.class, alpha)));
    all.put("sabr", new Sabr(coefficient(declared, Sabr.class, alpha)));
    return all;
  }

  private static double coefficient(
      LossSpec declared, Class<? extends LossSpec> kind, @Nullable Double alpha) {
    if (alpha != null) {
      return alpha;
    }
    LossSpec found = find(declared, kind);
    return found == null ? COEFFICIENT : coefficient(found);
  }

  private static double coefficient(LossSpec loss) {
    return loss instanceof ExpressiveLossSpec expressive ? expressive.getShare() : Double.NaN;
  }

  private static @Nullable LossSpec find(LossSpec in, Class<? extends LossSpec> kind) {
    if (kind.isInstance(in)) {
      return in;
    }
    for (LossSpec inner : in.getInner().values()) {
      LossSpec found = find(inner, kind);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** Which losses do not exist for the network or its set, and why. */
  private static Map<String, String> undefined(Experiment experiment) {
    Map<String, String> reasons = new LinkedHashMap<>();
    List<String> missing = LinearPass.missing(Lowerer.outline(experiment.getModel(), weight -> {}));
    if (!missing.isEmpty()) {
      reasons.put("crownIbp", Program.inDeclaration(missing.get(0)) + " has no linear bounds");
    }
    if (!(experiment.getPerturbation() instanceof Linf)) {
      reasons.put(
          "sabr", experiment.getPerturbation() + " is no box that a smaller one could lie in");
    }
    return reasons;
  }
}
