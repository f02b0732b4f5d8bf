package org.glacis.runtime;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.glacis.evidence.Json;
import org.glacis.runtime.report.Metrics;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The run directories below a directory, as their files are now.
 *
 * @param runs the newest first
 * @param unreadable directories that hold a run that cannot be read, and why
 */
public record RunList(List<Entry> runs, Map<String, String> unreadable) {
  /** What a run is at. */
  public enum State {
    /** Trained, certified and reported. */
    FINISHED,
    /** Not at its end; {@code --resume} goes on. A run that is still being made looks so too. */
    INTERRUPTED,
    /** Stopped by a fault. */
    FAILED
  }

  /**
   * One run.
   *
   * @param name its directory below the one that was listed
   * @param epochsDone epochs that were made
   * @param epochs epochs that the declaration has
   * @param figures of the summary, by name; empty where it is not finished
   * @param norm that of the first certification; empty where there is none
   * @param epsilon a number, or a list of one for each number of the input; null where there is
   *     none
   * @param fault why it stopped; null where it did not
   * @param date when its state was last written
   */
  public record Entry(
      String name,
      String recipe,
      State state,
      long seed,
      int epochsDone,
      int epochs,
      Map<String, Double> figures,
      String norm,
      @Nullable Object epsilon,
      @Nullable String fault,
      Instant date) {

    /** The state in words, such as {@code interrupted at epoch 4 of 12}. */
    public String stateInWords() {
      String at = "at epoch " + Math.min(epochsDone + 1, epochs) + " of " + epochs;
      return switch (state) {
        case FINISHED -> "finished";
        case FAILED -> epochsDone < epochs ? "failed " + at : "failed after training";
        case INTERRUPTED ->
            epochsDone < epochs ? "interrupted " + at : "interrupted after training";
      };
    }
  }

  public RunList {
    runs = List.copyOf(runs);
  }

  /**
   * Reads the runs in and below {@code directory}. What lies inside a run directory is the run's.
   *
   * @throws InputException if there is no such directory
   */
  public static RunList read(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new InputException(
          directory + ": no such directory; give one that holds runs, such as runs");
    }
    List<Entry> runs = new ArrayList<>();
    Map<String, String> unreadable = new LinkedHashMap<>();
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path at, BasicFileAttributes attributes) {
              if (!Files.exists(at.resolve("experiment.json"))) {
                return FileVisitResult.CONTINUE;
              }
              String name = name(directory, at);
              try {
                runs.add(entry(name, RunDirectory.open(at)));
              } catch (InputException | IOException e) {
                unreadable.put(name, String.valueOf(e.getMessage()));
              }
              return FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path at, IOException e) {
              unreadable.put(name(directory, at), "cannot be read (" + e + ")");
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path at, @Nullable IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new InputException(directory + ": cannot be read (" + e + ")", e);
    }
    runs.sort(Comparator.comparing(Entry::date).reversed().thenComparing(Entry::name));
    return new RunList(runs, unreadable);
  }

  private static String name(Path directory, Path at) {
    String below = directory.relativize(at).toString();
    return below.isEmpty() ? "." : below;
  }

  private static Entry entry(String name, RunDirectory run) throws IOException {
    Experiment experiment = run.experiment();
    int epochs = experiment.getTrain().getEpochs();
    double[] made = Metrics.read(run.path()).values("epoch");
    int done = made.length == 0 ? 0 : (int) made[made.length - 1];
    String fault = run.failure();
    Map<String, Object> summary = run.isFinished() ? run.summary() : Map.of();
    return new Entry(
        name,
        experiment.getName(),
        run.isFinished() ? State.FINISHED : fault == null ? State.INTERRUPTED : State.FAILED,
        experiment.getSeed(),
        done,
        epochs,
        new Run(run.path(), run.isFinished(), List.of(), summary).figures(),
        String.valueOf(summary.getOrDefault("norm", "")),
        summary.get("epsilon"),
        run.isFinished() ? null : fault,
        date(run.path()));
  }

  /** The end of a finished run; else the last state, or the beginning. */
  private static Instant date(Path run) throws IOException {
    for (String file : List.of("summary.json", "failure.json", "metrics.csv", "experiment.json")) {
      if (Files.exists(run.resolve(file))) {
        return Files.getLastModifiedTime(run.resolve(file)).toInstant();
      }
    }
    throw new IOException(run + " has no experiment.json any more");
  }

  /** The list as one JSON object: {@code runs} and {@code unreadable}. */
  public String toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("runs", runs.stream().map(RunList::fields).toList());
    json.put("unreadable", unreadable);
    return Json.pretty(json);
  }

  private static Map<String, Object> fields(Entry run) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", run.name);
    fields.put("recipe", run.recipe);
    fields.put("state", run.state.name().toLowerCase(Locale.ROOT));
    fields.put("seed", run.seed);
    fields.put("epochsDone", run.epochsDone);
    fields.put("epochs", run.epochs);
    if (!run.norm.isEmpty() && run.epsilon != null) {
      fields.put("norm", run.norm);
      fields.put("epsilon", run.epsilon);
    }
    for (String figure : List.of("cleanAccuracy", "attackAccuracy", "certifiedAccuracy")) {
      Double value = run.figures.get(figure);
      if (value != null) {
        fields.put(figure, value);
      }
    }
    if (run.fault != null) {
      fields.put("fault", run.fault);
    }
    fields.put("date", run.date.toString());
    return fields;
  }
}
