package org.glacis.evidence.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.file.NpzReader;
import org.glacis.evidence.file.NumberArray;
import org.glacis.evidence.network.Network;
import org.glacis.evidence.network.NetworkReader;
import org.jspecify.annotations.Nullable;

/**
 * Checks the evidence of a certification: the files against their sums, and every claim against
 * what follows from the weights in exact arithmetic. Nothing that a file says of itself is
 * believed.
 */
public final class EvidenceChecker {
  private static final String EVIDENCE = "certificates";

  private EvidenceChecker() {}

  /** Checks all claims of {@code folder}. */
  public static CheckReport check(Path folder) {
    return check(folder, Integer.MAX_VALUE);
  }

  /**
   * Checks the first {@code limit} claims of {@code folder}.
   *
   * @throws EvidenceException if there is no evidence there
   */
  public static CheckReport check(Path folder, int limit) {
    return check(folder, limit, null);
  }

  /**
   * Checks the evidence of a run: each of its folders {@code certificates}, {@code certificates-2},
   * {@code certificates-linf-0.1}, ... The weights must be those of the run.
   *
   * @param limit claims of each folder
   * @throws EvidenceException if there is no evidence
   */
  public static List<CheckReport> checkRun(Path run, int limit) {
    List<Path> folders = folders(run);
    if (folders.isEmpty()) {
      throw EvidenceException.of(
          run.toString(),
          Files.isDirectory(run) ? "no folder certificates in it" : "no such folder",
          "a run with the evidence of its certificates",
          "certify it with this release; layers that the checker does not know leave no evidence");
    }
    // A network with constrained layers is certified as the plain one that it was frozen to.
    Path frozen = run.resolve("frozen.npz");
    Path weights = Files.isRegularFile(frozen) ? frozen : run.resolve("weights.npz");
    if (!Files.isRegularFile(weights)) {
      throw EvidenceException.of(
          run.toString(),
          "neither frozen.npz nor weights.npz in it",
          "the weights of the run, with which its evidence is compared",
          "put back the file, or check a folder of evidence by itself");
    }
    List<CheckReport> reports = new ArrayList<>();
    for (Path folder : folders) {
      reports.add(check(folder, limit, weights));
    }
    return reports;
  }

  private static List<Path> folders(Path run) {
    if (!Files.isDirectory(run)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(run)) {
      return files
          .filter(Files::isDirectory)
          .filter(file -> isEvidence(String.valueOf(file.getFileName())))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new EvidenceException("%s: cannot be read (%s)".formatted(run, e), e);
    }
  }

  private static boolean isEvidence(String name) {
    return name.equals(EVIDENCE) || (name.startsWith(EVIDENCE + "-") && !name.endsWith(".part"));
  }

  private static CheckReport check(Path folder, int limit, @Nullable Path weights) {
    long began = System.nanoTime();
    List<String> faults = new ArrayList<>(Manifest.faults(folder));
    List<SampleReport> samples = List.of();
    try {
      Map<String, NumberArray> arrays = NpzReader.read(folder.resolve("weights.npz"));
      Network network =
          NetworkReader.read(
              Fields.read(folder.resolve("network.json")),
              arrays,
              folder.resolve("weights.npz").toString());
      Claims claims = ClaimsJson.read(Fields.read(folder.resolve("claims.json")));
      if (!claims.task().equals(network.task())) {
        faults.add(
            "%s: claims a %s of a network for %s".formatted(folder, claims.task(), network.task()));
      }
      Inputs inputs =
          Inputs.read(folder.resolve("samples.npz"), claims.samples().size(), network.inputs());
      Derivation derivation = new Derivation(network, claims, inputs);
      faults.addAll(derivation.faults());
      samples =
          IntStream.range(0, Math.min(limit, claims.samples().size()))
              .parallel()
              .mapToObj(derivation::check)
              .toList();
      if (weights != null && !isSame(arrays, NpzReader.read(weights))) {
        faults.add(folder + ": is about other weights than " + weights);
      }
    } catch (EvidenceException e) {
      faults.add(String.valueOf(e.getMessage()));
    }
    return new CheckReport(folder, faults, samples, (System.nanoTime() - began) / 1e9);
  }

  private static boolean isSame(Map<String, NumberArray> a, Map<String, NumberArray> b) {
    Set<String> names = a.keySet();
    return names.equals(b.keySet())
        && names.stream()
            .allMatch(
                name -> {
                  NumberArray first = a.get(name);
                  NumberArray second = b.get(name);
                  return first != null
                      && second != null
                      && Arrays.equals(first.shape(), second.shape())
                      && Arrays.equals(first.doubles(), second.doubles());
                });
  }
}
