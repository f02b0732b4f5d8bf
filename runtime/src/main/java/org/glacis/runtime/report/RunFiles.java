package org.glacis.runtime.report;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import kotlinx.serialization.json.JsonArray;
import kotlinx.serialization.json.JsonElement;
import kotlinx.serialization.json.JsonPrimitive;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The files of one run directory, read. {@code experiment.json} and {@code summary.json} must be
 * there; what the others lack is simply not shown.
 *
 * @param directory the run directory
 * @param experiment {@code experiment.json}
 * @param experimentText the same, as it was written
 * @param summary {@code summary.json}
 * @param metrics {@code metrics.csv}; without columns where it is missing
 * @param certificates {@code certificates.csv}; empty where it is missing
 * @param curve accuracy against epsilon, ascending in epsilon
 * @param radiusCurve certified accuracy against the radius, by proved radii: each point's holds up
 *     to the next point's epsilon; empty where none were proved
 * @param confusion counts, a row per true class and a column per predicted class; empty where not
 *     measured
 * @param spread of the figures in {@code summary} over the seeds; without fields for a single run
 */
record RunFiles(
    Path directory,
    JsonTree experiment,
    String experimentText,
    JsonTree summary,
    Metrics metrics,
    List<CertificateRow> certificates,
    List<CurvePoint> curve,
    List<CurvePoint> radiusCurve,
    List<List<Integer>> confusion,
    JsonTree spread) {

  /**
   * Reads {@code directory}.
   *
   * @throws InputException naming the file that is missing or broken, and the remedy
   */
  static RunFiles read(Path directory) {
    if (!Files.isDirectory(directory))
      throw new InputException(
          directory
              + ": is no run directory; name one that `glacis run` has written, such as runs/interval-digits");
    String experiment = read(directory.resolve("experiment.json"), "`glacis run` writes it first");
    JsonTree experimentTree = JsonTree.parse(directory.resolve("experiment.json"), experiment);
    Path summaryFile = directory.resolve("summary.json");
    JsonTree summary =
        JsonTree.parse(
            summaryFile,
            read(summaryFile, "the run has not ended; end it with `glacis run ... --resume`"));
    String metrics = readIfThere(directory.resolve("metrics.csv"));
    String certificates = readIfThere(directory.resolve("certificates.csv"));
    RunFiles run =
        new RunFiles(
            directory,
            experimentTree,
            experiment,
            summary,
            metrics == null
                ? Metrics.NONE
                : Metrics.parse(directory.resolve("metrics.csv"), metrics),
            certificates == null
                ? List.of()
                : CertificateRow.parse(directory.resolve("certificates.csv"), certificates),
            CurvePoint.of(summary, "curve"),
            CurvePoint.of(summary, "radiusCurve"),
            confusion(summary),
            JsonTree.empty(summaryFile));
    // Every figure is looked at now, so that a wrong one is named however little of it a page
    // shows.
    for (KeyFigure figure : KeyFigure.values()) figure.value(run);
    summary.object("certifiedAccuracyBy").numbers();
    run.epsilon();
    Double certified = run.accuracy("certifiedAccuracy");
    Double attacked = run.accuracy("attackAccuracy");
    if (certified != null && attacked != null)
      CurvePoint.checkOrder(certified, attacked, summaryFile.toString());
    return run;
  }

  /** The recipe's name, else the experiment's, else the directory's. */
  String title() {
    String recipe = summary.text("recipe");
    return recipe != null ? recipe : Objects.requireNonNullElse(experiment.text("name"), label());
  }

  /** The directory's own name: what tells runs of one recipe apart. */
  String label() {
    Path file = directory.toAbsolutePath().normalize().getFileName();
    String name = file == null ? directory.toString() : file.toString();
    return isMean() ? name + " (mean)" : name;
  }

  /** Whether the figures are means over seeds. */
  boolean isMean() {
    return !spread.fields().isEmpty();
  }

  boolean isRegression() {
    return "regression".equals(summary.text("task"));
  }

  /** An accuracy of the summary, a fraction, or null. */
  @Nullable Double accuracy(String key) {
    return summary.fraction(key);
  }

  /**
   * Epsilon as it stands in the summary, a number or a value per feature; null where it is missing.
   */
  @Nullable String epsilon() {
    JsonElement epsilon = summary.get("epsilon");
    if (epsilon instanceof JsonArray array) return "per feature " + Format.value(array);
    return epsilon instanceof JsonPrimitive
        ? Format.number(Objects.requireNonNull(summary.number("epsilon")))
        : null;
  }

  /** The one epsilon of the summary; NaN where it is missing or differs by feature. */
  double scalarEpsilon() {
    return summary.get("epsilon") instanceof JsonPrimitive
        ? Objects.requireNonNull(summary.number("epsilon"))
        : Double.NaN;
  }

  List<String> classNames() {
    return summary.texts("classNames");
  }

  /** {@code label} as a reader knows it: the class's name, or the number. */
  String className(double label) {
    List<String> names = classNames();
    if (isRegression() || label != Math.rint(label)) return Format.number(label);
    return label >= 0 && label < names.size()
        ? names.get((int) label)
        : Integer.toString((int) label);
  }

  private static List<List<Integer>> confusion(JsonTree summary) {
    List<JsonElement> rows = summary.list("confusion");
    List<List<Integer>> counts = new ArrayList<>();
    for (JsonElement row : rows) {
      if (!(row instanceof JsonArray cells) || cells.size() != rows.size())
        throw new InputException(
            summary.file()
                + ": confusion["
                + counts.size()
                + "] is "
                + row
                + ", expected a list of "
                + rows.size()
                + " counts");
      List<Integer> parsed = new ArrayList<>();
      for (JsonElement cell : cells) {
        try {
          parsed.add(Integer.valueOf(((JsonPrimitive) cell).getContent()));
        } catch (ClassCastException | NumberFormatException e) {
          throw new InputException(
              summary.file()
                  + ": confusion["
                  + counts.size()
                  + "] has "
                  + cell
                  + ", expected a count",
              e);
        }
      }
      counts.add(List.copyOf(parsed));
    }
    return List.copyOf(counts);
  }

  static String read(Path file, String remedy) {
    String text = readIfThere(file);
    if (text == null) throw new InputException(file + ": is missing; " + remedy);
    return text;
  }

  static @Nullable String readIfThere(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return null;
    } catch (CharacterCodingException e) {
      throw new InputException(
          file + ": is not UTF-8 text; it may be damaged: run again to write it", e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + "); check its permissions", e);
    }
  }
}
