package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.glacis.evidence.EvidenceException;

/**
 * Checks the evidence of a certification: the files against their sums, and every claim against
 * what follows from the weights in exact arithmetic. Nothing that a file says of itself is
 * believed.
 */
public final class EvidenceChecker {
  private EvidenceChecker() {}

  /** The methods whose certificates leave claims that can be derived anew. */
  public static Set<String> methods() {
    return Derivation.METHODS;
  }

  /** Checks all claims of {@code folder}. */
  public static CheckReport check(Path folder) {
    return check(folder, Integer.MAX_VALUE);
  }

  /**
   * Checks the first {@code limit} claims of {@code folder}, by itself.
   *
   * @throws EvidenceException if there is no evidence there
   */
  public static CheckReport check(Path folder, int limit) {
    long began = System.nanoTime();
    Faults faults = new Faults();
    Manifest.faults(folder).forEach(faults::add);
    List<SampleReport> samples = new ArrayList<>();
    faults.collect(() -> samples.addAll(Examined.of(folder, limit, faults).reports()));
    double seconds = (System.nanoTime() - began) / 1e9;
    return new CheckReport(folder, faults.all(), samples, null, List.of(), seconds);
  }

  /**
   * Checks the evidence of a run, of each of its certifications: {@code certificates}, {@code
   * certificates-2}, {@code certificates-linf-0.1}, ... Weights and layers must be those of the
   * run, and its certificates and figures may say no more than what is proved.
   *
   * @param limit claims of each certification; if there are more, its figures are not compared
   * @throws EvidenceException if there is no evidence
   */
  public static List<CheckReport> checkRun(Path run, int limit) {
    return new RunCheck(run, limit).reports();
  }
}
