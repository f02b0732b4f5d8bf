package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.glacis.evidence.holistic.HolisticRisk;
import org.glacis.runtime.attack.AttackInputs;
import org.glacis.runtime.attack.AttackInputs.Region;
import org.glacis.runtime.attack.AttackLowerings;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.bound.Box;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.IntervalPass;
import org.glacis.runtime.bound.Rounding;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.loss.LossInputs;
import org.glacis.runtime.loss.LossLowerings;
import org.glacis.runtime.loss.Passes;
import org.glacis.runtime.loss.StepNumbers;
import org.glacis.runtime.loss.WarmUpTerm;
import org.glacis.runtime.lower.Noise;
import org.glacis.runtime.program.BatchStatistics;
import org.glacis.runtime.program.Batching;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.DataRange;
import org.glacis.spec.Experiment;
import org.glacis.spec.L2;
import org.glacis.spec.LossSpec;
import org.glacis.spec.LossSpecs;
import org.glacis.spec.ScheduleSpec;
import org.glacis.spec.StatisticsOf;
import org.glacis.spec.TrainingSpec;
import org.glacis.spec.WarmUpRegularizer;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * What one kind of training step computes: passes, loss, metrics and new running statistics; no
 * gradients and no updates.
 *
 * <p>The order of the passes, where there is batch normalisation and an attack (De Palma et al.
 * 2024): the clean batch moves the running statistics; the attack takes these; the adversarial
 * batch moves them again, and bounds take its own. Other orders are declared with {@link
 * org.glacis.spec.BatchNormStatistics}.
 */
public final class StepGraph<T extends TFloating> {
  private final Ops tf;
  private final Element<T> element;
  private final Experiment experiment;
  private final TrainingSpec train;
  private final Program<T> program;
  private final Batch<T> batch;
  private final Sizes<T> sizes;
  private final Phase phase;
  private final LossInputs<T> in;
  private final boolean normalized;
  private final Map<String, Operand<T>> metrics = new LinkedHashMap<>();
  private final Operand<T> loss;
  private @Nullable List<Operand<T>> clean;
  private @Nullable List<Operand<T>> adversarial;
  private final List<Weighed<T>> weighed = new ArrayList<>();
  private Program<T> cleanProgram;
  private BatchStatistics<T> running;
  private BatchStatistics<T> ofBounds;

  /**
   * The kinds of steps.
   *
   * @param perturbed whether the radius is above 0; otherwise bounds are the outputs themselves and
   *     the attack finds the inputs
   * @param regularized whether the warm-up regulariser counts
   * @param full whether the radius is at its full size, where the loss needs less then
   */
  public record Phase(boolean perturbed, boolean regularized, boolean full) {
    /** A kind of step that is the same at each radius above 0. */
    public Phase(boolean perturbed, boolean regularized) {
      this(perturbed, regularized, false);
    }

    /** The name of its operations. */
    public String endpoint() {
      return (perturbed ? "trainStep" : "cleanStep")
          + (full ? "Full" : "")
          + (regularized ? "Regularized" : "");
    }
  }

  /**
   * The samples of a step.
   *
   * @param inputs batch × input shape
   * @param truth one-hot labels or targets
   * @param noise random numbers of the step, and how many samples there are
   * @param batching whether these are all samples of the step
   */
  public record Batch<T extends TFloating>(
      Operand<T> inputs, Operand<T> truth, Noise noise, Batching<T> batching) {
    /** All samples of the step. */
    public Batch(Operand<T> inputs, Operand<T> truth, Noise noise) {
      this(inputs, truth, noise, Batching.whole());
    }
  }

  /**
   * The radius of a step.
   *
   * @param factor the epsilon schedule's value: a scalar from 0 to 1
   * @param largest the perturbation set's radius: 1 × input shape
   */
  public record Sizes<T extends TFloating>(Operand<T> factor, Operand<T> largest) {}

  /**
   * Adds the passes and the loss.
   *
   * @param kernels what penalties of weights count, by path
   * @param numbers of the loss
   */
  public StepGraph(
      Ops tf,
      Element<T> element,
      Experiment experiment,
      Program<T> program,
      Batch<T> batch,
      Sizes<T> sizes,
      Phase phase,
      Map<String, Operand<T>> kernels,
      StepNumbers<T> numbers) {
    this.tf = tf;
    this.element = element;
    this.experiment = experiment;
    this.train = experiment.getTrain();
    this.program = program;
    cleanProgram = program;
    this.batch = batch;
    this.sizes = sizes;
    this.phase = phase;
    running = BatchStatistics.running(program);
    ofBounds = running;
    normalized = !running.moments().isEmpty();
    in = new LossInputs<>(tf, element, batch.truth(), new StepPasses(numbers));
    if (normalized) {
      in.output(); // moves the running statistics, and comes before all others
    }
    List<Operand<T>> terms = new ArrayList<>();
    terms.add(LossLowerings.lower(train.getLoss(), in));
    if (phase.regularized()) {
      terms.add(in.part("regularization", regularization()));
    }
    terms.addAll(KernelPenalties.of(in, experiment, kernels));
    loss = terms.size() == 1 ? terms.get(0) : tf.math.addN(terms);
    metrics.put("loss", loss);
    metrics.putAll(in.parts());
    metrics.putAll(StepFigures.of(tf, element, experiment, phase, in, batch));
  }

  /** What the step makes small: a scalar. */
  public Operand<T> loss() {
    return loss;
  }

  /** Scalars by name, the loss first. */
  public Map<String, Operand<T>> metrics() {
    return metrics;
  }

  /** The running statistics after the step. */
  public BatchStatistics<T> running() {
    return running;
  }

  /** Weights of samples that the step is fed, and the losses that they are found from. */
  public List<Weighed<T>> weighed() {
    return weighed;
  }

  /** What the loss asked for. */
  public LossInputs<T> inputs() {
    return in;
  }

  /** All values of the clean pass, by number; null where no loss needed it. */
  public @Nullable List<Operand<T>> clean() {
    return clean;
  }

  /** All values of the pass at the adversarial points, by number; null where none was made. */
  public @Nullable List<Operand<T>> adversarial() {
    return adversarial;
  }

  /** The passes, made when the loss asks for them. */
  private final class StepPasses implements Passes<T> {
    private final StepNumbers<T> numbers;

    StepPasses(StepNumbers<T> numbers) {
      this.numbers = numbers;
    }

    @Override
    public Operand<T> kept(String name) {
      return numbers.kept(name);
    }

    @Override
    public List<Operand<T>> clean() {
      return cleanPass();
    }

    @Override
    public Adversary<T> adversary() {
      if (!phase.perturbed()) {
        Operand<T> x = batch.inputs();
        return new Adversary<>(x, in.output(), Interval.ofCorners(x, x), tf.zerosLike(x));
      }
      return attacked();
    }

    @Override
    public Bounds<T> bounds() {
      return phase.perturbed() ? over(box(radius())) : points();
    }

    @Override
    public Bounds<T> bounds(Interval<T> box) {
      return phase.perturbed() ? over(Box.within(tf, element, box, range())) : points();
    }

    @Override
    public Operand<T> mean(Ops at, Operand<T> seen) {
      return batch.batching().mean(at, seen);
    }

    @Override
    public HostWeights<T> weighed(HolisticRisk risk, Operand<T> losses) {
      Weighed<T> each = Weighed.of(tf, element, risk, losses);
      weighed.add(each);
      return each.fed();
    }

    @Override
    public Operand<T> epsilonFactor() {
      return sizes.factor();
    }

    @Override
    public boolean isFull() {
      return phase.full();
    }

    @Override
    public Operand<T> scheduled(ScheduleSpec schedule) {
      return numbers.scheduled(schedule);
    }
  }

  private List<Operand<T>> cleanPass() {
    if (!normalized) {
      clean = ForwardPass.values(tf, "forward", program, batch.inputs());
    } else {
      var pass =
          BatchStatistics.pass(
              tf, "forward", program, batch.inputs(), cleanStatisticsLearn(), batch.batching());
      move(pass.statistics());
      if (!phase.perturbed() && adversarialStatistics()) {
        move(pass.statistics());
      }
      clean = pass.values();
      cleanProgram = pass.statistics().inPlace(tf, "forwardMaps", program);
      ofBounds =
          train.getBatchNorm().getOf() == StatisticsOf.POPULATION
              ? running.detached(tf)
              : pass.statistics();
    }
    return clean;
  }

  /**
   * Whether gradients flow through the statistics of the clean batch: those of bounds, and, where
   * there is an attack, those of its pass, which no setting detaches.
   */
  private boolean cleanStatisticsLearn() {
    boolean taken =
        train.getBatchNorm().getOf() != StatisticsOf.POPULATION
            && !(phase.perturbed() && adversarialStatistics());
    boolean attacked = phase.perturbed() && train.getAttack() != null;
    return taken && (attacked || !train.getBatchNorm().getDetached());
  }

  private boolean adversarialStatistics() {
    return normalized
        && train.getAttack() != null
        && train.getBatchNorm().getOf() == StatisticsOf.ADVERSARIAL;
  }

  private void move(BatchStatistics<T> towards) {
    Operand<T> count = tf.dtypes.cast(batch.noise().whole(), element.type());
    running = running.moved(tf, element, program, towards, count, null);
  }

  private Passes.Adversary<T> attacked() {
    AttackSpec attack = Objects.requireNonNull(train.getAttack(), "checked by validate()");
    Operand<T> radius =
        floored(tf.math.mul(unfloored(), element.constant(tf, attack.getEpsilonFactor())));
    Interval<T> box =
        Box.around(
            tf,
            element,
            batch.inputs(),
            radius,
            experiment.getPerturbation().getRange(),
            Rounding.ignored(element));
    BatchStatistics<T> ofAttack =
        train.getBatchNorm().getAttack() == StatisticsOf.CLEAN ? ofBounds : running;
    if (attack.getNeedsOutput()) {
      in.output(); // before the attack: the body of its loop can only read it
    }
    Ops here = tf.withSubScope("attack");
    Operand<T> ball = experiment.getPerturbation() instanceof L2 ? radius : null;
    AttackInputs<T> inputs =
        new AttackInputs<>(
            here,
            element,
            ofAttack.in(here, "merged", program),
            batch.inputs(),
            batch.truth(),
            in::output,
            new Region<>(box, ball),
            batch.noise(),
            false);
    for (LossSpec loss : LossSpecs.attacked(train.getLoss())) {
      inputs.withLoss(output -> in.each(loss, output));
    }
    Operand<T> found = AttackLowerings.points(attack, inputs);
    Operand<T> points = batch.batching().kept(tf, found);
    List<Operand<T>> values;
    if (adversarialStatistics()) {
      var pass =
          BatchStatistics.pass(
              tf,
              "adversarial",
              program,
              points,
              !train.getBatchNorm().getDetached(),
              batch.batching());
      move(pass.statistics());
      ofBounds = pass.statistics();
      values = pass.values();
    } else {
      values =
          ForwardPass.values(
              tf, "adversarial", ofBounds.in(tf, "adversarialMerged", program), points);
    }
    adversarial = values;
    return new Passes.Adversary<>(points, values.get(program.output()), box, radius);
  }

  /** Interval bounds over a box. */
  private Bounds<T> over(Interval<T> box) {
    if (phase.perturbed() && adversarialStatistics()) {
      in.adversary(); // before the bounds: they take its statistics
    }
    BatchStatistics<T> statistics =
        train.getBatchNorm().getDetached() ? ofBounds.detached(tf) : ofBounds;
    return new IntervalPass()
        .bounds(tf, statistics.in(tf, "intervalMerged", program), box, Rounding.ignored(element));
  }

  /** Bounds at radius 0: the values themselves. */
  private Bounds<T> points() {
    in.output();
    return new Bounds<>(
        cleanProgram,
        Objects.requireNonNull(clean).stream()
            .map(v -> Interval.ofCentre(v, tf.zerosLike(v)))
            .toList(),
        Rounding.ignored(element));
  }

  private Interval<T> box(Operand<T> radius) {
    return Box.around(tf, element, batch.inputs(), radius, range(), Rounding.ignored(element));
  }

  private @Nullable DataRange range() {
    return train.getClipBox() ? experiment.getPerturbation().getRange() : null;
  }

  /** The radius of the bounds: 1 × input shape. */
  private Operand<T> radius() {
    return floored(unfloored());
  }

  private Operand<T> unfloored() {
    Operand<T> scheduled = tf.math.mul(sizes.largest(), sizes.factor());
    return train.getEpsilonFactor() == 1
        ? scheduled
        : tf.math.mul(scheduled, element.constant(tf, train.getEpsilonFactor()));
  }

  private Operand<T> floored(Operand<T> radius) {
    return train.getLeastEpsilon() == 0
        ? radius
        : tf.math.maximum(radius, element.constant(tf, train.getLeastEpsilon()));
  }

  private Operand<T> regularization() {
    WarmUpRegularizer spec = Objects.requireNonNull(train.getRegularizer());
    Bounds<T> bounds;
    if (phase.perturbed()) {
      Bounds<T> ofLoss = in.boundsIfComputed();
      bounds = ofLoss != null ? ofLoss : in.bounds();
    } else {
      Operand<T> least = element.constant(tf, spec.getRadius());
      bounds = over(box(tf.math.add(tf.zerosLike(sizes.largest()), least)));
    }
    Operand<T> weight = element.constant(tf, spec.getWeight());
    if (spec.getDecays()) {
      weight = tf.math.mul(weight, tf.math.sub(element.constant(tf, 1), sizes.factor()));
    }
    return tf.math.mul(weight, new WarmUpTerm<>(tf, element, spec, batch.batching()).of(bounds));
  }
}
