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
  private StepBenchmark() {}

  /**
   * The figures that {@code glacis bench} prints, by name; milliseconds, bytes, samples a second.
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
      long cleanStep = cleanStep(experiment, program);
      try (BareProducts bare = new BareProducts(program.updates(robustStep), batch, device)) {
        List<Double> step = new ArrayList<>();
        List<Double> plain = new ArrayList<>();
        List<Double> products = new ArrayList<>();
        IntConsumer choose =
            k -> {
              for (int i = 0; i < batch; i++) {
                indices[i] = (int) ((k * (long) batch + i) % samples.size());
              }
            };
        long memory = 0;
        for (int k = 0; k < warmup + steps; k++) {
          choose.accept(k);
          if (k == warmup) {
            memory = Environment.residentMemoryBytes();
          }
          time(step, k >= warmup, () -> program.step(robustStep, indices));
          if (cleanStep >= 0) {
            time(plain, k >= warmup, () -> program.step(cleanStep, indices));
          }
          time(products, k >= warmup, bare::run);
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
        figures.put("warmup", warmup);
        if (!plain.isEmpty()) {
          figures.put("plainStepMillisMedian", quantile(plain, 0.5));
        }
        double median = quantile(step, 0.5);
        figures.put("stepMillisMedian", median);
        figures.put("stepMillisP90", quantile(step, 0.9));
        figures.put("samplesPerSecond", 1e3 * batch / median);
        figures.put("bareStepMillisMedian", quantile(products, 0.5));
        figures.put("ratioToBare", median / quantile(products, 0.5));
        figures.put("compileMillis", compile);
        figures.put("peakMemoryBytes", Environment.peakMemoryBytes());
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

  /** A step at the full radius: the last of the training. */
  private static long stepWithRadius(Experiment experiment, TrainingProgram program) {
    return (long) experiment.getTrain().getEpochs() * program.stepsPerEpoch() - 1;
  }

  /** A step at radius 0, where the plain network is trained; -1 where the schedule has none. */
  private static long cleanStep(Experiment experiment, TrainingProgram program) {
    boolean apart =
        experiment.getTrain().getLoss().getNeedsBounds() && program.epsilonFactor(0) == 0;
    return apart ? 0 : -1;
  }

  private static void time(List<Double> into, boolean counts, Runnable work) {
    long start = System.nanoTime();
    work.run();
    if (counts) {
      into.add((System.nanoTime() - start) / 1e6);
    }
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
