package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.bound.Box;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.IntervalPass;
import org.glacis.runtime.bound.Margins;
import org.glacis.runtime.bound.Rounding;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.loss.LossInputs;
import org.glacis.runtime.loss.LossLowerings;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.lower.Noise;
import org.glacis.runtime.lower.WeightSpec;
import org.glacis.runtime.optimize.Initialization;
import org.glacis.runtime.optimize.Optimizer;
import org.glacis.runtime.optimize.Scalars;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.glacis.spec.DataRange;
import org.glacis.spec.Experiment;
import org.glacis.spec.ScheduleSpec;
import org.glacis.spec.Task;
import org.glacis.spec.TrainingSpec;
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
 * One graph in which a network learns: data set, box, bounds, loss, gradients and updates. A step
 * is one {@code session.run} that is fed the indices of its samples and a few scheduled numbers.
 *
 * <p>There are two endpoints. {@code trainStep} bounds the outputs over the perturbation set.
 * {@code cleanStep} is for epochs at radius 0, where the bounds are the outputs themselves, and
 * costs one plain forward and backward pass.
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
  private final Operand<TFloat32> radius;
  private final Optimizer<TFloat32> optimizer;
  private final Endpoint robust;
  private final Endpoint clean;
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

  /**
   * Builds the graph and puts the samples into it; weights are undefined until {@link #initialize}
   * or {@link #load}.
   *
   * @param firstStep the global step at which the optimiser begins: above 0 when a warm start skips
   *     epochs
   */
  public TrainingProgram(Experiment experiment, Samples samples, Device device, long firstStep) {
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
            seed);
    program =
        Lowerer.lower(
            tf, FLOAT, experiment.getModel(), this::weight, new Noise(seed, data.count()));
    List<Variable<TFloat32>> trainable = variables.all();
    double[] epsilon =
        experiment.getPerturbation().getEpsilon().getValues().stream()
            .mapToDouble(Double::doubleValue)
            .toArray();
    Operand<TFloat32> factor = scalars.declare("epsilon", step -> epsilonFactor(step));
    long[] radiusShape =
        epsilon.length == 1 ? ones() : Tensors.batched(1, experiment.getModel().getInput());
    Operand<TFloat32> largest = FLOAT.constant(tf, epsilon, radiusShape);
    radius =
        tf.math.mul(
            epsilon.length == 1
                ? tf.broadcastTo(
                    largest, tf.constant(Tensors.batched(1, experiment.getModel().getInput())))
                : largest,
            factor);
    optimizer =
        Optimizer.of(
            train.getOptimizer(),
            train.getLearningRate(),
            stepsPerEpoch,
            firstStep,
            variables,
            trainable,
            scalars);
    clean = endpoint(tf, "cleanStep", trainable, false);
    robust = train.getLoss().getNeedsBounds() ? endpoint(tf, "trainStep", trainable, true) : clean;
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
    Endpoint endpoint = epsilonFactor(globalStep) > 0 ? robust : clean;
    try (Tensor chosen = Tensors.ints(indices, indices.length);
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

  /**
   * The operation that makes the updates of a step: the robust one, or the one for epochs at radius
   * 0.
   */
  public GraphOperation updates(boolean perturbed) {
    return (GraphOperation) (perturbed ? robust : clean).updates().op();
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

  private Session.Runner feed(Tensor indices, Tensor numbers, Tensor random) {
    return session
        .runner()
        .feed(data.indices(), indices)
        .feed(scalars.input(), numbers)
        .feed(seed, random);
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

  private Endpoint endpoint(
      Ops root, String name, List<Variable<TFloat32>> trainable, boolean perturbed) {
    Ops tf = root.withSubScope(name);
    Rounding<TFloat32> rounding = Rounding.ignored(FLOAT);
    DataRange range =
        experiment.getTrain().getClipBox() ? experiment.getPerturbation().getRange() : null;
    List<Operand<TFloat32>> forward = new ArrayList<>();
    LossInputs<TFloat32> in =
        new LossInputs<>(
            tf,
            FLOAT,
            data.truth(),
            () -> {
              if (forward.isEmpty()) {
                forward.addAll(ForwardPass.values(tf, "forward", program, data.inputs()));
              }
              return forward;
            },
            () -> {
              if (perturbed) {
                return new IntervalPass()
                    .bounds(
                        tf,
                        program,
                        Box.around(tf, FLOAT, data.inputs(), radius, range, rounding),
                        rounding);
              }
              if (forward.isEmpty()) {
                forward.addAll(ForwardPass.values(tf, "forward", program, data.inputs()));
              }
              return new Bounds<>(
                  program,
                  forward.stream().map(v -> Interval.ofCentre(v, tf.zerosLike(v))).toList(),
                  rounding);
            },
            this::scheduled);
    Operand<TFloat32> loss = LossLowerings.lower(experiment.getTrain().getLoss(), in);
    Map<String, Operand<TFloat32>> metrics = new LinkedHashMap<>();
    metrics.put("loss", loss);
    List<Operand<TFloat32>> gradients = gradients(tf, loss, trainable, metrics);
    addMetrics(tf, in, metrics, perturbed);
    // CheckNumerics has no gradient, so it guards the updates instead of lying on the path of the
    // loss.
    Ops guarded =
        tf.withControlDependencies(
            List.<Op>of(tf.withName("finite").debugging.checkNumerics(loss, "loss")));
    List<Op> updates = optimizer.updates(guarded, trainable, gradients);
    Op target = tf.withControlDependencies(updates).withName("updates").noOp();
    List<Operand<TFloat32>> values = new ArrayList<>(metrics.values());
    List<Operand<TFloat32>> watched = new ArrayList<>();
    List<String> watchedNames = new ArrayList<>();
    watch(tf, in, forward, watched, watchedNames);
    return new Endpoint(
        name, target, tf.stack(values), List.copyOf(metrics.keySet()), watched, watchedNames);
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
    List<Operand<TFloat32>> squares = new ArrayList<>();
    raw.forEach(g -> squares.add(tf.nn.l2Loss(g)));
    Operand<TFloat32> norm =
        tf.math.sqrt(tf.math.mul(tf.math.addN(squares), FLOAT.constant(tf, 2)));
    metrics.put("gradientNorm", norm);
    // PyTorch's clip_grad_norm_: scale by most / (norm + 1e-6) where that is below 1.
    Operand<TFloat32> limit = FLOAT.constant(tf, most);
    Operand<TFloat32> scale =
        tf.math.minimum(
            FLOAT.constant(tf, 1), tf.math.div(limit, tf.math.add(norm, FLOAT.constant(tf, 1e-6))));
    return raw.stream().<Operand<TFloat32>>map(g -> tf.math.mul(g, scale)).toList();
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

  /** Figures that cost next to nothing, from passes that the loss needed anyway. */
  private void addMetrics(
      Ops tf, LossInputs<TFloat32> in, Map<String, Operand<TFloat32>> metrics, boolean perturbed) {
    boolean classifies = experiment.getTask() == Task.CLASSIFICATION;
    Operand<TFloat32> output = in.outputIfComputed();
    Bounds<TFloat32> bounds = in.boundsIfComputed();
    if (output == null && bounds != null && !perturbed) {
      output = bounds.output().centre(tf);
    }
    if (output != null) {
      if (classifies) {
        metrics.put("accuracy", share(tf, output));
      } else {
        metrics.put("meanSquaredError", in.mean(tf.math.square(tf.math.sub(output, data.truth()))));
      }
    }
    if (bounds != null && perturbed) {
      if (classifies) {
        metrics.put(
            "robustAccuracy",
            share(tf, Margins.worstLogits(tf, FLOAT, bounds.output(), data.truth())));
      }
      metrics.put("outputWidth", in.mean(bounds.output().width(tf)));
    }
  }

  /** The share of samples whose largest logit is the label's. */
  private Operand<TFloat32> share(Ops tf, Operand<TFloat32> logits) {
    var right = tf.math.equal(tf.math.argMax(logits, tf.constant(1), TInt32.class), data.labels());
    return tf.math.mean(tf.dtypes.cast(right, TFloat32.class), tf.constant(0));
  }

  private void watch(
      Ops tf,
      LossInputs<TFloat32> in,
      List<Operand<TFloat32>> forward,
      List<Operand<TFloat32>> watched,
      List<String> names) {
    Bounds<TFloat32> bounds = in.boundsIfComputed();
    for (int value = 0; value <= program.nodes().size(); value++) {
      String where =
          value == 0
              ? "the input"
              : "model."
                  + program.producer(value).path().replaceAll("/(\\d+)", "[$1]").replace('/', '.');
      if (!forward.isEmpty()) {
        watched.add(forward.get(value));
        names.add("the output of " + where);
      }
      if (bounds != null) {
        watched.add(bounds.values().get(value).centre(tf));
        names.add("the bounds of " + where);
      }
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
    try (Tensor chosen = Tensors.ints(indices, indices.length);
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
