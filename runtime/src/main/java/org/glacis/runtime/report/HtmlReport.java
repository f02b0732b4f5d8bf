package org.glacis.runtime.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Turns run directories into pages of HTML. A page is one file: it loads nothing, and reads the
 * same offline, on paper, on a phone, by day and night.
 */
public final class HtmlReport {
  private HtmlReport() {}

  /**
   * Writes {@code report.html} into {@code run}: the protocol of a run, or, where the directory has
   * a {@code seeds.json}, of all its seeds.
   *
   * @param pictures the test samples, for the gallery; null where they are not pictures or not at
   *     hand
   * @return the file written
   * @throws InputException naming a file that is missing or broken, and the remedy
   */
  public static Path write(Path run, @Nullable Pictures pictures) {
    String page =
        SeedFiles.isAt(run)
            ? ComparisonPage.render(SeedFiles.read(run))
            : RunPage.render(RunFiles.read(run), pictures);
    return save(page, run.resolve("report.html"));
  }

  /**
   * Writes one page that shows {@code runs} side by side; a directory of seeds counts as one run,
   * with its means.
   *
   * @param target the file to write
   * @return {@code target}
   * @throws InputException naming a file that is missing or broken, and the remedy
   */
  public static Path compare(List<Path> runs, Path target) {
    if (runs.isEmpty())
      throw new InputException(
          "glacis report: no run directories were named; name one or more, such as runs/interval-digits");
    List<RunFiles> read =
        runs.stream()
            .map(run -> SeedFiles.isAt(run) ? SeedFiles.read(run).mean() : RunFiles.read(run))
            .toList();
    return save(ComparisonPage.render(read), target);
  }

  /**
   * Writes {@code tune.html} into {@code directory}: the points of its {@code tune.json}, and their
   * front.
   *
   * @return the file written
   * @throws InputException naming a file that is missing or broken, and the remedy
   */
  public static Path tuning(Path directory) {
    return save(TuningPage.render(TuneFile.read(directory)), directory.resolve("tune.html"));
  }

  /**
   * Writes the page of a search for a learning rate.
   *
   * @param losses at {@code rates}, one for each
   * @param smoothed the losses, smoothed over the steps
   * @param suggested a rate; NaN for none
   * @param target the file to write
   */
  public static void rates(
      String recipe,
      List<Double> rates,
      List<Double> losses,
      List<Double> smoothed,
      double suggested,
      Path target) {
    save(RatePage.render(recipe, rates, losses, smoothed, suggested), target);
  }

  /** The whole page or none of it: a report that is being read is never half written. */
  private static Path save(String page, Path target) {
    Path absolute = target.toAbsolutePath();
    Path beside = absolute.resolveSibling(absolute.getFileName() + ".part");
    try {
      Files.createDirectories(absolute.getParent());
      Files.writeString(beside, page);
      Files.move(beside, absolute, StandardCopyOption.REPLACE_EXISTING);
      return target;
    } catch (IOException e) {
      throw new InputException(target + ": cannot be written (" + e + "); name another place", e);
    }
  }
}
