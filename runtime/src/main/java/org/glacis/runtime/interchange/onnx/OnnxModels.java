package org.glacis.runtime.interchange.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import org.glacis.evidence.Json;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.interchange.NetworkJson;
import org.glacis.spec.GlacisException;
import org.glacis.spec.InputException;
import org.glacis.spec.ModelSpec;

/**
 * Networks as ONNX files: operations of the operator set {@value #OPERATOR_SET} of {@code ai.onnx},
 * float32, with the weights inside.
 *
 * <p>The input {@code x} is batch × input shape (images have their channels last, as the data have)
 * and the result {@code output} batch × outputs; the size of a batch is open. The metadata property
 * {@code glacis.network} holds the declaration as JSON: task, input, layers and range, and of a
 * network with constrained layers the proved constants; see {@link NetworkJson}.
 */
public final class OnnxModels {
  static final int OPERATOR_SET = 19;

  /** The version of the file format that came with the operator set. */
  private static final int FORMAT = 9;

  /** The most that a file of this format can hold: 2 GiB; the rest of it is small. */
  private static final long MOST_BYTES = 1_900_000_000L;

  private static final String INPUT = "x";
  private static final String OUTPUT = "output";
  private static final String NETWORK = "glacis.network";

  private OnnxModels() {}

  /**
   * Writes {@code model} into {@code file}, which appears at once and whole.
   *
   * @throws InputException if there is something at {@code file}, the network is too large, or a
   *     layer has no form in ONNX
   */
  public static void write(TrainedModel model, Path file) {
    if (Files.exists(file)) {
      throw new InputException(
          file + ": exists already, and nothing is overwritten; give another place");
    }
    if (Float.BYTES * model.weights().count() > MOST_BYTES) {
      throw new InputException(
          "the network has "
              + model.weights().count()
              + " weights, more than an ONNX file can hold (2 GiB); export --to json");
    }
    ModelProto proto = proto(model);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      try (OutputStream out = Files.newOutputStream(part)) {
        proto.writeTo(out);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ModelProto proto(TrainedModel model) {
    ModelSpec spec = model.experiment().getModel();
    OnnxGraph graph = new OnnxGraph(model.experiment().getName(), model.weights());
    OnnxGraph.Value input = graph.input(INPUT, spec.getInput());
    GraphProto finished = graph.finish(graph.sequence(spec.getLayers(), input), OUTPUT);
    return ModelProto.newBuilder()
        .setIrVersion(FORMAT)
        .setProducerName("Glacis")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPERATOR_SET))
        .setGraph(finished)
        .addMetadataProps(
            StringStringEntryProto.newBuilder()
                .setKey(NETWORK)
                .setValue(Json.pretty(NetworkJson.head(model))))
        .build();
  }

  /**
   * The outputs of a stored network, computed by ONNX Runtime.
   *
   * @return samples × outputs
   */
  public static double[][] predict(Path file, float[][] inputs, ModelSpec model) {
    FloatBuffer flat = FloatBuffer.allocate(inputs.length * model.getInput().getSize());
    for (float[] input : inputs) {
      flat.put(input);
    }
    long[] shape = Tensors.batched(inputs.length, model.getInput());
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        OrtSession session = environment.createSession(file.toString(), options);
        OnnxTensor x = OnnxTensor.createTensor(environment, flat.flip(), shape);
        OrtSession.Result result = session.run(Map.of(INPUT, x))) {
      float[][] outputs = (float[][]) result.get(0).getValue();
      return Arrays.stream(outputs).map(OnnxLayers::doubles).toArray(double[][]::new);
    } catch (OrtException e) {
      throw new GlacisException(file + ": ONNX Runtime does not run it: " + e.getMessage(), e);
    }
  }
}
