package org.glacis.runtime.interchange;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.glacis.evidence.Json;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.bound.Box;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.bound.IntervalPass;
import org.glacis.runtime.bound.Rounding;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.PathScopes;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.glacis.spec.DataRange;
import org.glacis.spec.InputException;
import org.glacis.spec.ModelSpec;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * Networks as TensorFlow SavedModels, with their weights as constants. Inputs and outputs are
 * float32.
 *
 * <ul>
 *   <li>{@code serving_default}: {@code x} (batch × input shape) to {@code output} (batch ×
 *       outputs).
 *   <li>{@code interval}: {@code x} and {@code epsilon} (a scalar, or of the input's shape) to
 *       {@code prediction}, {@code lower} and {@code upper} (batch × outputs): outputs over the
 *       l-inf box of that radius, clipped to the range of the data. They enclose exact arithmetic
 *       on the stored weights: they are computed in float64, outward, and rounded away from each
 *       other.
 * </ul>
 *
 * <p>{@code assets.extra/network.json} is the declaration, as {@link NetworkJson} without weights.
 */
public final class SavedModels {
  /** A signature's name for TensorFlow's own tools. */
  public static final String SERVING = "serving_default";

  public static final String INTERVAL = "interval";

  /** The file below {@code assets.extra}, where TensorFlow looks for nothing. */
  private static final String NETWORK = "network.json";

  private static final String METHOD = "tensorflow/serving/predict";

  /** TensorFlow stores a graph in at most 2 GiB; the rest of it is small. */
  private static final long MOST_BYTES = 1_900_000_000L;

  /** The distance from 1 to the next float32, and the least float32 of full precision. */
  private static final double STEP = 0x1p-23;

  private static final double LEAST = 0x1p-126;

  private SavedModels() {}

  /**
   * Writes {@code model} into {@code directory}, which appears at once and whole.
   *
   * @throws InputException if there is something at {@code directory}, or the network is too large
   */
  public static void write(TrainedModel model, Path directory) {
    if (Files.exists(directory)) {
      throw new InputException(
          directory + ": exists already, and nothing is overwritten; give another place");
    }
    if (Float.BYTES * model.weights().count() > MOST_BYTES) {
      throw new InputException(
          "the network has "
              + model.weights().count()
              + " weights, more than a SavedModel of constants can hold (2 GiB); export --to json");
    }
    Path part = directory.resolveSibling(directory.getFileName() + ".part");
    try {
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      try (Graph graph = new Graph()) {
        Ops tf = Device.CPU.operations(graph);
        Map<String, Operand<TFloat32>> weights = new LinkedHashMap<>();
        Signature serving = serving(tf, model, weights);
        Signature interval = interval(tf, model, weights);
        try (Session session = Device.CPU.session(graph)) {
          SavedModelBundle.exporter(part.toString())
              .withFunctions(
                  SessionFunction.create(serving, session),
                  SessionFunction.create(interval, session))
              .export();
        }
      }
      Path extra = Files.createDirectories(part.resolve("assets.extra"));
      Files.writeString(extra.resolve(NETWORK), Json.pretty(NetworkJson.head(model)));
      Files.move(part, directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Signature serving(
      Ops tf, TrainedModel model, Map<String, Operand<TFloat32>> weights) {
    ModelSpec spec = model.experiment().getModel();
    Placeholder<TFloat32> x = input(tf, "x", spec);
    PathScopes scopes = new PathScopes(tf, "weights");
    Program<TFloat32> program =
        Lowerer.lower(
            tf,
            Element.FLOAT32,
            spec,
            w ->
                weights.computeIfAbsent(
                    w.path(), path -> constant(scopes, path, model.weights().get(path))),
            null);
    Operand<TFloat32> output = ForwardPass.output(tf, "predict", program, x);
    return Signature.builder()
        .key(SERVING)
        .input("x", x)
        .output("output", output)
        .methodName(METHOD)
        .build();
  }

  private static Signature interval(
      Ops tf, TrainedModel model, Map<String, Operand<TFloat32>> weights) {
    ModelSpec spec = model.experiment().getModel();
    @Nullable DataRange range = model.experiment().getPerturbation().getRange();
    Ops named = tf.withSubScope("interval");
    Placeholder<TFloat32> x = input(named, "x", spec);
    Placeholder<TFloat32> epsilon =
        named.withName("epsilon").placeholder(TFloat32.class, Placeholder.shape(Shape.unknown()));
    Program<TFloat64> program =
        Lowerer.lower(
            named,
            Element.FLOAT64,
            spec,
            w -> named.dtypes.cast(weights.get(w.path()), TFloat64.class),
            null);
    Operand<TFloat64> centre = named.dtypes.cast(x, TFloat64.class);
    Operand<TFloat64> radius =
        named.math.add(named.dtypes.cast(epsilon, TFloat64.class), named.zerosLike(centre));
    Rounding<TFloat64> rounding = Rounding.outward(Element.FLOAT64);
    Interval<TFloat64> box = Box.around(named, Element.FLOAT64, centre, radius, range, rounding);
    Interval<TFloat64> output =
        new IntervalPass("bounds").bounds(named, program, box, rounding).proved(named);
    Operand<TFloat64> lower = output.lower(named);
    Operand<TFloat64> upper = output.upper(named);
    Operand<TFloat64> prediction = ForwardPass.output(named, "predict", program, centre);
    return Signature.builder()
        .key(INTERVAL)
        .input("x", x)
        .input("epsilon", epsilon)
        .output("prediction", named.dtypes.cast(prediction, TFloat32.class))
        .output(
            "lower", named.dtypes.cast(named.math.sub(lower, slack(named, lower)), TFloat32.class))
        .output(
            "upper", named.dtypes.cast(named.math.add(upper, slack(named, upper)), TFloat32.class))
        .methodName(METHOD)
        .build();
  }

  /** At least what rounding to float32 may change. */
  private static Operand<TFloat64> slack(Ops tf, Operand<TFloat64> value) {
    return tf.math.add(tf.math.mul(tf.math.abs(value), tf.constant(STEP)), tf.constant(LEAST));
  }

  private static Placeholder<TFloat32> input(Ops tf, String name, ModelSpec model) {
    return tf.withName(name)
        .placeholder(
            TFloat32.class, Placeholder.shape(Shape.of(Tensors.batched(-1, model.getInput()))));
  }

  private static Operand<TFloat32> constant(PathScopes scopes, String path, Weights.Entry entry) {
    int slash = path.lastIndexOf('/');
    return scopes
        .at(path.substring(0, Math.max(0, slash)))
        .withName(path.substring(slash + 1))
        .constant(
            Shape.of(entry.extents()),
            org.tensorflow.ndarray.buffer.DataBuffers.of(entry.values()));
  }

  /**
   * The outputs of a stored network.
   *
   * @return samples × outputs
   */
  public static double[][] predict(Path directory, float[][] inputs, ModelSpec model) {
    float[] flat = new float[inputs.length * model.getInput().getSize()];
    for (int i = 0; i < inputs.length; i++) {
      System.arraycopy(inputs[i], 0, flat, i * inputs[i].length, inputs[i].length);
    }
    int outputs = model.getOutput().getSize();
    double[][] rows = new double[inputs.length][outputs];
    try (SavedModelBundle bundle = SavedModelBundle.load(directory.toString());
        TFloat32 x =
            (TFloat32)
                Element.FLOAT32.tensor(flat, Tensors.batched(inputs.length, model.getInput()));
        var result = bundle.function(SERVING).call(Map.of("x", x))) {
      double[] values = Tensors.doubles(result.get(0));
      for (int i = 0; i < rows.length; i++) {
        System.arraycopy(values, i * outputs, rows[i], 0, outputs);
      }
    }
    return rows;
  }
}
