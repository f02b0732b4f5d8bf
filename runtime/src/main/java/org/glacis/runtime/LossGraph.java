package org.glacis.runtime;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.attack.AttackInputs;
import org.glacis.runtime.attack.AttackLowerings;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.bound.Box;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.IntervalPass;
import org.glacis.runtime.bound.Rounding;
import org.glacis.runtime.certify.Batch;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.loss.LossInputs;
import org.glacis.runtime.loss.LossLowerings;
import org.glacis.runtime.loss.Passes;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.lower.Noise;
import org.glacis.runtime.program.BatchStatistics;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.DataRange;
import org.glacis.spec.Experiment;
import org.glacis.spec.GlacisException;
import org.glacis.spec.L2;
import org.glacis.spec.LossSpec;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.ScheduleSpec;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Losses of a network with fixed weights, from the lowerings that training takes: at the whole
 * radius of the perturbation set, batch normalisation with its running statistics.
 */
final class LossGraph<T extends TFloating> implements AutoCloseable {
  private final Element<T> element;
  private final Experiment experiment;
  private final Graph graph = new Graph();
  private final Session session;
  private final Placeholder<T> x;
  private final Placeholder<T> truth;
  private final Placeholder<TInt32> seed;
  private final Map<String, Operand<T>> losses = new LinkedHashMap<>();

  /**
   * Builds the graph.
   *
   * @param wanted losses by any names
   * @param attack that of all losses that need one
   */
  LossGraph(
      Experiment experiment,
      Weights weights,
      Element<T> element,
      Device device,
      Map<String, LossSpec> wanted,
      AttackSpec attack) {
    this.element = element;
    this.experiment = experiment;
    Ops tf = device.operations(graph);
    Variables<T> variables = new Variables<>(tf, element);
    Program<T> lowered =
        Lowerer.lower(
            tf,
            element,
            experiment.getModel(),
            w -> variables.create(w.path(), w.shape()).value(),
            null);
    Program<T> program = BatchStatistics.running(lowered).in(tf, "merged", lowered);
    x =
        tf.withName("x")
            .placeholder(
                element.type(),
                Placeholder.shape(Shape.of(Tensors.batched(-1, experiment.getModel().getInput()))));
    truth =
        tf.withName("truth")
            .placeholder(element.type(), Placeholder.shape(Shape.of(-1, outputs())));
    seed = tf.withName("seed").placeholder(TInt32.class, Placeholder.shape(Shape.of(2)));
    Fixed passes = new Fixed(tf, program, attack);
    wanted.forEach(
        (name, loss) -> {
          LossInputs<T> in = new LossInputs<>(tf.withSubScope(name), element, truth, passes);
          losses.put(name, LossLowerings.lower(loss, in));
        });
    session = device.session(graph);
    variables.load(session, weights);
  }

  /** The mean of each loss over {@code batch}, by name. */
  Map<String, Double> means(Batch batch, int number) {
    Map<String, Double> means = new LinkedHashMap<>();
    try (Tensor in =
            element.tensor(
                batch.inputs(), Tensors.batched(batch.count(), experiment.getModel().getInput()));
        Tensor labels = element.tensor(batch.truth(), batch.count(), outputs());
        Tensor random = Tensors.ints(new int[] {(int) experiment.getSeed(), number}, 2)) {
      Session.Runner runner = session.runner().feed(x, in).feed(truth, labels).feed(seed, random);
      losses.values().forEach(runner::fetch);
      try (Result result = runner.run()) {
        int next = 0;
        for (String name : losses.keySet()) {
          means.put(name, Tensors.doubles(result.get(next++))[0]);
        }
      }
    }
    return means;
  }

  private int outputs() {
    return experiment.getModel().getOutput().getSize();
  }

  /** Passes that all losses share; each is made once. */
  private final class Fixed implements Passes<T> {
    private final Ops tf;
    private final Program<T> program;
    private final AttackSpec attack;
    private @Nullable List<Operand<T>> clean;
    private @Nullable Adversary<T> adversary;
    private @Nullable Bounds<T> bounds;

    Fixed(Ops tf, Program<T> program, AttackSpec attack) {
      this.tf = tf;
      this.program = program;
      this.attack = attack;
    }

    @Override
    public List<Operand<T>> clean() {
      if (clean == null) {
        clean = ForwardPass.values(tf, "forward", program, x);
      }
      return clean;
    }

    @Override
    public Adversary<T> adversary() {
      if (adversary == null) {
        Operand<T> radius = radius(attack.getEpsilonFactor());
        Interval<T> box = box(radius, experiment.getPerturbation().getRange());
        boolean ball = experiment.getPerturbation() instanceof L2;
        if (attack.getNeedsOutput()) {
          clean(); // before the attack: the body of its loop can only read it
        }
        Operand<T> points =
            AttackLowerings.points(
                attack,
                new AttackInputs<>(
                    tf.withSubScope("attack"),
                    element,
                    program,
                    x,
                    truth,
                    () -> clean().get(program.output()),
                    new AttackInputs.Region<>(box, ball ? radius : null),
                    new Noise(seed, count()),
                    false));
        Operand<T> output = ForwardPass.output(tf, "adversarial", program, points);
        adversary = new Adversary<>(points, output, box, radius);
      }
      return adversary;
    }

    @Override
    public Bounds<T> bounds() {
      if (bounds == null) {
        bounds = over("interval", box(radius(1), range()));
      }
      return bounds;
    }

    @Override
    public Bounds<T> bounds(Interval<T> box) {
      return over("other", Box.within(tf, element, box, range()));
    }

    @Override
    public Operand<T> epsilonFactor() {
      return element.constant(tf, 1);
    }

    @Override
    public Operand<T> scheduled(ScheduleSpec schedule) {
      throw new GlacisException("these losses have no schedules");
    }

    private Bounds<T> over(String name, Interval<T> box) {
      return new IntervalPass(name).bounds(tf, program, box, Rounding.ignored(element));
    }

    private Interval<T> box(Operand<T> radius, @Nullable DataRange range) {
      return Box.around(tf, element, x, radius, range, Rounding.ignored(element));
    }

    private @Nullable DataRange range() {
      return experiment.getTrain().getClipBox() ? experiment.getPerturbation().getRange() : null;
    }

    private Operand<TInt32> count() {
      return tf.shape.size(tf.shape(x), tf.constant(0));
    }

    private Operand<T> radius(double factor) {
      PerturbationSet set = experiment.getPerturbation();
      int size = experiment.getModel().getInput().getSize();
      double[] radius = new double[size];
      for (int i = 0; i < size; i++) {
        radius[i] = factor * set.getEpsilon().getValues().get(set.getEpsilon().isScalar() ? 0 : i);
      }
      return element.constant(tf, radius, Tensors.batched(1, experiment.getModel().getInput()));
    }
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
