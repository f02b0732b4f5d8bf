package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Weights;
import org.glacis.spec.AveragingSpec;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/** Runs the epochs of a training program: order of the samples, records, checkpoints, listeners. */
public final class Trainer {
  private final Experiment experiment;
  private final Samples samples;
  private final TrainingProgram program;
  private final Monitor monitor;
  private final @Nullable Checkpoint checkpoint;
  private final List<TrainingListener> listeners;
  private final Interruption interruption;
  private final Ranking ranking;

  /**
   * Makes a trainer for one run.
   *
   * @param monitor measures the network after each epoch
   * @param interruption looked at before each step
   * @param checkpoint written after each epoch and when the run is interrupted; null for none
   */
  public Trainer(
      Experiment experiment,
      Samples samples,
      TrainingProgram program,
      Monitor monitor,
      @Nullable Checkpoint checkpoint,
      List<TrainingListener> listeners,
      Interruption interruption) {
    this.interruption = interruption;
    this.experiment = experiment;
    this.samples = samples;
    this.program = program;
    this.monitor = monitor;
    this.checkpoint = checkpoint;
    this.listeners = List.copyOf(listeners);
    ranking = new Ranking(experiment);
    if (program.stepsPerEpoch() == 0) {
      throw new InputException(
          "data.batch is "
              + experiment.getData().getBatch()
              + " but there are only "
              + samples.size()
              + " training samples and train.dropLast leaves out a batch that is not full; take a smaller batch");
    }
  }

  /** The first epoch whose radius is not 0: where a warm start begins. */
  public static int firstEpochWithRadius(Experiment experiment, int stepsPerEpoch) {
    for (int epoch = 1; epoch <= experiment.getTrain().getEpochs(); epoch++) {
      long lastStep = (long) epoch * stepsPerEpoch - 1;
      if (experiment.getTrain().getEpsilon().value(lastStep, stepsPerEpoch) > 0) {
        return epoch;
      }
    }
    return 1;
  }

  /**
   * Trains from {@code from} to the last epoch, until it is interrupted, or until early stopping
   * ends it; the program's variables must be those of {@code from}.
   *
   * @return where the run then stands
   */
  public Progress run(Progress from) {
    int epochs = experiment.getTrain().getEpochs();
    int steps = program.stepsPerEpoch();
    listeners.forEach(l -> l.started(from.epoch(), epochs, steps));
    Progress progress = from;
    while (!isFinished(progress)) {
      Progress next = epoch(progress);
      boolean stopped = next.epoch() == progress.epoch();
      progress = next;
      if (stopped) {
        break;
      }
    }
    boolean unfinished = !isFinished(progress);
    listeners.forEach(l -> l.finished(unfinished));
    return progress;
  }

  /** Whether all epochs were made, or early stopping ended them. */
  public boolean isFinished(Progress at) {
    return at.epoch() > experiment.getTrain().getEpochs() || ranking.isStopped(at.history());
  }

  /** The network as it stands: the averaged weights where there are some. */
  public Weights network(Progress at) {
    return network(at.average(), at.step() > 0 ? at.epoch() : at.epoch() - 1);
  }

  /**
   * The averaged weights where there are some, with the statistics of batch normalisation that they
   * have, not a mean of those that other weights had; else the program's.
   */
  private Weights network(WeightAverage average, int epoch) {
    if (average.count() == 0) {
      return program.weights();
    }
    if (!experiment.getTrain().getBatchNorm().getReestimated()) {
      return average.mean();
    }
    Weights state = program.state();
    Map<String, Weights.Entry> averaged = new LinkedHashMap<>(state.entries());
    averaged.putAll(average.mean().entries());
    program.load(new Weights(averaged));
    estimate(epoch);
    Weights network = program.weights();
    program.load(state);
    return network;
  }

  /** Makes the running statistics the means of those of all clean batches of an epoch. */
  private void estimate(int epoch) {
    int[] order = SampleOrder.of(experiment, samples.size(), epoch);
    for (int k = 0; k < program.stepsPerEpoch(); k++) {
      long step = (epoch - 1L) * program.stepsPerEpoch() + k;
      program.estimate(step, batch(order, k), 1.0 / (k + 1));
    }
  }

  private Progress epoch(Progress from) {
    long began = System.nanoTime();
    int epoch = from.epoch();
    int steps = program.stepsPerEpoch();
    int[] order = SampleOrder.of(experiment, samples.size(), epoch);
    Map<String, Double> sums = new LinkedHashMap<>(from.sums());
    Map<String, Double> counts = new LinkedHashMap<>(from.samples());
    List<Double> stepMillis = new ArrayList<>(from.stepMillis());
    WeightAverage average = from.average();
    long first = (long) (epoch - 1) * steps;
    for (int k = from.step(); k < steps; k++) {
      if (interruption.isRequested()) {
        double seconds = from.seconds() + secondsSince(began);
        Progress here =
            new Progress(epoch, k, sums, counts, from.history(), seconds, stepMillis, average);
        store(here);
        return here;
      }
      long start = System.nanoTime();
      StepMetrics metrics = program.step(first + k, batch(order, k));
      stepMillis.add((System.nanoTime() - start) / 1e6);
      if (isAveraged(first + k)) {
        average = average.with(program.weights());
      }
      for (int i = 0; i < metrics.values().length; i++) {
        sums.merge(
            metrics.names().get(i), (double) metrics.values()[i] * metrics.samples(), Double::sum);
        counts.merge(metrics.names().get(i), (double) metrics.samples(), Double::sum);
      }
      int step = k + 1;
      listeners.forEach(l -> l.stepDone(epoch, step, metrics));
    }
    if (experiment.getTrain().getBatchNorm().getReestimated()) {
      estimate(epoch);
    }
    Weights weights = program.weights();
    checkFinite(weights, epoch, first + steps - 1);
    double seconds = from.seconds() + secondsSince(began);
    Map<String, Double> figures = monitor.measure(epoch, network(average, epoch));
    EpochRecord record = record(epoch, sums, counts, first + steps - 1, figures, seconds);
    List<EpochRecord> history = new ArrayList<>(from.history());
    history.add(record);
    Progress next = Progress.atStartOf(epoch + 1, history, stepMillis, average);
    store(next);
    listeners.forEach(l -> l.epochDone(record));
    return next;
  }

  /** Whether the weights after a global step go into the average. */
  private boolean isAveraged(long step) {
    AveragingSpec averaging = experiment.getTrain().getAveraging();
    if (averaging == null) {
      return false;
    }
    long done = step + 1 - (averaging.getStart() - 1L) * program.stepsPerEpoch();
    return done > 0 && done % averaging.getEvery() == 0;
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  private EpochRecord record(
      int epoch,
      Map<String, Double> sums,
      Map<String, Double> counts,
      long lastStep,
      Map<String, Double> figures,
      double seconds) {
    Map<String, Double> values = new LinkedHashMap<>();
    double all = counts.getOrDefault("loss", 1.0);
    sums.forEach(
        (name, sum) -> {
          double measured = counts.getOrDefault(name, 1.0);
          // What only a few steps at the edge of a schedule have is no figure of the epoch.
          if (2 * measured >= all) {
            values.put(name, sum / measured);
          }
        });
    values.put(
        "epsilon",
        experiment.getPerturbation().getEpsilon().getLargest() * program.epsilonFactor(lastStep));
    values.put(
        "learningRate",
        experiment.getTrain().getOptimizer().getLearningRate()
            * experiment.getTrain().getLearningRate().value(lastStep, program.stepsPerEpoch()));
    values.putAll(figures);
    values.put("seconds", seconds);
    return new EpochRecord(epoch, values);
  }

  /** The last update of an epoch may break the weights with no step after it to notice. */
  private void checkFinite(Weights weights, int epoch, long step) {
    String broken = weights.firstNotFinite();
    if (!broken.isEmpty()) {
      throw new NotFiniteException(
          "train.loss: the weights "
              + broken
              + " are NaN or infinite after step "
              + step
              + " (epoch "
              + epoch
              + "); lower train.optimizer.learningRate, set train.gradientClip, or check the data");
    }
  }

  private void store(Progress progress) {
    if (checkpoint != null) {
      checkpoint.write(new Progress.State(program.state(), progress));
    }
  }

  private int[] batch(int[] order, int k) {
    int size = experiment.getData().getBatch();
    int from = k * size;
    return java.util.Arrays.copyOfRange(order, from, Math.min(from + size, order.length));
  }
}
