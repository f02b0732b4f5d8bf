package org.glacis.runtime.interchange;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.Json;
import org.glacis.runtime.FrozenNetwork;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.graph.Weights;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Networks as JSON that any language can read.
 *
 * <p>An object with {@code format} ({@code "glacis-network"}), {@code formatVersion} (1), {@code
 * task}, {@code input} (the shape of one sample; images are height × width × channels), {@code
 * layers} (as in an experiment's JSON: a {@code type} and its settings), {@code range} (the least
 * and the most that a number of the data can be, or null), of a network that had constrained layers
 * {@code lipschitz} (its proved constants, {@link FrozenNetwork#constants}) and {@code weights}: an
 * object with an array for each path, such as {@code layers/1/kernel}, each a {@code shape} and
 * {@code values} row by row. A dense kernel is inputs × units; a convolution's is height × width ×
 * channels × filters, with the channels of one group, along a sequence length × channels × filters;
 * a transposed one's is that of its adjoint, height × width × filters × channels. Values are
 * float32, written so that reading them gives the same bits.
 */
public final class NetworkJson {
  /** The version that this release writes, and the latest that it reads. */
  public static final int FORMAT_VERSION = 1;

  private static final String FORMAT = "glacis-network";

  private NetworkJson() {}

  /**
   * Writes {@code model} into {@code file}, which appears at once and whole.
   *
   * @throws InputException if there is something at {@code file}
   */
  public static void write(TrainedModel model, Path file) {
    if (Files.exists(file)) {
      throw new InputException(
          file + ": exists already, and nothing is overwritten; give another place");
    }
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      try (BufferedWriter out = Files.newBufferedWriter(part)) {
        String head = Json.pretty(head(model)).stripTrailing();
        out.write(head.substring(0, head.lastIndexOf('}')).stripTrailing());
        out.write(",\n  \"weights\": {");
        String separator = "\n";
        for (Map.Entry<String, Weights.Entry> entry : model.weights().entries().entrySet()) {
          out.write(separator);
          write(out, entry.getKey(), entry.getValue());
          separator = ",\n";
        }
        out.write("\n  }\n}\n");
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The network without its weights, with its constants where layers were constrained. */
  public static Map<String, @Nullable Object> head(TrainedModel model) {
    Map<String, @Nullable Object> head = head(model.experiment());
    if (model.isConstrained()) {
      head.put("lipschitz", model.freeze().constants());
    }
    return head;
  }

  /** The network without its weights: format, version, task, input, layers and range. */
  public static Map<String, @Nullable Object> head(Experiment experiment) {
    var range = experiment.getPerturbation().getRange();
    Map<String, @Nullable Object> head = new LinkedHashMap<>();
    head.put("format", FORMAT);
    head.put("formatVersion", FORMAT_VERSION);
    head.put("task", experiment.getTask().toString());
    head.put("input", experiment.getModel().getInput().getExtents());
    head.put("layers", layers(experiment));
    head.put("range", range == null ? null : List.of(range.getLeast(), range.getMost()));
    return head;
  }

  /** The layers in the form that experiments are stored in. */
  private static @Nullable Object layers(Experiment experiment) {
    return object(
            object(Json.parse(experiment.toJson(), experiment.getName()), "experiment")
                .get("model"),
            "model")
        .get("layers");
  }

  private static void write(BufferedWriter out, String path, Weights.Entry entry)
      throws IOException {
    out.write("    \"" + path + "\": {\"shape\": " + Arrays.toString(entry.shape()));
    out.write(", \"values\": [");
    float[] values = entry.values();
    for (int i = 0; i < values.length; i++) {
      out.write(i == 0 ? "" : ", ");
      out.write(Float.toString(values[i]));
    }
    out.write("]}");
  }

  /**
   * Reads the weights of a network that {@link #write} wrote.
   *
   * @throws InputException if the file is no such network, or of a later version
   */
  public static Weights read(Path file) {
    Map<?, ?> network;
    try {
      network = object(Json.parse(Files.readString(file), file.toString()), file.toString());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + "); check the path", e);
    } catch (EvidenceException e) {
      throw new InputException(String.valueOf(e.getMessage()), e);
    }
    if (!FORMAT.equals(network.get("format"))
        || !(network.get("formatVersion") instanceof Number version)) {
      throw new InputException(
          file + ": has no format \"" + FORMAT + "\"; export a network with --to json");
    }
    if (version.intValue() > FORMAT_VERSION) {
      throw new InputException(
          file
              + ": formatVersion is "
              + version
              + ", but this release reads up to "
              + FORMAT_VERSION
              + "; use a newer Glacis");
    }
    Map<String, Weights.Entry> entries = new LinkedHashMap<>();
    object(network.get("weights"), file + ": weights")
        .forEach((path, entry) -> entries.put(String.valueOf(path), entry(file, path, entry)));
    return new Weights(entries);
  }

  private static Weights.Entry entry(Path file, Object path, @Nullable Object json) {
    String where = file + ": weights." + path;
    Map<?, ?> entry = object(json, where);
    List<Number> shape = numbers(entry.get("shape"), where + ".shape");
    List<Number> values = numbers(entry.get("values"), where + ".values");
    int[] extents = shape.stream().mapToInt(Number::intValue).toArray();
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      // Shortest decimals of a float32, read as float64 and rounded, are that float32 again.
      floats[i] = values.get(i).floatValue();
    }
    if (Arrays.stream(extents).asLongStream().reduce(1, (a, b) -> a * b) != floats.length) {
      throw new InputException(
          where + ": has " + floats.length + " values for the shape " + shape + "; export anew");
    }
    return new Weights.Entry(extents, floats);
  }

  private static List<Number> numbers(@Nullable Object json, String where) {
    List<Number> numbers = new ArrayList<>();
    if (json instanceof List<?> list) {
      for (Object element : list) {
        if (element instanceof Number number) {
          numbers.add(number);
        }
      }
      if (numbers.size() == list.size()) {
        return numbers;
      }
    }
    throw new InputException(where + ": is no list of numbers; export the network anew");
  }

  private static Map<?, ?> object(@Nullable Object json, String where) {
    if (json instanceof Map<?, ?> object) {
      return object;
    }
    throw new InputException(where + ": is no object; export the network anew");
  }
}
