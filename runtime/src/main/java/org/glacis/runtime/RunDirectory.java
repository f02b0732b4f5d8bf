package org.glacis.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.Json;
import org.glacis.runtime.certify.Certificate;
import org.glacis.runtime.certify.Certification;
import org.glacis.runtime.certify.TargetedRadii;
import org.glacis.runtime.data.DataFile;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.graph.WeightsFile;
import org.glacis.runtime.train.Checkpoint;
import org.glacis.runtime.train.EpochRecord;
import org.glacis.spec.Experiment;
import org.glacis.spec.ExperimentJson;
import org.glacis.spec.GlacisException;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/** The files that one run leaves. Each is written beside its place and then moved there. */
public final class RunDirectory {
  private static final String SUMMARY = "summary.json";
  private static final String FAILURE = "failure.json";

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
    return new Checkpoint(checkpointFolder());
  }

  /** The weights of the finished network; absent while it trains. */
  public Path weights() {
    return path.resolve("weights.npz");
  }

  /** The plain network's weights, where those that were trained are constrained by layers. */
  Path frozen() {
    return path.resolve("frozen.npz");
  }

  /** Where the state lies, and the best weights so far. */
  Path checkpointFolder() {
    return path.resolve("checkpoint");
  }

  public Experiment experiment() {
    Path file = path.resolve("experiment.json");
    try {
      return ExperimentJson.decode(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + ")", e);
    }
  }

  /** Whether a run in {@code path}, if there is one, has a state to go on from. */
  public static boolean hasState(Path path) {
    return new RunDirectory(path).checkpoint().exists();
  }

  /** Whether the run came to its end. */
  public boolean isFinished() {
    return Files.isRegularFile(path.resolve(SUMMARY));
  }

  /** What {@code summary.json} of a finished run says. */
  public Map<String, Object> summary() {
    return object(path.resolve(SUMMARY), "finish the run first");
  }

  /** Notes why the run stopped, if it was begun. */
  void failed(Throwable fault) {
    if (Files.isRegularFile(path.resolve("experiment.json"))) {
      String message =
          fault instanceof GlacisException ? String.valueOf(fault.getMessage()) : fault.toString();
      write(FAILURE, Json.pretty(Map.of("fault", message)));
    }
  }

  /** Forgets why the run stopped: it goes on. */
  void goOn() {
    try {
      Files.deleteIfExists(path.resolve(FAILURE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Why the run stopped; null where no fault stopped it. */
  @Nullable String failure() {
    Path file = path.resolve(FAILURE);
    return Files.isRegularFile(file)
        ? String.valueOf(object(file, "--resume the run").get("fault"))
        : null;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Path file, String remedy) {
    try {
      if (Json.parse(Files.readString(file), file.toString()) instanceof Map<?, ?> fields) {
        return (Map<String, Object>) fields;
      }
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + "); " + remedy, e);
    } catch (EvidenceException e) {
      throw new InputException(String.valueOf(e.getMessage()), e);
    }
    throw new InputException(file + ": is no JSON object; run again");
  }

  /** Writes what the run is made of, before its first step. */
  void begin(Experiment experiment, Dataset dataset) {
    try {
      Files.createDirectories(dataFile().getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    write(dataFile(), Json.pretty(DataRecord.of(dataset)));
    write("experiment.json", experiment.toJson());
  }

  /** What {@link #begin} wrote of the data. */
  Map<String, Object> data() {
    return object(dataFile(), "begin the run anew in another directory");
  }

  /** The SHA-256 of the data that {@link #begin} wrote. */
  String dataSum() {
    return DataRecord.sum(data());
  }

  /**
   * Compares the data with those that the run was made with.
   *
   * @throws InputException if the samples are not the same
   */
  public void checkData(Dataset now) {
    if (isFinished()) {
      Object data = summary().get("data");
      DataRecord.check(
          path.resolve(SUMMARY), data instanceof Map<?, ?> recorded ? recorded : Map.of(), now);
    } else if (Files.isRegularFile(dataFile())) {
      DataRecord.check(dataFile(), data(), now);
    }
  }

  /**
   * Looks whether the state that the run goes on from is there.
   *
   * @throws InputException if epochs were made whose state is missing
   */
  void checkState() {
    Path metrics = path.resolve("metrics.csv");
    if (isFinished() || checkpoint().exists() || !Files.isRegularFile(metrics)) {
      return;
    }
    long epochs = lines(metrics) - 1;
    if (epochs > 0) {
      throw new InputException(
          path.resolve("checkpoint").resolve("last.npz")
              + ": is missing, but metrics.csv has "
              + epochs
              + (epochs == 1 ? " epoch" : " epochs")
              + " that were made; put the file back, or begin anew with glacis run "
              + path
              + " --out ANOTHER");
    }
  }

  private static long lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.filter(line -> !line.isBlank()).count();
    } catch (IOException | UncheckedIOException e) {
      throw new InputException(file + ": cannot be read (" + e + ")", e);
    }
  }

  private Path dataFile() {
    return path.resolve("checkpoint").resolve("data.json");
  }

  /** The file of the certificates of the {@code block}-th certification, from 0. */
  static String certificates(int block) {
    return stem(block) + ".csv";
  }

  /** The folder of the evidence of the {@code block}-th certification, from 0. */
  Path evidence(int block) {
    return path.resolve(stem(block));
  }

  private static String stem(int block) {
    return block == 0 ? "certificates" : "certificates-" + (block + 1);
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

  /** Writes the certificates of the {@code block}-th certification, from 0. */
  void writeCertificates(int block, Certification certification, Dataset data) {
    writeCertificates(
        stem(block), certification.rows(), certification.targeted(), data.classNames());
    HeldOutSamples.write(this, stem(block), certification, data, 0);
  }

  /**
   * Writes {@code STEM.csv}, and, where radii were proved, {@code STEM-radii.csv}; a file is
   * replaced at once and whole.
   */
  private void writeCertificates(
      String stem, List<Certificate> rows, List<TargetedRadii> targeted, List<String> names) {
    write(stem + ".csv", CertificateTable.of(rows));
    if (!targeted.isEmpty()) {
      write(stem + "-radii.csv", RadiusTable.of(targeted, names));
    }
  }

  /**
   * Writes {@code STEM.csv}, a row a sample, {@code STEM-radii.csv} where radii were proved, {@code
   * STEM.json}, which says what the rows are about: data, weights, version, set, steps and figures,
   * the bound from held-out samples where one was asked, and the folder {@code STEM} with the
   * evidence.
   *
   * @param data whose test samples, from {@code first} on, were certified
   */
  public void writeCertification(
      String stem, Certification certification, Dataset data, int first) {
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("recipe", experiment().getName());
    about.put("dataset", data.name());
    about.put("split", "test");
    about.put("first", first);
    about.putAll(Summary.block(certification, stem + ".csv"));
    about.putAll(Summary.radiusCurve(certification));
    Map<String, Object> record = DataRecord.of(data);
    about.put("data", record);
    about.put("weights", DataRecord.file("weights.npz", DataFile.of(weights())));
    about.put("versions", Environment.versions());
    List<Certificate> rows = certification.rows().stream().map(row -> row.moved(first)).toList();
    writeCertificates(
        stem,
        rows,
        certification.targeted().stream().map(row -> row.moved(first)).toList(),
        data.classNames());
    HeldOutSamples.write(this, stem, certification, data, first);
    Experiment declared = experiment();
    RunEvidence.write(
        path.resolve(stem),
        declared.getPlain(),
        Freezing.plain(declared.getModel(), WeightsFile.read(weights())),
        certification,
        rows,
        data.test(),
        DataRecord.sum(record));
    write(stem + ".json", Json.pretty(about));
  }

  void write(String name, String text) {
    write(path.resolve(name), text);
  }

  /** Writes beside the target first and then moves, so that a reader never sees half a file. */
  static void write(Path file, String text) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      try {
        Files.writeString(part, text, StandardCharsets.UTF_8);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
