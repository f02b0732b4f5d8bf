package org.glacis.evidence.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.Json;
import org.glacis.evidence.check.Claims.Range;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.holistic.HeldOutCertificate;
import org.jspecify.annotations.Nullable;

/**
 * {@code held-out.json} beside {@code certificates.csv} and its evidence, the folder {@code
 * certificates}; {@code held-out-2.json} beside {@code certificates-2.csv}, and so on: a {@link
 * HeldOutCertificate}, and {@code about}, what its errors are counted on.
 *
 * @param norm {@code linf} or {@code l2}
 * @param epsilon the radius of the set: one number, or for linf one a feature
 * @param range the least and the most that a feature can be; null for no limits
 * @param dataset the name of the data
 * @param first the place in the data set of the first sample
 */
public record HeldOutFile(
    HeldOutCertificate certificate,
    String norm,
    List<Double> epsilon,
    @Nullable Range range,
    String dataset,
    int first) {
  private static final String CERTIFICATES = "certificates";
  private static final String HELD_OUT = "held-out";
  private static final Pattern NAME = Pattern.compile(HELD_OUT + "(|-.+)\\.json");

  /** A bound from training samples would be none. */
  private static final String SPLIT = "test";

  public HeldOutFile {
    epsilon = List.copyOf(epsilon);
  }

  /** The name of the file that belongs to the certificates {@code stem}. */
  public static String name(String stem) {
    if (!stem.startsWith(CERTIFICATES)) {
      throw new IllegalArgumentException(stem + " does not begin with " + CERTIFICATES);
    }
    return HELD_OUT + stem.substring(CERTIFICATES.length()) + ".json";
  }

  /** The files of {@code run}, in the order of their names. */
  public static List<Path> in(Path run) {
    if (!Files.isDirectory(run)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(run)) {
      return files.filter(file -> named(file).matches()).sorted().toList();
    } catch (IOException e) {
      throw new EvidenceException("%s: cannot be read (%s)".formatted(run, e), e);
    }
  }

  /** The name of the certificates that {@code file} belongs to. */
  static String stem(Path file) {
    Matcher name = named(file);
    if (!name.matches()) {
      throw new IllegalArgumentException(file + " is not named " + NAME);
    }
    return CERTIFICATES + name.group(1);
  }

  private static Matcher named(Path file) {
    return NAME.matcher(String.valueOf(file.getFileName()));
  }

  /** The text of the file of the certificates {@code stem}. */
  public String toJson(String stem) {
    Map<String, @Nullable Object> about = new LinkedHashMap<>();
    about.put("dataset", dataset);
    about.put("split", SPLIT);
    about.put("first", first);
    about.put("norm", norm);
    about.put("epsilon", epsilon.size() == 1 ? epsilon.get(0) : epsilon);
    about.put("range", range == null ? null : List.of(range.least(), range.most()));
    about.put("certificates", stem + ".csv");
    about.put("evidence", stem);
    Map<String, Object> json = new LinkedHashMap<>(certificate.fields());
    json.put("about", about);
    return Json.pretty(json);
  }

  /**
   * Reads {@code file}.
   *
   * @throws EvidenceException if it is not what {@link #toJson} writes
   */
  static HeldOutFile read(Path file) {
    Fields json = Fields.read(file);
    HeldOutCertificate certificate = HeldOutCertificate.read(json);
    Fields about = json.object("about");
    json.finish();
    String stem = stem(file);
    String dataset = about.text("dataset");
    String norm = about.text("norm", List.of("linf", "l2"));
    about.text("split", List.of(SPLIT));
    about.text("certificates", List.of(stem + ".csv"));
    about.text("evidence", List.of(stem));
    HeldOutFile read =
        new HeldOutFile(
            certificate,
            norm,
            Arrays.stream(ClaimsJson.epsilon(about, norm)).boxed().toList(),
            about.has("range") ? ClaimsJson.range(about) : null,
            dataset,
            about.whole("first", 0));
    about.finish();
    return read;
  }
}
