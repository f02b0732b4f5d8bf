package org.glacis.evidence.check;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.glacis.evidence.Json;
import org.glacis.evidence.check.Claims.Constants;
import org.glacis.evidence.file.NpzWriter;
import org.glacis.evidence.file.NumberArray;

/**
 * Writes the evidence of one certification as a folder, which is there whole or not at all.
 *
 * <p>Claims are written a little weaker than they are handed over, by 1e-6 of their size and 1e-12:
 * margins and radii lower, constants higher, output intervals wider. So what the checker derives by
 * other arithmetic in another order confirms them.
 */
public final class EvidenceWriter {
  private EvidenceWriter() {}

  /**
   * Writes {@code folder}, in the place of one that is there.
   *
   * @param network the head of the network's JSON: format, version, task, input, layers, range
   * @param weights arrays by path
   * @param inputs float32, or bytes that stand for {@code b / 255}; samples × input shape, in the
   *     order of {@link Claims#indices}
   * @throws IOException if something cannot be written; the folder is then as before
   */
  public static void write(
      Path folder,
      Map<String, ?> network,
      Map<String, NumberArray> weights,
      NumberArray inputs,
      Claims claims)
      throws IOException {
    Path absolute = folder.toAbsolutePath();
    Path part = absolute.resolveSibling(absolute.getFileName() + ".part");
    delete(part);
    try {
      Files.createDirectories(part);
      Files.writeString(part.resolve("network.json"), Json.pretty(network), StandardCharsets.UTF_8);
      arrays(part.resolve("weights.npz"), weights);
      arrays(part.resolve("samples.npz"), samples(inputs, claims));
      Files.writeString(
          part.resolve("claims.json"),
          Json.pretty(ClaimsJson.write(weakened(claims))),
          StandardCharsets.UTF_8);
      Files.writeString(part.resolve(Manifest.FILE), Manifest.of(part), StandardCharsets.UTF_8);
      delete(absolute);
      Files.move(part, absolute, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      delete(part);
    }
  }

  private static void arrays(Path file, Map<String, NumberArray> arrays) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      NpzWriter.write(arrays, out);
    }
  }

  private static Map<String, NumberArray> samples(NumberArray inputs, Claims claims) {
    Map<String, NumberArray> arrays = new LinkedHashMap<>();
    Map<Integer, Integer> labels = new LinkedHashMap<>();
    claims.samples().forEach(claim -> labels.putIfAbsent(claim.index(), claim.label()));
    int[] count = {labels.size()};
    arrays.put("inputs", inputs);
    arrays.put("labels", new NumberArray(count, whole(labels.values())));
    arrays.put("indices", new NumberArray(count, whole(labels.keySet())));
    return arrays;
  }

  private static int[] whole(Collection<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The claims with a little given up. */
  static Claims weakened(Claims claims) {
    Constants constants = claims.lipschitz();
    Constants higher =
        constants == null
            ? null
            : new Constants(
                Slack.above(constants.whole()),
                Slack.above(constants.body()),
                Arrays.stream(constants.logits()).map(Slack::above).toArray());
    List<Claim> samples =
        claims.samples().stream().map(claim -> weakened(claim, claims.epsilon()[0])).toList();
    return new Claims(
        claims.data(),
        claims.task(),
        claims.norm(),
        claims.epsilon(),
        claims.range(),
        higher,
        samples);
  }

  private static Claim weakened(Claim claim, double epsilon) {
    double[] lower = claim.lower().clone();
    double[] upper = claim.upper().clone();
    for (int j = 0; j < lower.length; j++) {
      double slack = Slack.around(lower[j], upper[j]);
      lower[j] -= slack;
      upper[j] += slack;
    }
    return new Claim(
        claim.index(),
        claim.label(),
        claim.verdict(),
        claim.method(),
        Slack.below(claim.margin()),
        // A certified claim reaches epsilon, and goes on to do so.
        claim.isCertified()
            ? Math.max(Slack.below(claim.radius()), Math.min(claim.radius(), epsilon))
            : Slack.below(claim.radius()),
        lower,
        upper);
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
