package org.glacis.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.data.Corruptions;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.graph.WeightsFile;
import org.glacis.runtime.report.EventWriter;
import org.glacis.runtime.train.Checkpoint;
import org.glacis.runtime.train.EpochRecord;
import org.glacis.runtime.train.Progress;
import org.glacis.runtime.train.Trainer;
import org.glacis.runtime.train.TrainingListener;
import org.glacis.runtime.train.TrainingProgram;
import org.glacis.spec.AveragingSpec;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.glacis.spec.TrainingSpec;
import org.jspecify.annotations.Nullable;

/**
 * One training from start or checkpoint to end.
 *
 * @param weights of the network as it stands, or of the selected one where it is finished
 * @param finished false when it was interrupted
 * @param stepMillis milliseconds of each step, those before an interruption included
 * @param selection which network it ends with, for {@code summary.json}; empty when interrupted
 * @param relus the shares of each of its ReLUs, for {@code summary.json}; empty when interrupted
 */
record Training(
    Weights weights,
    boolean finished,
    List<EpochRecord> history,
    List<Double> stepMillis,
    Map<String, Object> selection,
    List<Map<String, Object>> relus) {
  static Training run(
      Experiment experiment,
      Dataset dataset,
      RunOptions options,
      @Nullable RunDirectory directory) {
    Dataset.Split split = Validation.split(experiment, Corruptions.of(experiment, dataset));
    int steps =
        TrainingProgram.stepsPerEpoch(
            experiment.getTrain().getDropLast(),
            experiment.getData().getBatch(),
            split.train().size());
    checkAveraging(experiment.getTrain(), steps);
    String warmStart = experiment.getTrain().getWarmStart();
    int firstEpoch =
        warmStart == null ? 1 : Trainer.firstEpochWithRadius(experiment, Math.max(1, steps));
    try (TrainingProgram program =
            new TrainingProgram(
                experiment, split.train(), options.device(), (long) (firstEpoch - 1) * steps);
        Validation validation = new Validation(experiment, options, split, directory);
        EventFile events = new EventFile(directory, validation, program)) {
      Checkpoint checkpoint = directory == null ? null : directory.checkpoint();
      Progress progress = Progress.atStartOf(firstEpoch, List.of());
      if (options.resume() && checkpoint != null && checkpoint.exists()) {
        Progress.State state = checkpoint.read();
        program.load(state.variables());
        progress = state.progress();
        validation.resume(progress.history());
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
              validation,
              checkpoint,
              listeners(options, directory, progress, events),
              options.interruption());
      if (directory != null) {
        // Everything that a declaration can be refused for was looked at: now files may appear.
        directory.begin(experiment, dataset);
      }
      Progress end = trainer.run(progress);
      if (!trainer.isFinished(end)) {
        // What an interrupted run goes on from is in its checkpoint; it ends without another pass.
        Weights now = directory == null ? trainer.network(end) : program.weights();
        return new Training(now, false, end.history(), end.stepMillis(), Map.of(), List.of());
      }
      Validation.Selected selected = validation.selected(trainer.network(end), end.epoch() - 1);
      return new Training(
          selected.weights(),
          true,
          end.history(),
          end.stepMillis(),
          selected.summary(),
          selected.relus());
    }
  }

  private static void checkAveraging(TrainingSpec train, int stepsPerEpoch) {
    AveragingSpec averaging = train.getAveraging();
    if (averaging == null) {
      return;
    }
    long steps = (train.getEpochs() - averaging.getStart() + 1L) * stepsPerEpoch;
    if (steps < averaging.getEvery()) {
      throw new InputException(
          "train.averaging.every is "
              + averaging.getEvery()
              + " but from epoch "
              + averaging.getStart()
              + " on there are only "
              + steps
              + " steps; lower it, or begin earlier");
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
      if (TrainingProgram.isOfNetwork(path) && !given.paths().contains(path)) {
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
    private final Validation validation;
    private final TrainingProgram program;
    private @Nullable EventWriter events;

    EventFile(@Nullable RunDirectory directory, Validation validation, TrainingProgram program) {
      this.directory = directory;
      this.validation = validation;
      this.program = program;
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
        double[] margins = validation.margins(record.epoch());
        if (margins.length > 0) {
          open.histogram("margins", margins, record.epoch());
        }
        program
            .singularValues()
            .forEach((path, value) -> open.scalar("singularValues/" + path, value, record.epoch()));
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
}
