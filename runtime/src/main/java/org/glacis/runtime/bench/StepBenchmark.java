package org.glacis.runtime.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.glacis.runtime.Environment;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.lower.WeightSpec;
import org.glacis.runtime.train.TrainingProgram;
import org.glacis.spec.Experiment;
import org.glacis.spec.GlacisException;
import org.glacis.spec.InputException;

/**
 * Times the training step of an experiment beside its bare products and beside the plain step of
 * the same network, in turn, so that all three see the same machine.
 */
public final class StepBenchmark {
  /** Long steps are warm after few; fewer than {@link #LEAST_WARMUP} never count. */
  private static final long WARMUP_NANOS = 10_000_000_000L;

  private static final int LEAST_WARMUP = 3;

  private StepBenchmark() {}

  /**
   * The figures that {@code glacis bench} prints, by name; milliseconds, bytes, samples a second.
   *
   * @param warmup steps that do not count; fewer where they take long
   */
  public static Map<String, Object> run(
      Experiment experiment, Samples samples, Device device, int warmup, int steps) {
    int batch = experiment.getData().getBatch();
    if (samples.size() < batch) {
      throw new InputException(
          "data.batch is "
              + batch
              + " but there are only "
              + samples.size()
              + " training samples; give --batch "
              + samples.size());
    }
    long began = System.nanoTime();
    try (TrainingProgram program = new TrainingProgram(experiment, samples, device, 0)) {
      program.initialize();
      long robustStep = stepWithRadius(experiment, program);
      int[] indices = new int[batch];
      program.step(robustStep, indices);
      double compile = (System.nanoTime() - began) / 1e6;
      IntConsumer choose =
          k -> {
            for (int i = 0; i < batch; i++) {
              indices[i] = (int) ((k * (long) batch + i) % samples.size());
            }
          };
      long until = System.nanoTime() + WARMUP_NANOS;
      int warmed = 0;
      while (warmed < warmup && (warmed < LEAST_WARMUP || System.nanoTime() < until)) {
        choose.accept(warmed++);
        program.step(robustStep, indices);
      }
      // Before the operands of the bare products come, which the step does not need.
      long peak = Environment.peakMemoryBytes();
      try (BareProducts bare = bare(experiment, samples, device, program, robustStep);
          PlainStep other = PlainStep.of(experiment, samples, device, program)) {
        List<Double> step = new ArrayList<>();
        List<Double> plain = new ArrayList<>();
        List<Double> products = new ArrayList<>();
        bare.run();
        other.run(indices);
        long memory = Environment.residentMemoryBytes();
        for (int k = 0; k < steps; k++) {
          choose.accept(warmed + k);
          time(step, () -> program.step(robustStep, indices));
          if (other.exists()) {
            time(plain, () -> other.run(indices));
          }
          time(products, bare::run);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("recipe", experiment.getName());
        figures.put(
            "parameters",
            program.weightSpecs().stream()
                .filter(WeightSpec::trainable)
                .mapToLong(WeightSpec::size)
                .sum());
        figures.put("batch", batch);
        figures.put("steps", steps);
        figures.put("warmup", warmed);
        if (!plain.isEmpty()) {
          figures.put("plainStepMillisMedian", quantile(plain, 0.5));
        }
        double median = quantile(step, 0.5);
        figures.put("stepMillisMedian", median);
        if (!plain.isEmpty()) {
          figures.put("ratioToPlain", median / quantile(plain, 0.5));
        }
        figures.put("stepMillisP90", quantile(step, 0.9));
        figures.put("samplesPerSecond", 1e3 * batch / median);
        figures.put("bareStepMillisMedian", quantile(products, 0.5));
        figures.put("ratioToBare", median / quantile(products, 0.5));
        figures.put("compileMillis", compile);
        figures.put("peakMemoryBytes", peak);
        figures.put("memoryGrowthBytes", Environment.residentMemoryBytes() - memory);
        figures.put("device", device.toString());
        figures.put(
            "threads",
            device.threads() > 0 ? device.threads() : Runtime.getRuntime().availableProcessors());
        figures.put("products", bare.descriptions());
        return figures;
      }
    }
  }

  /** The products of the step over the whole batch, which one over its parts makes in rounds. */
  private static BareProducts bare(
      Experiment experiment, Samples samples, Device device, TrainingProgram program, long step) {
    int batch = experiment.getData().getBatch();
    if (experiment.getTrain().getAccumulation() == 1) {
      return new BareProducts(program.updates(step), batch, device);
    }
    try (TrainingProgram whole =
        new TrainingProgram(experiment.with("train.accumulation", "1"), samples, device, 0)) {
      return new BareProducts(whole.updates(step), batch, device);
    }
  }

  /** A step at the full radius: the last of the training. */
  static long stepWithRadius(Experiment experiment, TrainingProgram program) {
    return (long) experiment.getTrain().getEpochs() * program.stepsPerEpoch() - 1;
  }

  private static void time(List<Double> into, Runnable work) {
    long start = System.nanoTime();
    work.run();
    into.add((System.nanoTime() - start) / 1e6);
  }

  private static double quantile(List<Double> values, double share) {
    if (values.isEmpty()) {
      throw new GlacisException("no steps were measured; give --steps 1 or more");
    }
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(
        (int)
            Math.min(
                sorted.size() - 1,
                Math.ceil(share * sorted.size()) - 1 < 0
                    ? 0
                    : Math.ceil(share * sorted.size()) - 1));
  }
}
