package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.lower.Noise;
import org.glacis.runtime.lower.PlainKernels;
import org.glacis.runtime.lower.WeightSpec;
import org.glacis.runtime.optimize.Initialization;
import org.glacis.runtime.optimize.Optimizer;
import org.glacis.runtime.optimize.Scalars;
import org.glacis.runtime.program.Batching;
import org.glacis.runtime.program.Products;
import org.glacis.runtime.program.Program;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.glacis.spec.Precision;
import org.glacis.spec.TrainingSpec;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Session;
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
  private final TrainedNumbers numbers;
  private final Noise.@Nullable Part part;
  private final StepGraph.Sizes<TFloat32> sizes;
  private final List<Variable<TFloat32>> trainable;
  private final StepUpdates updates;
  private final AfterStep afterStep;
  private final SingularValues singularValues;
  private final @Nullable Reestimation reestimation;
  private final Map<StepGraph.Phase, Endpoint> endpoints = new LinkedHashMap<>();
  private final int stepsPerEpoch;
  private final Phases phases;

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
    phases = new Phases(experiment, stepsPerEpoch);
    Ops tf = device.operations(graph);
    variables = new Variables<>(tf, FLOAT);
    scalars = new Scalars<>(tf, FLOAT);
    numbers = new TrainedNumbers(scalars, variables, stepsPerEpoch);
    seed = tf.withName("seed").placeholder(TInt32.class, Placeholder.shape(Shape.of(2)));
    part = train.getAccumulation() == 1 ? null : part(tf.withSubScope("part"));
    boolean full = train.getDropLast() || samples.size() % batch == 0;
    data =
        new DataFeed(
            tf,
            samples,
            experiment.getModel().getInput(),
            full && part == null ? batch : -1,
            outputs(),
            experiment.getData(),
            seed,
            part,
            budget);
    Products<TFloat32> products =
        train.getPrecision() == Precision.MIXED_BFLOAT16
            ? Products.bfloat16(FLOAT.type())
            : Products.exact(FLOAT.type());
    program = Lowerer.lower(tf, FLOAT, experiment.getModel(), this::weight, data.noise(), products);
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
    Optimizer<TFloat32> optimizer =
        Optimizer.of(
            train.getOptimizer(),
            train.getLearningRate(),
            stepsPerEpoch,
            firstStep,
            variables,
            trainable,
            scalars);
    updates = new StepUpdates(train.getGradientClip(), program, optimizer, variables, trainable);
    PartedStep.Sums sums = part == null ? null : new PartedStep.Sums(tf, trainable);
    for (StepGraph.Phase phase : phases.all()) {
      Ops here = tf.withSubScope(phase.endpoint());
      endpoints.put(phase, sums == null ? whole(here, phase) : parted(here, phase, sums));
    }
    if (train.getBatchNorm().getReestimated()) {
      reestimation = Reestimation.of(tf.withSubScope("statistics"), program, data, updates);
    } else {
      reestimation = null;
    }
    afterStep = new AfterStep(tf.withSubScope("afterStep"), experiment, program, variables);
    singularValues = new SingularValues(tf.withSubScope("singularValues"), program);
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
    return phases.epsilonFactor(step);
  }

  /** Draws new weights and empties the optimiser's slots. */
  public void initialize() {
    Map<String, Double> overlaps = new LinkedHashMap<>();
    PlainKernels.of(experiment.getModel())
        .forEach((path, layer) -> overlaps.put(path, layer.getOverlap()));
    Weights drawn =
        Initialization.draw(
            experiment.getTrain().getInitialization(), weightSpecs, overlaps, experiment.getSeed());
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
    try (StepFeed feed = feed(globalStep, indices)) {
      try {
        float[] values = endpoint.run(feed);
        afterStep.run(session, (globalStep + 1) % stepsPerEpoch == 0);
        return new StepMetrics(endpoint.metrics(), values, indices.length);
      } catch (TFInvalidArgumentException e) {
        throw explained(e, endpoint, feed, globalStep);
      }
    }
  }

  /**
   * The largest and the smallest singular value of the kernel, as a matrix, of each constrained
   * layer, before its factors: {@code layers/3/kernel/largest}. A little computation, for once an
   * epoch.
   */
  public Map<String, Double> singularValues() {
    return singularValues.measure(session);
  }

  /** The network's weights. */
  public Weights weights() {
    return variables.fetch(session, TrainingProgram::isOfNetwork);
  }

  /** Whether a variable is the network's, not the optimiser's or the loss's. */
  public static boolean isOfNetwork(String path) {
    return !path.startsWith(Optimizer.SLOTS) && !path.startsWith(TrainedNumbers.KEPT);
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
    return Objects.requireNonNull(endpoints.get(phases.at(globalStep)));
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

  private StepFeed feed(long step, int[] indices) {
    return new StepFeed(
        session,
        data,
        indices,
        scalars.input(),
        scalars.at(step),
        seed,
        Tensors.ints(seedAt(step), 2),
        part);
  }

  private static Noise.Part part(Ops tf) {
    return new Noise.Part(
        tf.withName("first").placeholder(TInt32.class, Placeholder.shape(Shape.scalar())),
        tf.withName("whole").placeholder(TInt32.class, Placeholder.shape(Shape.scalar())));
  }

  private Operand<TFloat32> weight(WeightSpec spec) {
    weightSpecs.add(spec);
    return variables.create(spec.path(), spec.shape()).value();
  }

  private Endpoint whole(Ops tf, StepGraph.Phase phase) {
    StepGraph<TFloat32> step = step(tf, phase, Batching.whole());
    List<Operand<TFloat32>> gradients =
        Gradients.of(tf, step.loss(), trainable.stream().map(Variable::value).toList());
    Map<String, Operand<TFloat32>> metrics = new LinkedHashMap<>(step.metrics());
    Op made = updates.of(tf, step, gradients, metrics);
    return new WholeStep(
        made,
        tf.stack(new ArrayList<>(metrics.values())),
        List.copyOf(metrics.keySet()),
        Watch.of(tf, step, program, data.inputs()),
        List.copyOf(step.weighed()));
  }

  private Endpoint parted(Ops tf, StepGraph.Phase phase, PartedStep.Sums sums) {
    Parts<TFloat32> parts = new Parts<>(FLOAT);
    StepGraph<TFloat32> step = step(tf, phase, parts);
    Map<String, Operand<TFloat32>> metrics = new LinkedHashMap<>(step.metrics());
    if (metrics.values().stream().anyMatch(m -> parts.reads(m, data.inputs()))) {
      throw new InputException(
          "train.accumulation is "
              + experiment.getTrain().getAccumulation()
              + " but the loss "
              + experiment.getTrain().getLoss()
              + " takes a mean over samples by itself; take it with LossInputs.mean, or set"
              + " train.accumulation to 1");
    }
    Op made = updates.of(tf, step, sums.values(tf), metrics);
    return new PartedStep(
        tf.withSubScope("rounds"),
        parts,
        experiment.getTrain().getAccumulation(),
        step.loss(),
        trainable,
        sums,
        made,
        tf.stack(new ArrayList<>(metrics.values())),
        List.copyOf(metrics.keySet()),
        Watch.of(tf, step, program, data.inputs()));
  }

  private StepGraph<TFloat32> step(Ops tf, StepGraph.Phase phase, Batching<TFloat32> batching) {
    return new StepGraph<>(
        tf,
        FLOAT,
        experiment,
        program,
        new StepGraph.Batch<>(data.inputs(), data.truth(), data.noise(), batching),
        sizes,
        phase,
        kernels(),
        numbers);
  }

  /**
   * Moves the running statistics of batch normalisation towards those of some samples, whose share
   * in the result is {@code share}: 1 forgets what was before, 1 / k makes the mean of k batches.
   * Does nothing where the declaration does not ask for it.
   */
  public void estimate(long globalStep, int[] indices, double share) {
    if (reestimation != null) {
      try (StepFeed feed = feed(globalStep, indices)) {
        reestimation.run(feed, share);
      }
    }
  }

  private Map<String, Operand<TFloat32>> kernels() {
    Map<String, Operand<TFloat32>> kernels = new LinkedHashMap<>();
    for (WeightSpec spec : weightSpecs) {
      if (spec.role() == WeightSpec.Role.KERNEL) {
        kernels.put(spec.path(), variables.get(spec.path()).value());
      }
    }
    return kernels;
  }

  /**
   * Runs the passes of the failed step again, whose update was not made, and names the first tensor
   * that is not finite.
   */
  private NotFiniteException explained(
      TFInvalidArgumentException e, Endpoint endpoint, StepFeed feed, long globalStep) {
    if (e.getMessage() == null || !e.getMessage().contains("Tensor had")) {
      throw e;
    }
    String weight = weights().firstNotFinite();
    String first =
        weight.isEmpty()
            ? Objects.requireNonNullElse(
                endpoint.watch().firstNotFinite(() -> endpoint.looks(feed)), "the loss itself")
            : "the weights " + weight;
    return NotFiniteException.ofLoss(
        experiment.getTrain().getLoss(), globalStep, globalStep / stepsPerEpoch + 1, first, e);
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
