package org.glacis.evidence.check;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.Json;
import org.glacis.evidence.file.Fields;
import org.jspecify.annotations.Nullable;

/**
 * {@code manifest.json}: {@code format}, {@code formatVersion}, {@code files} with the {@code size}
 * and the {@code sha256} of each other file, and {@code manifest}, the same of this file's own text
 * without that field. It finds damage and careless changes; who writes a new manifest is found by
 * what the checker derives.
 */
final class Manifest {
  static final String FILE = "manifest.json";
  static final String FORMAT = "glacis-evidence";
  static final int FORMAT_VERSION = 1;
  static final List<String> FILES =
      List.of("network.json", "weights.npz", "samples.npz", "claims.json");

  private Manifest() {}

  /** The text of a manifest of the files that are in {@code folder}. */
  static String of(Path folder) throws IOException {
    Map<String, Object> files = new LinkedHashMap<>();
    for (String file : FILES) {
      files.put(file, entry(Files.size(folder.resolve(file)), sum(folder.resolve(file))));
    }
    Map<String, @Nullable Object> manifest = new LinkedHashMap<>();
    manifest.put("format", FORMAT);
    manifest.put("formatVersion", FORMAT_VERSION);
    manifest.put("files", files);
    manifest.put("manifest", own(manifest));
    return Json.pretty(manifest);
  }

  private static Map<String, Object> entry(long size, String sum) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("size", size);
    entry.put("sha256", sum);
    return entry;
  }

  private static Map<String, Object> own(Map<String, @Nullable Object> others) {
    byte[] bytes = Json.pretty(others).getBytes(StandardCharsets.UTF_8);
    return entry(bytes.length, HexFormat.of().formatHex(digest().digest(bytes)));
  }

  /**
   * What differs from the manifest in {@code folder}.
   *
   * @throws EvidenceException if there is no manifest to compare with
   */
  static List<String> faults(Path folder) {
    Path path = folder.resolve(FILE);
    if (!Files.isDirectory(folder) || !Files.isRegularFile(path)) {
      throw EvidenceException.of(
          folder.toString(),
          Files.isDirectory(folder) ? "no " + FILE + " in it" : "no such folder",
          "the evidence of a certification",
          "certify the run with this release");
    }
    List<String> faults = new ArrayList<>();
    try {
      String text = Files.readString(path, StandardCharsets.UTF_8);
      Fields manifest = Fields.of(path.toString(), Json.parse(text, path.toString()));
      manifest.text("format", List.of(FORMAT));
      int version = manifest.whole("formatVersion", 1);
      if (version > FORMAT_VERSION) {
        throw EvidenceException.of(
            path + ".formatVersion",
            Integer.toString(version),
            "at most " + FORMAT_VERSION,
            "use a newer Glacis");
      }
      Fields files = manifest.object("files");
      for (String file : FILES) {
        faults.addAll(compare(folder.resolve(file), files.object(file)));
      }
      files.finish();
      faults.addAll(strangers(folder));
      manifest.object("manifest");
      manifest.finish();
      if (faults.isEmpty() && !text.equals(of(folder))) {
        faults.add(path + ": is not as it was written (its own sum differs)");
      }
    } catch (IOException e) {
      throw new EvidenceException(
          "%s: cannot be read (%s); check the disk, or copy the evidence again"
              .formatted(folder, e),
          e);
    }
    return faults;
  }

  private static List<String> compare(Path file, Fields entry) throws IOException {
    Object size = entry.value("size");
    String sum = entry.text("sha256");
    entry.finish();
    if (!Files.isRegularFile(file)) {
      return List.of(file + ": is missing");
    } else if (!(size instanceof Long bytes) || bytes != Files.size(file)) {
      return List.of(
          "%s: has %d bytes but the manifest says %s".formatted(file, Files.size(file), size));
    } else if (!sum(file).equals(sum)) {
      return List.of(file + ": its SHA-256 is not that of the manifest");
    }
    return List.of();
  }

  private static List<String> strangers(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> !FILES.contains(name(file)) && !name(file).equals(FILE))
          .sorted()
          .map(file -> file + ": is not named in the manifest")
          .toList();
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static String sum(Path file) throws IOException {
    MessageDigest digest = digest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
