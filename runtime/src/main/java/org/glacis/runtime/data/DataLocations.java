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
 * called NAME itself will do. The first folder that holds all files counts; if none does, the files
 * are downloaded into the user's own.
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
      List<RemoteFile> missing = missing(folder, data);
      if (missing.isEmpty()) {
        return Optional.of(folder);
      }
      if (root.named && Files.isDirectory(folder)) {
        throw new InputException(
            "%s: found a folder (%s) without %s, expected all files of %s; add\n  %s"
                .formatted(
                    folder,
                    root.label,
                    missing.size() == 1 ? "a file" : missing.size() + " files",
                    data.name(),
                    list(missing)));
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
    List<URI> from =
        mirrors == null ? data.mirrors() : mirrors.getOrDefault(data.name(), List.of());
    Downloader downloader = new Downloader(PATIENCE, progress);
    for (RemoteFile file : missing(folder, data)) {
      List<String> failures =
          from.isEmpty() ? List.of("no mirror is known") : downloader.fetch(file, from, folder);
      if (!failures.isEmpty()) {
        throw new InputException(unavailable(data, file, folder, failures));
      }
    }
    return folder;
  }

  private String unavailable(KnownData data, RemoteFile file, Path folder, List<String> failures) {
    List<String> asked =
        roots.stream().map(root -> folder(root.path, data.name()).toString()).distinct().toList();
    return """
        data set "%s" is not here, and %s could not be downloaded
          looked in  %s
          %s
        put these files into %s, or into a folder "%s" below --data or GLACIS_DATA
          %s"""
        .formatted(
            data.name(),
            file.name(),
            String.join("\n             ", asked),
            String.join("\n  ", failures),
            folder,
            data.name(),
            list(missing(folder, data)));
  }

  private static Path folder(Path root, String name) {
    Path last = root.getFileName();
    return last != null && last.toString().equals(name) ? root : root.resolve(name);
  }

  private static List<RemoteFile> missing(Path folder, KnownData data) {
    return data.files().stream().filter(file -> present(folder, file.name()).isEmpty()).toList();
  }

  private static String list(List<RemoteFile> files) {
    return String.join("\n  ", files.stream().map(RemoteFile::toString).toList());
  }
}
