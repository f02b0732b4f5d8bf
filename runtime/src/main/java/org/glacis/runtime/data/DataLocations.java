package org.glacis.runtime.data;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Where data sets are looked for.
 *
 * <p>A data set NAME lies in a folder NAME below one of several roots: {@code --data}, {@code
 * GLACIS_DATA}, the user's own folder, those of the operating system's packages. A root that is
 * called NAME itself will do, and so will the folder that a published archive unpacks to, inside
 * it. The first folder that holds all files counts; if none does, the files are downloaded into the
 * user's own.
 */
public final class DataLocations {

  /** Long enough for a slow mirror to send its next piece. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A root, and whether the user named it: then a folder with files missing is a fault. */
  private record Root(String label, Path path, boolean named) {}

  private final Path home;
  private final List<Root> roots;
  private final @Nullable Map<String, List<URI>> mirrors;
  private final DownloadProgress progress;

  private DataLocations(
      Path home,
      List<Root> roots,
      @Nullable Map<String, List<URI>> mirrors,
      DownloadProgress progress) {
    this.home = home;
    this.roots = roots;
    this.mirrors = mirrors;
    this.progress = progress;
  }

  /**
   * The locations of this machine and user.
   *
   * @param dataDir the folder given as {@code --data}; null if none was
   * @throws InputException if that folder does not exist
   */
  public static DataLocations system(@Nullable Path dataDir) {
    String data = variable("GLACIS_DATA");
    String mirror = variable("GLACIS_MIRROR");
    DataLocations locations =
        of(
            dataDir,
            data == null ? null : Path.of(data),
            Path.of(System.getProperty("user.home"), ".glacis", "data"),
            List.of(Path.of("/usr/share/datasets")));
    return mirror == null ? locations : locations.withMirror(mirror);
  }

  private static @Nullable String variable(String name) {
    String value = System.getenv(name);
    return value == null || value.isBlank() ? null : value;
  }

  /**
   * Locations that the caller names.
   *
   * @param dataDir asked first; null for none
   * @param environment asked next, the value of {@code GLACIS_DATA}; null for none
   * @param home asked next, and where downloads go; need not exist
   * @param packages asked last; need not exist
   * @throws InputException if {@code dataDir} does not exist
   */
  public static DataLocations of(
      @Nullable Path dataDir, @Nullable Path environment, Path home, List<Path> packages) {
    List<Root> roots = new ArrayList<>();
    if (dataDir != null) {
      if (!Files.isDirectory(dataDir)) {
        throw DataFault.of(
            "--data " + dataDir, "no such folder", "a folder with data sets", "check the path");
      }
      roots.add(new Root("--data", dataDir, true));
    }
    if (environment != null) {
      roots.add(new Root("GLACIS_DATA", environment, true));
    }
    roots.add(new Root("home", home, false));
    packages.forEach(path -> roots.add(new Root("packages", path, false)));
    return new DataLocations(home, List.copyOf(roots), null, DownloadProgress.SILENT);
  }

  /**
   * These, with other mirrors than the public ones.
   *
   * @param byName folders that hold the files of each data set; one that is left out has no mirror
   */
  public DataLocations withMirrors(Map<String, List<URI>> byName) {
    return new DataLocations(home, roots, Map.copyOf(byName), progress);
  }

  /**
   * These, with one mirror in the place of the public ones, as {@code GLACIS_MIRROR} names it.
   *
   * @param folder an http or https address, below which each data set has a folder of its name
   * @throws InputException if it is no such address
   */
  public DataLocations withMirror(String folder) {
    String root = folder.endsWith("/") ? folder : folder + "/";
    if (!root.matches("https?://[^\\s/]+/\\S*")) {
      throw DataFault.of(
          "GLACIS_MIRROR", "\"" + folder + "\"", "an http or https address", "mend or unset it");
    }
    return withMirrors(
        DataCatalogue.all().stream()
            .collect(
                Collectors.toMap(
                    KnownData::name, known -> List.of(URI.create(root + known.name() + "/")))));
  }

  /** These, with somebody who hears how far downloads are. */
  public DataLocations withProgress(DownloadProgress listener) {
    return new DataLocations(home, roots, mirrors, listener);
  }

  /** The user's own folder, into which downloads go. */
  public Path home() {
    return home;
  }

  /**
   * The folder that holds all files of {@code data}; empty if there is none.
   *
   * @throws InputException if a folder below {@code --data} or {@code GLACIS_DATA} lacks some
   */
  Optional<Path> find(KnownData data) {
    for (Root root : roots) {
      Path folder = folder(root.path, data.name());
      Path inner = folder.resolve(data.unpacked());
      for (Path place : List.of(folder, inner)) {
        if (missing(place, data).isEmpty()) {
          return Optional.of(place);
        }
      }
      if (root.named && Files.isDirectory(folder)) {
        Path begun = Files.isDirectory(inner) ? inner : folder;
        List<String> missing = missing(begun, data);
        throw new InputException(
            "%s: found a folder (%s) without %s, expected all files of %s; add\n  %s"
                .formatted(
                    begun,
                    root.label,
                    missing.size() == 1 ? "a file" : missing.size() + " files",
                    data.name(),
                    list(data, missing)));
      }
    }
    return Optional.empty();
  }

  /**
   * {@link #find}, after a download if need be.
   *
   * @throws InputException if files can neither be found nor downloaded
   */
  Path findOrDownload(KnownData data) {
    return find(data).orElseGet(() -> download(data));
  }

  /** The file in {@code folder}, gzipped or plain. */
  static Optional<Path> present(Path folder, String name) {
    Path packed = folder.resolve(name);
    if (Files.isRegularFile(packed)) {
      return Optional.of(packed);
    }
    Path plain = folder.resolve(name.replaceFirst("\\.gz$", ""));
    return Files.isRegularFile(plain) ? Optional.of(plain) : Optional.empty();
  }

  private Path download(KnownData data) {
    Path folder = folder(home, data.name());
    if (!data.byHand().isEmpty()) {
      throw new InputException(unavailable(data, "it cannot be downloaded", folder, List.of()));
    }
    List<URI> from =
        mirrors == null ? data.mirrors() : mirrors.getOrDefault(data.name(), List.of());
    Downloader downloader = new Downloader(PATIENCE, progress);
    for (RemoteFile file : data.files()) {
      if (present(folder, file.name()).isPresent()) {
        continue;
      }
      List<String> failures =
          from.isEmpty() ? List.of("no mirror is known") : downloader.fetch(file, from, folder);
      if (!failures.isEmpty()) {
        throw new InputException(
            unavailable(data, file.name() + " could not be downloaded", folder, failures));
      }
    }
    return folder;
  }

  private String unavailable(KnownData data, String why, Path folder, List<String> failures) {
    List<String> asked =
        roots.stream().map(root -> folder(root.path, data.name()).toString()).distinct().toList();
    List<String> lines = new ArrayList<>();
    lines.add("data set \"%s\" is not here, and %s".formatted(data.name(), why));
    lines.add("  looked in  " + String.join("\n             ", asked));
    failures.forEach(failure -> lines.add("  " + failure));
    if (!data.byHand().isEmpty()) {
      lines.add("  it comes from  " + data.byHand());
    }
    lines.add(
        "put these files into %s, or into a folder \"%s\" below --data or GLACIS_DATA"
            .formatted(folder, data.name()));
    lines.add("  " + list(data, missing(folder, data)));
    return String.join("\n", lines);
  }

  private static Path folder(Path root, String name) {
    Path last = root.getFileName();
    return last != null && last.toString().equals(name) ? root : root.resolve(name);
  }

  /** What a folder lacks of that layout of which it has the most files. */
  private static List<String> missing(Path folder, KnownData data) {
    List<String> least = List.of();
    int most = -1;
    for (List<String> layout : data.layouts()) {
      List<String> missing =
          layout.stream().filter(name -> present(folder, name).isEmpty()).toList();
      if (missing.isEmpty()) {
        return missing;
      }
      if (layout.size() - missing.size() > most) {
        most = layout.size() - missing.size();
        least = missing;
      }
    }
    return least;
  }

  /** A line a file: with length and checksum where it is one that is published as such. */
  private static String list(KnownData data, List<String> names) {
    Map<String, String> published =
        data.files().stream().collect(Collectors.toMap(RemoteFile::name, RemoteFile::toString));
    return String.join(
        "\n  ", names.stream().map(name -> published.getOrDefault(name, name)).toList());
  }
}
