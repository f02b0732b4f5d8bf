package org.glacis.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.glacis.runtime.certify.Certificate;
import org.glacis.runtime.train.Checkpoint;
import org.glacis.runtime.train.EpochRecord;
import org.glacis.spec.Experiment;
import org.glacis.spec.ExperimentJson;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/** The files that one run leaves. Each is written beside its place and then moved there. */
public final class RunDirectory {
  private final Path path;

  private RunDirectory(Path path) {
    this.path = path;
  }

  /**
   * A directory for a new run. One that has files in it is refused.
   *
   * @param wanted null for {@code runs/NAME}, or the first free {@code runs/NAME-2}, ...
   */
  public static RunDirectory create(@Nullable Path wanted, String name) {
    Path path = wanted != null ? wanted : free(Path.of("runs"), name);
    try {
      if (Files.exists(path) && !Files.isDirectory(path)) {
        throw new InputException(
            "--out " + path + ": is a file; give a directory that is empty or does not exist");
      }
      if (Files.isDirectory(path)) {
        try (Stream<Path> files = Files.list(path)) {
          if (files.findAny().isPresent()) {
            throw new InputException(
                "--out "
                    + path
                    + ": is not empty, and nothing is overwritten; give another directory, or --resume to go on with the run in it");
          }
        }
      }
      Files.createDirectories(path);
      Path probe = Files.createTempFile(path, "probe", "");
      Files.delete(probe);
    } catch (IOException e) {
      throw new InputException(
          "--out " + path + ": cannot be written (" + e + "); give a directory that can", e);
    }
    return new RunDirectory(path);
  }

  /** The directory of a run that was made before. */
  public static RunDirectory open(Path path) {
    if (!Files.isRegularFile(path.resolve("experiment.json"))) {
      throw new InputException(path + ": no experiment.json in it; give the directory of a run");
    }
    return new RunDirectory(path);
  }

  /** The first of {@code parent/name}, {@code parent/name-2}, ... that does not exist. */
  public static Path free(Path parent, String name) {
    Path path = parent.resolve(name);
    for (int i = 2; Files.exists(path); i++) {
      path = parent.resolve(name + "-" + i);
    }
    return path;
  }

  public Path path() {
    return path;
  }

  public Checkpoint checkpoint() {
    return new Checkpoint(path.resolve("checkpoint"));
  }

  /** The weights of the finished network; absent while it trains. */
  public Path weights() {
    return path.resolve("weights.npz");
  }

  /** The best weights by the validation split; absent without one. */
  public Path bestWeights() {
    return path.resolve("checkpoint").resolve("best.npz");
  }

  public Experiment experiment() {
    Path file = path.resolve("experiment.json");
    try {
      return ExperimentJson.decode(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + ")", e);
    }
  }

  /** Whether the run came to its end. */
  public boolean isFinished() {
    return Files.isRegularFile(path.resolve("summary.json"));
  }

  /** What {@code summary.json} of a finished run says. */
  @SuppressWarnings("unchecked")
  public Map<String, Object> summary() {
    Path file = path.resolve("summary.json");
    try {
      if (Json.parse(Files.readString(file), file.toString()) instanceof Map<?, ?> summary) {
        return (Map<String, Object>) summary;
      }
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + "); finish the run first", e);
    }
    throw new InputException(file + ": is no JSON object; run again");
  }

  void write(Experiment experiment) {
    write("experiment.json", experiment.toJson());
  }

  void writeMetrics(List<EpochRecord> records) {
    Set<String> columns = new LinkedHashSet<>();
    records.forEach(r -> columns.addAll(r.values().keySet()));
    StringBuilder csv = new StringBuilder("epoch");
    columns.forEach(c -> csv.append(',').append(c));
    csv.append('\n');
    for (EpochRecord record : records) {
      csv.append(record.epoch());
      for (String column : columns) {
        Double value = record.values().get(column);
        csv.append(',').append(value == null || value.isNaN() ? "" : value.toString());
      }
      csv.append('\n');
    }
    write("metrics.csv", csv.toString());
  }

  /** Writes the rows as a table; the file is replaced at once and whole. */
  public void writeCertificates(String file, List<Certificate> rows) {
    boolean intervals = rows.stream().anyMatch(r -> !Double.isNaN(r.lower()));
    StringBuilder csv = new StringBuilder("index,label,prediction,verdict,method,margin");
    csv.append(intervals ? ",lower,upper\n" : "\n");
    for (Certificate row : rows) {
      List<String> cells = new ArrayList<>();
      cells.add(Integer.toString(row.index()));
      cells.add(number(row.label()));
      cells.add(number(row.prediction()));
      cells.add(row.verdict().toString());
      cells.add(row.method());
      cells.add(number(row.margin()));
      if (intervals) {
        cells.add(number(row.lower()));
        cells.add(number(row.upper()));
      }
      csv.append(String.join(",", cells)).append('\n');
    }
    write(file, csv.toString());
  }

  void write(String name, String text) {
    write(path.resolve(name), text);
  }

  /** Writes beside the target first and then moves, so that a reader never sees half a file. */
  static void write(Path file, String text) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.writeString(part, text, StandardCharsets.UTF_8);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Classes as whole numbers, everything else in full. */
  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e6
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
