package org.glacis.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.certify.Evaluation;
import org.glacis.runtime.certify.NetworkGraph;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.graph.WeightsFile;
import org.glacis.runtime.report.EventWriter;
import org.glacis.runtime.train.Checkpoint;
import org.glacis.runtime.train.EpochRecord;
import org.glacis.runtime.train.Monitor;
import org.glacis.runtime.train.Progress;
import org.glacis.runtime.train.Trainer;
import org.glacis.runtime.train.TrainingListener;
import org.glacis.runtime.train.TrainingProgram;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;
import org.tensorflow.types.TFloat32;

/**
 * One training from start or checkpoint to end.
 *
 * @param weights of the network as it stands
 * @param finished false when it was interrupted
 * @param stepMillis milliseconds of each step, those before an interruption included
 */
record Training(
    Weights weights, boolean finished, List<EpochRecord> history, List<Double> stepMillis) {
  /**
   * Training samples that the network is measured on after each epoch where there is no validation
   * split.
   */
  private static final int MONITORED = 1_000;

  static Training run(
      Experiment experiment,
      Dataset dataset,
      RunOptions options,
      @Nullable RunDirectory directory) {
    double share = experiment.getData().getValidation();
    Samples all = dataset.train();
    Dataset.Split split =
        share > 0
            ? dataset.split(share)
            : new Dataset.Split(all, all.range(0, Math.min(MONITORED, all.size())));
    int steps =
        TrainingProgram.stepsPerEpoch(
            experiment.getTrain().getDropLast(),
            experiment.getData().getBatch(),
            split.train().size());
    String warmStart = experiment.getTrain().getWarmStart();
    int firstEpoch =
        warmStart == null ? 1 : Trainer.firstEpochWithRadius(experiment, Math.max(1, steps));
    try (TrainingProgram program =
            new TrainingProgram(
                experiment, split.train(), options.device(), (long) (firstEpoch - 1) * steps);
        Best best =
            new Best(experiment, options, split.validation(), share > 0 ? directory : null);
        EventFile events = new EventFile(directory)) {
      Checkpoint checkpoint = directory == null ? null : directory.checkpoint();
      Progress progress = Progress.atStartOf(firstEpoch, List.of());
      if (options.resume() && checkpoint != null && checkpoint.exists()) {
        Progress.State state = checkpoint.read();
        program.load(state.variables());
        progress = state.progress();
        best.resume(progress.history());
      } else {
        program.initialize();
        if (warmStart != null) {
          program.load(warmed(program.state(), Path.of(warmStart)));
        }
      }
      Trainer trainer =
          new Trainer(
              experiment,
              split.train(),
              program,
              best,
              checkpoint,
              listeners(options, directory, progress, events),
              options.interruption());
      if (directory != null) {
        // Everything that a declaration can be refused for was looked at: now files may appear.
        directory.begin(experiment, dataset);
      }
      Progress end = trainer.run(progress);
      boolean finished = end.epoch() > experiment.getTrain().getEpochs();
      return new Training(program.weights(), finished, end.history(), end.stepMillis());
    }
  }

  private static List<TrainingListener> listeners(
      RunOptions options, @Nullable RunDirectory directory, Progress from, EventFile events) {
    List<TrainingListener> all = new ArrayList<>();
    if (directory != null) {
      all.add(new MetricsFile(directory, from.history()));
      all.add(events);
    }
    all.addAll(options.listeners());
    return all;
  }

  /** The state with the weights of another network, path by path; slots stay empty. */
  private static Weights warmed(Weights state, Path from) {
    Path file = Files.isDirectory(from) ? from.resolve("weights.npz") : from;
    Weights given = WeightsFile.read(file);
    Map<String, Weights.Entry> entries = new LinkedHashMap<>(state.entries());
    for (String path : given.paths()) {
      Weights.Entry wanted = entries.get(path);
      if (wanted == null || !java.util.Arrays.equals(wanted.shape(), given.get(path).shape())) {
        throw new InputException(
            "train.warmStart: "
                + file
                + " has "
                + path
                + " of shape "
                + java.util.Arrays.toString(given.get(path).shape())
                + " but this network "
                + (wanted == null
                    ? "has no such weights"
                    : "has " + java.util.Arrays.toString(wanted.shape()))
                + "; begin from a network of the same layers");
      }
      entries.put(path, given.get(path));
    }
    for (String path : state.paths()) {
      if (!path.startsWith(org.glacis.runtime.optimize.Optimizer.SLOTS)
          && !given.paths().contains(path)) {
        throw new InputException(
            "train.warmStart: "
                + file
                + " lacks "
                + path
                + "; begin from a network of the same layers");
      }
    }
    return new Weights(entries);
  }

  /** Rewrites {@code metrics.csv} after each epoch. */
  private static final class MetricsFile implements TrainingListener {
    private final RunDirectory directory;
    private final List<EpochRecord> records;

    MetricsFile(RunDirectory directory, List<EpochRecord> before) {
      this.directory = directory;
      this.records = new ArrayList<>(before);
    }

    /** A run that was killed may have lost the row of the epoch that its checkpoint ends with. */
    @Override
    public void started(int firstEpoch, int epochs, int stepsPerEpoch) {
      if (!records.isEmpty()) {
        directory.writeMetrics(records);
      }
    }

    @Override
    public void epochDone(EpochRecord record) {
      records.add(record);
      directory.writeMetrics(records);
    }
  }

  /**
   * Writes what each epoch measured as TensorBoard events; a resumed run adds a file. Without a
   * directory it hears of nothing.
   */
  private static final class EventFile implements TrainingListener, AutoCloseable {
    private final @Nullable RunDirectory directory;
    private @Nullable EventWriter events;

    EventFile(@Nullable RunDirectory directory) {
      this.directory = directory;
    }

    @Override
    public void started(int firstEpoch, int epochs, int stepsPerEpoch) {
      if (directory != null) {
        events = EventWriter.open(directory.path());
      }
    }

    @Override
    public void epochDone(EpochRecord record) {
      EventWriter open = events;
      if (open != null) {
        record.values().forEach((name, value) -> open.scalar(name, value, record.epoch()));
        open.flush();
      }
    }

    @Override
    public void close() {
      if (events != null) {
        events.close();
      }
    }
  }

  /**
   * Measures the network after each epoch; with a validation split it also keeps the best weights.
   */
  private static final class Best implements Monitor, AutoCloseable {
    private final Experiment experiment;
    private final Samples samples;
    private final NetworkGraph<TFloat32> network;
    private final @Nullable RunDirectory directory;
    private double best = Double.NEGATIVE_INFINITY;

    Best(
        Experiment experiment,
        RunOptions options,
        Samples samples,
        @Nullable RunDirectory directory) {
      this.experiment = experiment;
      this.samples = samples;
      this.directory = directory;
      network =
          new NetworkGraph<>(
              experiment.getModel(),
              experiment.getTask(),
              Element.FLOAT32,
              experiment.getPerturbation().getRange(),
              options.device(),
              false);
    }

    /** Remembers how good the epochs before were, so that a worse one does not replace the best. */
    void resume(List<EpochRecord> history) {
      for (EpochRecord record : history) {
        double score = score(record.values());
        best = score > best ? score : best;
      }
    }

    @Override
    public Map<String, Double> measure(Weights weights) {
      network.load(weights);
      int outputs = experiment.getModel().getOutput().getSize();
      Evaluation at =
          Evaluation.of(
              network, samples, experiment.getPerturbation(), experiment.getTask(), outputs);
      Map<String, Double> figures = new LinkedHashMap<>();
      boolean classifies = experiment.getTask() == Task.CLASSIFICATION;
      if (classifies) {
        figures.put("cleanAccuracy", at.get("cleanAccuracy"));
        figures.put("certifiedAccuracy", at.get("ibp"));
      } else {
        figures.put("meanAbsoluteError", at.get("meanAbsoluteError"));
        figures.put("certifiedMeanAbsoluteError", at.get("certifiedMeanAbsoluteError"));
      }
      double score = score(figures);
      if (directory != null && score > best) {
        best = score;
        WeightsFile.write(directory.bestWeights(), weights);
      }
      return figures;
    }

    /** The certified figure; where it is equal, the clean one. */
    private static double score(Map<String, Double> figures) {
      Double certified = figures.get("certifiedAccuracy");
      return certified != null
          ? certified + 1e-6 * figures.getOrDefault("cleanAccuracy", 0.0)
          : -figures.getOrDefault("certifiedMeanAbsoluteError", Double.POSITIVE_INFINITY);
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
