package org.glacis.runtime.graph;

import java.util.Locale;
import org.glacis.spec.InputException;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;

/**
 * Where a graph runs: {@code cpu} or {@code gpu:N}, and with how many threads.
 *
 * @param gpu the number of the GPU; -1 for the CPU
 * @param threads threads of one operation and operations at once; 0 for as many as the machine has
 *     cores
 */
public record Device(int gpu, int threads) {
  public static final Device CPU = new Device(-1, 0);

  /** Reads {@code cpu} or {@code gpu:N}. */
  public static Device parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.equals("cpu")) {
      return CPU;
    }
    if (lower.matches("gpu(:\\d{1,3})?")) {
      return new Device(lower.equals("gpu") ? 0 : Integer.parseInt(lower.substring(4)), 0);
    }
    throw new InputException("device is \"" + text + "\"; give cpu or gpu:0");
  }

  public Device withThreads(int count) {
    return new Device(gpu, count);
  }

  /**
   * The CPU with as many threads: where certificates are computed, whose rounding errors are known.
   */
  public Device onCpu() {
    return new Device(-1, threads);
  }

  public boolean isGpu() {
    return gpu >= 0;
  }

  /** Operations of a graph that has none so far; it runs on this device. */
  public Ops operations(Graph graph) {
    Ops tf = NamedScope.operations(graph);
    return isGpu()
        ? tf.withDevice(
            DeviceSpec.newBuilder().deviceType(DeviceSpec.DeviceType.GPU).deviceIndex(gpu).build())
        : tf;
  }

  /** A session over {@code graph}. Nothing is initialised by itself. */
  public Session session(Graph graph) {
    int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    ConfigProto.Builder config =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(count)
            .setInterOpParallelismThreads(count)
            .setAllowSoftPlacement(isGpu());
    if (isGpu()) {
      config.setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true));
    } else {
      config.putDeviceCount("GPU", 0);
    }
    return new Session(graph, false, config.build());
  }

  /** Refuses a GPU that is not there before any work begins. */
  public Device checked() {
    if (!isGpu()) {
      return this;
    }
    try (Graph graph = new Graph()) {
      Ops tf = operations(graph);
      var product =
          tf.linalg.matMul(tf.constant(new float[][] {{1}}), tf.constant(new float[][] {{1}}));
      ConfigProto strict =
          ConfigProto.newBuilder()
              .setAllowSoftPlacement(false)
              .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true))
              .build();
      try (Session session = new Session(graph, false, strict)) {
        session.runner().fetch(product).run().close();
      }
      return this;
    } catch (TensorFlowException | IllegalArgumentException | IllegalStateException e) {
      throw new InputException(
          "device is gpu:"
              + gpu
              + " but TensorFlow "
              + TensorFlow.version()
              + " sees no such GPU; run with --device cpu, or build for GPUs (GLACIS_PROFILE=gpu ./glacis doctor, or mvn -Pgpu) on a machine with CUDA 12 and cuDNN 9",
          e);
    }
  }

  @Override
  public String toString() {
    return isGpu() ? "gpu:" + gpu : "cpu";
  }
}
