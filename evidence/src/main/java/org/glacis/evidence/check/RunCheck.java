package org.glacis.evidence.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.file.NpzReader;
import org.glacis.evidence.file.NumberArray;

/** A run beside its evidence: for each certification weights, declaration, rows and figures. */
final class RunCheck {
  private static final String EVIDENCE = "certificates";
  private static final String RADII = "-radii";

  private final Path run;
  private final int limit;

  RunCheck(Path run, int limit) {
    this.run = run;
    this.limit = limit;
  }

  /** One a certification. */
  List<CheckReport> reports() {
    Set<String> stems = stems();
    if (stems.stream().noneMatch(stem -> Files.isDirectory(run.resolve(stem)))) {
      throw EvidenceException.of(
          run.toString(),
          Files.isDirectory(run) ? "no folder certificates in it" : "no such folder",
          "a run with the evidence of its certificates",
          "certify it with this release; layers that the checker does not know leave no evidence");
    }
    Path weights = weights();
    List<CheckReport> reports = new ArrayList<>();
    for (String stem : stems) {
      reports.add(report(stem, weights));
    }
    return reports;
  }

  /** A network with constrained layers is certified as the plain one that it was frozen to. */
  private Path weights() {
    Path frozen = run.resolve("frozen.npz");
    Path weights = Files.isRegularFile(frozen) ? frozen : run.resolve("weights.npz");
    if (!Files.isRegularFile(weights)) {
      throw EvidenceException.of(
          run.toString(),
          "neither frozen.npz nor weights.npz in it",
          "the weights of the run, with which its evidence is compared",
          "put back the file, or check a folder of evidence by itself");
    }
    return weights;
  }

  /**
   * The names of certifications: of those that a folder, a table or a file with figures is of, and
   * of those that the summary tells of.
   */
  private Set<String> stems() {
    Set<String> stems = new TreeSet<>();
    if (!Files.isDirectory(run)) {
      return stems;
    }
    try (Stream<Path> files = Files.list(run)) {
      files.map(RunCheck::stem).filter(RunCheck::isCertification).forEach(stems::add);
    } catch (IOException e) {
      throw new EvidenceException("%s: cannot be read (%s)".formatted(run, e), e);
    }
    for (int i = 0; i < blocks(); i++) {
      stems.add(i == 0 ? EVIDENCE : EVIDENCE + "-" + (i + 1));
    }
    return stems;
  }

  /** How many certifications the summary tells of. */
  private int blocks() {
    Path summary = run.resolve("summary.json");
    try {
      return Files.isRegularFile(summary)
          ? Fields.read(summary).objects("certifications").size()
          : 0;
    } catch (EvidenceException e) {
      // It cannot be read, which is a fault of each certification that is found otherwise.
      return 0;
    }
  }

  /** The name of the certification that {@code file} would be of; empty for none. */
  private static String stem(Path file) {
    String name = String.valueOf(file.getFileName());
    if (Files.isDirectory(file)) {
      return name;
    }
    String stem = name.replaceFirst("(" + RADII + ")?\\.csv$|\\.json$", "");
    return stem.equals(name) ? "" : stem;
  }

  private static boolean isCertification(String stem) {
    return (stem.equals(EVIDENCE) || stem.startsWith(EVIDENCE + "-")) && !stem.endsWith(".part");
  }

  private CheckReport report(String stem, Path weights) {
    long began = System.nanoTime();
    Path folder = run.resolve(stem);
    Faults faults = new Faults();
    List<SampleReport> samples = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    Coverage coverage = null;
    try {
      Manifest.faults(folder).forEach(faults::add);
      Examined examined = Examined.of(folder, limit, faults);
      samples.addAll(examined.reports());
      coverage = compare(stem, examined, weights, faults, notes);
    } catch (EvidenceException e) {
      faults.add(String.valueOf(e.getMessage()));
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    return new CheckReport(folder, faults.all(), samples, coverage, notes, seconds);
  }

  private Coverage compare(
      String stem, Examined examined, Path weights, Faults faults, List<String> notes) {
    Path folder = run.resolve(stem);
    if (!isSame(examined.weights(), NpzReader.read(weights))) {
      faults.add(folder + ": is about other weights than " + weights);
    }
    Path declared = run.resolve("experiment.json");
    faults.collect(
        () -> Declaration.faults(declared, folder.resolve("network.json")).forEach(faults::add));
    Path csv = run.resolve(stem + ".csv");
    RowCheck rows = new RowCheck(csv, examined.derivation(), examined.derived(), faults);
    Path radii = run.resolve(stem + RADII + ".csv");
    if (Files.isRegularFile(radii)) {
      faults.collect(() -> RadiusCheck.check(radii, examined.claims(), examined.derived(), faults));
    }
    faults.collect(() -> new StatementCheck(run, stem, examined, rows, faults, notes).check());
    return rows.coverage();
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
