package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.lower.Noise;
import org.glacis.runtime.lower.WeightSpec;
import org.glacis.runtime.optimize.GradientNorm;
import org.glacis.runtime.optimize.Initialization;
import org.glacis.runtime.optimize.Optimizer;
import org.glacis.runtime.optimize.Scalars;
import org.glacis.runtime.program.BatchNormOp;
import org.glacis.runtime.program.BatchStatistics;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.glacis.spec.Experiment;
import org.glacis.spec.ScheduleSpec;
import org.glacis.spec.TrainingSpec;
import org.glacis.spec.WarmUpRegularizer;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * One graph in which a network learns: data set, passes, loss, gradients and updates. A step is one
 * {@code session.run} that is fed the indices of its samples and a few scheduled numbers.
 *
 * <p>There is an endpoint for each kind of step that the declaration has ({@link StepGraph.Phase}).
 * Steps at radius 0 cost one plain forward and backward pass, and what the regulariser needs.
 */
public final class TrainingProgram implements AutoCloseable {
  private static final Element<TFloat32> FLOAT = Element.FLOAT32;

  private final Experiment experiment;
  private final Graph graph = new Graph();
  private final Session session;
  private final Variables<TFloat32> variables;
  private final List<WeightSpec> weightSpecs = new ArrayList<>();
  private final Scalars<TFloat32> scalars;
  private final DataFeed data;
  private final Placeholder<TInt32> seed;
  private final Program<TFloat32> program;
  private final Map<ScheduleSpec, Operand<TFloat32>> scheduled = new LinkedHashMap<>();
  private final Noise noise;
  private final StepGraph.Sizes<TFloat32> sizes;
  private final List<Variable<TFloat32>> trainable;
  private final Optimizer<TFloat32> optimizer;
  private final @Nullable Estimate estimate;
  private final Map<StepGraph.Phase, Endpoint> endpoints = new LinkedHashMap<>();
  private final int stepsPerEpoch;

  /**
   * One way to make a step: what to run, what to fetch, and what to look at when a number is not
   * finite.
   */
  private record Endpoint(
      String name,
      Op updates,
      Operand<TFloat32> metrics,
      List<String> names,
      List<Operand<TFloat32>> watched,
      List<String> watchedNames) {}

  /** Moves the running statistics towards those of a batch, so much of which is {@code share}. */
  private record Estimate(Placeholder<TFloat32> share, Op updates) {}

  /**
   * Builds the graph and puts the samples into it; weights are undefined until {@link #initialize}
   * or {@link #load}.
   *
   * @param firstStep the global step at which the optimiser begins: above 0 when a warm start skips
   *     epochs
   */
  public TrainingProgram(Experiment experiment, Samples samples, Device device, long firstStep) {
    this(experiment, samples, device, firstStep, Samples.MEMORY_BUDGET);
  }

  /** With another number of bytes from which samples stay outside of the graph. */
  TrainingProgram(
      Experiment experiment, Samples samples, Device device, long firstStep, long budget) {
    this.experiment = experiment;
    TrainingSpec train = experiment.getTrain();
    int batch = experiment.getData().getBatch();
    stepsPerEpoch = stepsPerEpoch(train.getDropLast(), batch, samples.size());
    Ops tf = device.operations(graph);
    variables = new Variables<>(tf, FLOAT);
    scalars = new Scalars<>(tf, FLOAT);
    seed = tf.withName("seed").placeholder(TInt32.class, Placeholder.shape(Shape.of(2)));
    boolean full = train.getDropLast() || samples.size() % batch == 0;
    data =
        new DataFeed(
            tf,
            samples,
            experiment.getModel().getInput(),
            full ? batch : -1,
            outputs(),
            experiment.getData().getAugmentation(),
            seed,
            budget);
    noise = new Noise(seed, data.count());
    program = Lowerer.lower(tf, FLOAT, experiment.getModel(), this::weight, noise);
    trainable =
        weightSpecs.stream()
            .filter(WeightSpec::trainable)
            .map(w -> variables.get(w.path()))
            .toList();
    double[] epsilon =
        experiment.getPerturbation().getEpsilon().getValues().stream()
            .mapToDouble(Double::doubleValue)
            .toArray();
    long[] radiusShape =
        epsilon.length == 1 ? ones() : Tensors.batched(1, experiment.getModel().getInput());
    Operand<TFloat32> largest = FLOAT.constant(tf, epsilon, radiusShape);
    sizes =
        new StepGraph.Sizes<>(
            scalars.declare("epsilon", this::epsilonFactor),
            epsilon.length == 1
                ? tf.broadcastTo(
                    largest, tf.constant(Tensors.batched(1, experiment.getModel().getInput())))
                : largest);
    optimizer =
        Optimizer.of(
            train.getOptimizer(),
            train.getLearningRate(),
            stepsPerEpoch,
            firstStep,
            variables,
            trainable,
            scalars);
    for (StepGraph.Phase phase : phases()) {
      endpoints.put(phase, endpoint(tf, phase));
    }
    if (train.getBatchNorm().getReestimated()) {
      estimate = estimate(tf.withSubScope("statistics"));
    } else {
      estimate = null;
    }
    session = device.session(graph);
    data.load(session);
  }

  /** How many steps an epoch has. */
  public static int stepsPerEpoch(boolean dropLast, int batch, int samples) {
    return dropLast ? samples / batch : (samples + batch - 1) / batch;
  }

  public int stepsPerEpoch() {
    return stepsPerEpoch;
  }

  /** The factor of the perturbation set's radius at a global step. */
  public double epsilonFactor(long step) {
    return experiment.getTrain().getEpsilon().value(step, stepsPerEpoch);
  }

  /** Draws new weights and empties the optimiser's slots. */
  public void initialize() {
    Weights drawn =
        Initialization.draw(
            experiment.getTrain().getInitialization(), weightSpecs, experiment.getSeed());
    Map<String, Weights.Entry> all = new LinkedHashMap<>(drawn.entries());
    for (Variable<TFloat32> variable : variables.all()) {
      all.computeIfAbsent(
          variable.path(),
          path -> new Weights.Entry(variable.shape(), new float[size(variable.shape())]));
    }
    load(new Weights(all));
  }

  /** Makes one step and returns what it measured. */
  public StepMetrics step(long globalStep, int[] indices) {
    Endpoint endpoint = endpoint(globalStep);
    try (DataFeed.Batch chosen = data.batch(indices);
        Tensor numbers = scalars.at(globalStep);
        Tensor random = Tensors.ints(seedAt(globalStep), 2);
        Result result =
            feed(chosen, numbers, random)
                .addTarget(endpoint.updates())
                .fetch(endpoint.metrics())
                .run()) {
      return new StepMetrics(endpoint.names(), Tensors.floats(result.get(0)), indices.length);
    } catch (TFInvalidArgumentException e) {
      throw explained(e, endpoint, globalStep, indices);
    }
  }

  /** The network's weights. */
  public Weights weights() {
    return variables.fetch(session, path -> !path.startsWith(Optimizer.SLOTS));
  }

  /** All variables: weights and slots. */
  public Weights state() {
    return variables.fetch(session, path -> true);
  }

  /** Sets all variables. */
  public void load(Weights state) {
    variables.load(session, state);
  }

  /** The arrays of weights that the network has, in order. */
  public List<WeightSpec> weightSpecs() {
    return List.copyOf(weightSpecs);
  }

  /** The operation that makes the updates of the step {@code globalStep}. */
  public GraphOperation updates(long globalStep) {
    return (GraphOperation) endpoint(globalStep).updates().op();
  }

  private Endpoint endpoint(long globalStep) {
    return Objects.requireNonNull(endpoints.get(phase(globalStep)));
  }

  /** The kinds of steps that the declaration has. */
  private Set<StepGraph.Phase> phases() {
    Set<StepGraph.Phase> phases = new LinkedHashSet<>();
    long steps = (long) experiment.getTrain().getEpochs() * stepsPerEpoch;
    for (long step = 0; step < steps; step++) {
      phases.add(phase(step));
    }
    return phases;
  }

  private StepGraph.Phase phase(long step) {
    TrainingSpec train = experiment.getTrain();
    boolean robust = train.getLoss().getNeedsBounds() || train.getLoss().getNeedsAttack();
    WarmUpRegularizer regularizer = train.getRegularizer();
    boolean regularized =
        regularizer != null
            && regularizer.getWeight() > 0
            && step / stepsPerEpoch < last(regularizer);
    return new StepGraph.Phase(robust && epsilonFactor(step) > 0, regularized);
  }

  private int last(WarmUpRegularizer regularizer) {
    Integer epoch = regularizer.getLastEpoch();
    return epoch == null ? experiment.getTrain().getEpsilon().getLastEpoch() : epoch;
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }

  private int[] seedAt(long step) {
    long root = experiment.getSeed() * 0x9E3779B97F4A7C15L;
    return new int[] {(int) (root ^ (root >>> 32)), (int) step};
  }

  private Session.Runner feed(DataFeed.Batch batch, Tensor numbers, Tensor random) {
    return batch.feed(session.runner()).feed(scalars.input(), numbers).feed(seed, random);
  }

  private Operand<TFloat32> weight(WeightSpec spec) {
    weightSpecs.add(spec);
    return variables.create(spec.path(), spec.shape()).value();
  }

  private Operand<TFloat32> scheduled(ScheduleSpec schedule) {
    return scheduled.computeIfAbsent(
        schedule,
        s -> scalars.declare("schedule" + scheduled.size(), step -> s.value(step, stepsPerEpoch)));
  }

  private Endpoint endpoint(Ops root, StepGraph.Phase phase) {
    Ops tf = root.withSubScope(phase.endpoint());
    StepGraph<TFloat32> step =
        new StepGraph<>(
            tf,
            FLOAT,
            experiment,
            program,
            new StepGraph.Batch<>(data.inputs(), data.truth(), noise),
            sizes,
            phase,
            kernels(),
            this::scheduled);
    Map<String, Operand<TFloat32>> metrics = new LinkedHashMap<>(step.metrics());
    List<Operand<TFloat32>> gradients = gradients(tf, step.loss(), trainable, metrics);
    // CheckNumerics has no gradient, so it guards the updates instead of lying on the path of the
    // loss.
    Ops guarded =
        tf.withControlDependencies(
            List.<Op>of(tf.withName("finite").debugging.checkNumerics(step.loss(), "loss")));
    List<Op> updates = new ArrayList<>(optimizer.updates(guarded, trainable, gradients));
    updates.addAll(assigned(guarded, step.running()));
    Op target = tf.withControlDependencies(updates).withName("updates").noOp();
    List<Operand<TFloat32>> values = new ArrayList<>(metrics.values());
    List<Operand<TFloat32>> watched = new ArrayList<>();
    List<String> watchedNames = new ArrayList<>();
    watch(tf, step, watched, watchedNames);
    return new Endpoint(
        phase.endpoint(),
        target,
        tf.stack(values),
        List.copyOf(metrics.keySet()),
        watched,
        watchedNames);
  }

  private Estimate estimate(Ops tf) {
    Placeholder<TFloat32> share = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    var pass = BatchStatistics.pass(tf, "forward", program, data.inputs(), false);
    Operand<TFloat32> count = tf.dtypes.cast(noise.batch(), TFloat32.class);
    var moved =
        BatchStatistics.running(program).moved(tf, FLOAT, program, pass.statistics(), count, share);
    return new Estimate(share, tf.withControlDependencies(assigned(tf, moved)).noOp());
  }

  private List<Op> assigned(Ops tf, BatchStatistics<TFloat32> running) {
    List<Op> updates = new ArrayList<>();
    running
        .moments()
        .forEach(
            (path, moments) -> {
              updates.add(assign(tf, path + "/" + BatchNormOp.MEAN, moments.mean()));
              updates.add(assign(tf, path + "/" + BatchNormOp.VARIANCE, moments.variance()));
            });
    return updates;
  }

  /**
   * Moves the running statistics of batch normalisation towards those of some samples, whose share
   * in the result is {@code share}: 1 forgets what was before, 1 / k makes the mean of k batches.
   * Does nothing where the declaration does not ask for it.
   */
  public void estimate(long globalStep, int[] indices, double share) {
    if (estimate == null) {
      return;
    }
    try (DataFeed.Batch chosen = data.batch(indices);
        Tensor numbers = scalars.at(globalStep);
        Tensor random = Tensors.ints(seedAt(globalStep), 2);
        Tensor part = FLOAT.tensor(new double[] {share})) {
      feed(chosen, numbers, random)
          .feed(estimate.share(), part)
          .addTarget(estimate.updates())
          .run()
          .close();
    }
  }

  private Op assign(Ops tf, String path, Operand<TFloat32> value) {
    return tf.assignVariableOp(variables.get(path).handle(), value);
  }

  private List<Operand<TFloat32>> kernels() {
    return weightSpecs.stream()
        .filter(w -> w.role() == WeightSpec.Role.KERNEL)
        .<Operand<TFloat32>>map(w -> variables.get(w.path()).value())
        .toList();
  }

  private List<Operand<TFloat32>> gradients(
      Ops tf,
      Operand<TFloat32> loss,
      List<Variable<TFloat32>> trainable,
      Map<String, Operand<TFloat32>> metrics) {
    List<Operand<TFloat32>> values =
        trainable.stream().<Operand<TFloat32>>map(Variable::value).toList();
    List<Operand<TFloat32>> raw = derivatives(tf, loss, values);
    Double most = experiment.getTrain().getGradientClip();
    if (most == null) {
      return raw;
    }
    GradientNorm<TFloat32> limited = GradientNorm.clip(tf, FLOAT, raw, most);
    metrics.put("gradientNorm", limited.norm());
    return limited.clipped();
  }

  /**
   * The gradient for each value; zeros where the loss does not depend on it, as the width of the
   * outputs does not on the last bias. TensorFlow refuses such values, or answers with an operation
   * that is not there.
   */
  private static List<Operand<TFloat32>> derivatives(
      Ops tf, Operand<TFloat32> loss, List<Operand<TFloat32>> values) {
    try {
      List<Operand<TFloat32>> found = gradients(tf, loss, values);
      if (found.stream().allMatch(TrainingProgram::exists)) {
        return found;
      }
    } catch (TFInvalidArgumentException e) {
      if (e.getMessage() == null || !e.getMessage().contains("unreachable")) {
        throw e;
      }
    }
    List<Operand<TFloat32>> reaching = new ArrayList<>(List.of(loss));
    for (Operand<TFloat32> value : values) {
      Operand<TFloat32> flat = tf.reshape(value, tf.constant(new int[] {-1}));
      reaching.add(tf.math.mul(tf.reduceSum(flat, tf.constant(0)), FLOAT.constant(tf, 0)));
    }
    return gradients(tf, tf.math.addN(reaching), values);
  }

  private static List<Operand<TFloat32>> gradients(
      Ops tf, Operand<TFloat32> loss, List<Operand<TFloat32>> values) {
    var computed = tf.gradients(loss, values);
    List<Operand<TFloat32>> gradients = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      gradients.add(computed.<TFloat32>dy(i));
    }
    return gradients;
  }

  private static boolean exists(Operand<TFloat32> gradient) {
    return gradient.op() instanceof GraphOperation operation
        && operation.getUnsafeNativeHandle() != null
        && !operation.getUnsafeNativeHandle().isNull();
  }

  private void watch(
      Ops tf, StepGraph<TFloat32> step, List<Operand<TFloat32>> watched, List<String> names) {
    Bounds<TFloat32> bounds = step.inputs().boundsIfComputed();
    List<Operand<TFloat32>> clean = step.clean();
    List<Operand<TFloat32>> adversarial = step.adversarial();
    if (clean == null && (bounds == null || adversarial != null)) {
      // Only run where a step failed. What an attack finds is no number where its passes, which
      // cannot be looked at, are none.
      clean = ForwardPass.values(tf, "watched", program, data.inputs());
    }
    if (clean != null) {
      watch("the output of ", clean, watched, names);
    }
    if (bounds != null) {
      watch(
          "the bounds of ",
          bounds.values().stream().map(value -> value.centre(tf)).toList(),
          watched,
          names);
    }
    if (adversarial != null) {
      watch("the output at the adversarial points of ", adversarial, watched, names);
    }
  }

  private void watch(
      String what,
      List<Operand<TFloat32>> values,
      List<Operand<TFloat32>> watched,
      List<String> names) {
    for (int value = 0; value < values.size(); value++) {
      watched.add(values.get(value));
      names.add(
          what
              + (value == 0 ? "the input" : Program.inDeclaration(program.producer(value).path())));
    }
  }

  /**
   * Runs the passes of the failed step again, whose update was not made, and names the first tensor
   * that is not finite.
   */
  private NotFiniteException explained(
      TFInvalidArgumentException e, Endpoint endpoint, long globalStep, int[] indices) {
    if (e.getMessage() == null || !e.getMessage().contains("Tensor had")) {
      throw e;
    }
    String first = "the loss itself";
    try (DataFeed.Batch chosen = data.batch(indices);
        Tensor numbers = scalars.at(globalStep);
        Tensor random = Tensors.ints(seedAt(globalStep), 2)) {
      String weight = weights().firstNotFinite();
      if (!weight.isEmpty()) {
        first = "the weights " + weight;
      } else {
        for (int i = 0; i < endpoint.watched().size(); i++) {
          try (Result result =
              feed(chosen, numbers, random).fetch(endpoint.watched().get(i)).run()) {
            if (!finite(Tensors.floats(result.get(0)))) {
              first = endpoint.watchedNames().get(i);
              break;
            }
          }
        }
      }
    }
    long epoch = globalStep / stepsPerEpoch + 1;
    return new NotFiniteException(
        "train.loss: "
            + experiment.getTrain().getLoss()
            + " is NaN or infinite at step "
            + globalStep
            + " (epoch "
            + epoch
            + "); the first tensor that is not finite is "
            + first
            + "; lower train.optimizer.learningRate, set train.gradientClip, or check the data",
        e);
  }

  private static boolean finite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private int outputs() {
    return experiment.getModel().getOutput().getSize();
  }

  private long[] ones() {
    long[] shape = new long[experiment.getModel().getInput().getRank() + 1];
    java.util.Arrays.fill(shape, 1);
    return shape;
  }

  private static int size(int[] shape) {
    int size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    return size;
  }
}
