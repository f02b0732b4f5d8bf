package org.glacis.runtime.certify;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.glacis.runtime.attack.AttackInputs;
import org.glacis.runtime.attack.AttackLowerings;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.bound.Box;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.IntervalPass;
import org.glacis.runtime.bound.LinearPass;
import org.glacis.runtime.bound.LipschitzPass;
import org.glacis.runtime.bound.Margins;
import org.glacis.runtime.bound.Rounding;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.lower.Noise;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.DataRange;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TFloating;

/**
 * A network with fixed weights in one session: outputs, interval bounds over boxes, attacks. In
 * float64 its bounds enclose exact arithmetic on the stored weights; in float32 they are as
 * computed.
 */
public final class NetworkGraph<T extends TFloating> implements AutoCloseable {
  /** The numbers of one tensor of a linear pass: 64 MB in float64. */
  private static final int LINEAR_NUMBERS = 1 << 23;

  private final Element<T> element;
  private final ModelSpec model;
  private final Graph graph = new Graph();
  private final Session session;
  private final Variables<T> variables;
  private final Placeholder<T> x;
  private final Placeholder<T> truth;
  private final Placeholder<T> epsilon;
  private final Placeholder<T> lower;
  private final Placeholder<T> upper;
  private final Operand<T> output;
  private final List<Operand<T>> clipped = new ArrayList<>();
  private final List<Operand<T>> unclipped = new ArrayList<>();
  private final Placeholder<TInt64> keys;
  private final Placeholder<T> ball;
  private final Map<Found, Operand<T>> attacks = new LinkedHashMap<>();
  private final Ops tf;
  private final Program<T> program;
  private final Bounds<T> box;
  private @Nullable Probe<T> probe;
  private @Nullable Operand<T> linear;

  /**
   * Interval bounds of a batch.
   *
   * @param lower count × outputs
   * @param margins the least margin of each sample with the last affine operation merged; empty for
   *     regression
   * @param boxMargins the least margin from the output intervals alone; empty for regression
   */
  public record BoundValues(
      double[] lower, double[] upper, double[] margins, double[] boxMargins) {}

  /** What finds points: an attack in boxes, or in balls. */
  private record Found(AttackSpec attack, boolean inBalls) {}

  /**
   * Builds the graph; weights are undefined until {@link #load}.
   *
   * @param range what boxes are clipped to; null for no limits
   * @param outward whether bounds enclose exact arithmetic
   */
  public NetworkGraph(
      ModelSpec model,
      Task task,
      Element<T> element,
      @Nullable DataRange range,
      Device device,
      boolean outward) {
    this.element = element;
    this.model = model;
    tf = device.operations(graph);
    variables = new Variables<>(tf, element);
    program =
        Lowerer.lower(tf, element, model, w -> variables.create(w.path(), w.shape()).value(), null);
    Shape batched = Shape.of(Tensors.batched(-1, model.getInput()));
    x = tf.withName("x").placeholder(element.type(), Placeholder.shape(batched));
    truth =
        tf.withName("truth")
            .placeholder(
                element.type(), Placeholder.shape(Shape.of(-1, model.getOutput().getSize())));
    epsilon =
        tf.withName("epsilon")
            .placeholder(
                element.type(), Placeholder.shape(Shape.of(Tensors.batched(1, model.getInput()))));
    lower = tf.withName("lower").placeholder(element.type(), Placeholder.shape(batched));
    upper = tf.withName("upper").placeholder(element.type(), Placeholder.shape(batched));
    output = ForwardPass.output(tf, "predict", program, x);
    Rounding<T> rounding = outward ? Rounding.outward(element) : Rounding.ignored(element);
    box = bounds(tf.withSubScope("bounds"), task, range, rounding, clipped);
    bounds(tf.withSubScope("boundsUnclipped"), task, null, rounding, unclipped);
    ball =
        tf.withName("ball")
            .placeholder(element.type(), Placeholder.shape(Shape.of(broad(-1, model))));
    keys = tf.withName("keys").placeholder(TInt64.class, Placeholder.shape(Shape.of(-1)));
    session = device.session(graph);
  }

  private Bounds<T> bounds(
      Ops tf, Task task, @Nullable DataRange range, Rounding<T> rounding, List<Operand<T>> into) {
    Interval<T> around =
        Box.around(tf, element, x, tf.math.add(epsilon, tf.zerosLike(x)), range, rounding);
    Bounds<T> bounds = new IntervalPass("ibp").bounds(tf, program, around, rounding);
    Interval<T> proved = bounds.proved(tf);
    into.add(proved.lower(tf));
    into.add(proved.upper(tf));
    if (task == Task.CLASSIFICATION) {
      into.add(Margins.least(tf, element, Margins.elided(tf, element, bounds, truth), truth));
      into.add(Margins.least(tf, element, Margins.ofBox(tf, element, bounds, truth), truth));
    }
    return bounds;
  }

  /** Gives the network its weights. */
  public NetworkGraph<T> load(Weights weights) {
    variables.load(session, weights);
    return this;
  }

  /** The outputs: count × outputs. */
  public double[] predict(double[] inputs, int count) {
    try (Tensor in = tensor(inputs, count);
        Result result = session.runner().feed(x, in).fetch(output).run()) {
      return Tensors.doubles(result.get(0));
    }
  }

  /**
   * Interval bounds over the box of radius {@code radius} around each input.
   *
   * @param radius one number a feature
   * @param clip whether the box is clipped to the data range
   */
  public BoundValues bounds(Batch batch, double[] radius, boolean clip) {
    List<Operand<T>> wanted = clip ? clipped : unclipped;
    try (Tensor in = tensor(batch.inputs(), batch.count());
        Tensor y = element.tensor(batch.truth(), batch.count(), model.getOutput().getSize());
        Tensor r = tensor(radius, 1)) {
      Session.Runner runner = session.runner().feed(x, in).feed(truth, y).feed(epsilon, r);
      wanted.forEach(runner::fetch);
      try (Result result = runner.run()) {
        boolean margins = wanted.size() > 2;
        return new BoundValues(
            Tensors.doubles(result.get(0)),
            Tensors.doubles(result.get(1)),
            margins ? Tensors.doubles(result.get(2)) : new double[0],
            margins ? Tensors.doubles(result.get(3)) : new double[0]);
      }
    }
  }

  /**
   * The least margin of each sample by linear bounds over the interval bounds of the clipped box of
   * radius {@code radius}; NaN where they are not finite. Classification only; its operations are
   * added to the graph when it is first asked for.
   *
   * @param radius one number a feature
   */
  public double[] linearMargins(Batch batch, double[] radius) {
    if (linear == null) {
      Ops at = tf.withSubScope("linear");
      int classes = outputs();
      Operand<T> margins =
          LinearPass.lower(
              at, "crown", element, box, Margins.differences(at, element, truth, classes), classes);
      linear = Margins.least(at, element, margins, truth);
    }
    try (Tensor in = tensor(batch.inputs(), batch.count());
        Tensor y = element.tensor(batch.truth(), batch.count(), outputs());
        Tensor r = tensor(radius, 1);
        Result result =
            session.runner().feed(x, in).feed(truth, y).feed(epsilon, r).fetch(linear).run()) {
      return Tensors.doubles(result.get(0));
    }
  }

  /** Proved Lipschitz constants of the network with its present weights; in float64 only. */
  public LipschitzPass.Constants lipschitz() {
    return LipschitzPass.of(program, this::numbers);
  }

  /**
   * Proved bounds of the norms of affine layers, by path, and the constants of the network where
   * each of its operations has one; in float64 only.
   */
  public Norms norms() {
    double[] own = LipschitzPass.own(program, this::numbers);
    return new Norms(
        LipschitzPass.norms(program, own),
        LipschitzPass.missing(program).isEmpty()
            ? LipschitzPass.of(program, this::numbers, own)
            : null);
  }

  /**
   * What is proved of a network's layers, and of the whole.
   *
   * @param layers by path
   * @param network null where a layer has no constant
   */
  public record Norms(Map<String, Double> layers, LipschitzPass.@Nullable Constants network) {}

  private double[] numbers(Operand<T> operand) {
    try (Result result = session.runner().fetch(operand).run()) {
      return Tensors.doubles(result.get(0));
    }
  }

  /** How many samples {@link #linearMargins} takes at once, so that each tensor stays small. */
  int linearBatch() {
    int largest =
        IntStream.rangeClosed(0, program.nodes().size())
            .map(value -> program.shapeOf(value).getSize())
            .max()
            .orElseThrow();
    return Math.max(1, Math.min(Cascade.BATCH, LINEAR_NUMBERS / largest / outputs()));
  }

  /**
   * What ReLUs and boxes do at the samples of {@code batch}; see {@link Diagnostics}. Its
   * operations are added to the graph when it is first asked for.
   *
   * @param radius one number a feature; boxes are clipped to the data range
   * @param chosen one-hot, count × outputs: the output whose tightness is measured
   */
  Probe.Values probe(Batch batch, double[] radius, double[] chosen) {
    if (probe == null) {
      probe = new Probe<>(tf.withSubScope("probe"), element, program, box, x, epsilon);
    }
    try (Tensor in = tensor(batch.inputs(), batch.count());
        Tensor one = element.tensor(chosen, batch.count(), model.getOutput().getSize());
        Tensor r = tensor(radius, 1)) {
      return probe.values(session.runner().feed(x, in).feed(epsilon, r), one);
    }
  }

  /** How many numbers an input has. */
  int inputs() {
    return model.getInput().getSize();
  }

  /** How many outputs the network has. */
  public int outputs() {
    return model.getOutput().getSize();
  }

  /**
   * The points that an attack finds, the wrongly decided ones first: count × inputs. Its operations
   * are added to the graph when it is first asked for. Classification only.
   *
   * @param low the lower corners of boxes: count × inputs
   * @param radii of the balls inside the boxes, one a sample; null for the boxes themselves
   * @param random a number a sample, from which its random starts follow
   */
  public double[] attack(
      AttackSpec attack,
      Batch batch,
      double[] low,
      double[] high,
      double @Nullable [] radii,
      long[] random) {
    Operand<T> points = attacks.computeIfAbsent(new Found(attack, radii != null), this::added);
    try (Tensor in = tensor(batch.inputs(), batch.count());
        Tensor y = element.tensor(batch.truth(), batch.count(), outputs());
        Tensor l = tensor(low, batch.count());
        Tensor u = tensor(high, batch.count());
        Tensor k = Tensors.longs(random);
        Tensor r =
            element.tensor(
                radii == null ? new double[batch.count()] : radii, broad(batch.count(), model));
        Result result =
            session
                .runner()
                .feed(x, in)
                .feed(truth, y)
                .feed(lower, l)
                .feed(upper, u)
                .feed(keys, k)
                .feed(ball, r)
                .fetch(points)
                .run()) {
      return Tensors.doubles(result.get(0));
    }
  }

  private Operand<T> added(Found found) {
    Ops at = tf.withSubScope("attack");
    Noise noise = new SampleNoise(at, keys);
    return AttackLowerings.points(
        found.attack(),
        new AttackInputs<>(
            at,
            element,
            program,
            x,
            truth,
            () -> output,
            new AttackInputs.Region<>(
                Interval.ofCorners(lower, upper), found.inBalls() ? ball : null),
            noise,
            true));
  }

  /** The shape of one number for each of {@code count} samples, to go with their inputs. */
  private static long[] broad(long count, ModelSpec model) {
    long[] shape = new long[model.getInput().getRank() + 1];
    java.util.Arrays.fill(shape, 1);
    shape[0] = count;
    return shape;
  }

  /** The radius of each feature. */
  public double[] radius(org.glacis.spec.Epsilon set) {
    double[] radius = new double[model.getInput().getSize()];
    for (int i = 0; i < radius.length; i++) {
      radius[i] = set.getValues().get(set.isScalar() ? 0 : i);
    }
    return radius;
  }

  private Tensor tensor(double[] values, int count) {
    return element.tensor(values, Tensors.batched(count, model.getInput()));
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
