package org.glacis.evidence.check;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.check.SampleReport.Status;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.holistic.HeldOutCertificate;
import org.jspecify.annotations.Nullable;

/**
 * Checks bounds from held-out samples: errors are counted anew, on claims that were derived anew,
 * and the bound is computed from the count. What {@link HeldOutCertificate#hypotheses} says is
 * beyond any check.
 */
public final class HeldOutChecker {
  private HeldOutChecker() {}

  /**
   * Checks the bounds of a run: each {@code held-out.json}, {@code held-out-2.json}, ..., and that
   * there is one where the run says so.
   *
   * @param reports of all its evidence, without a limit of claims
   */
  public static List<HeldOutReport> check(Path run, List<CheckReport> reports) {
    Map<String, CheckReport> evidence = new TreeMap<>();
    reports.forEach(report -> evidence.put(name(report.folder()), report));
    Set<String> stems = new TreeSet<>(evidence.keySet());
    HeldOutFile.in(run).forEach(file -> stems.add(HeldOutFile.stem(file)));
    List<HeldOutReport> found = new ArrayList<>();
    for (String stem : stems) {
      HeldOutReport report = report(run, stem, evidence.get(stem));
      if (report != null) {
        found.add(report);
      }
    }
    return found;
  }

  /** Null where there is no bound, and none is said to be. */
  private static @Nullable HeldOutReport report(
      Path run, String stem, @Nullable CheckReport evidence) {
    Path file = run.resolve(HeldOutFile.name(stem));
    HeldOutCertificate certificate = null;
    List<String> faults = new ArrayList<>();
    try {
      HeldOutStatement said = HeldOutStatement.of(run, stem);
      String claimed = said.claimed();
      if (Files.isRegularFile(file)) {
        HeldOutFile told = HeldOutFile.read(file);
        certificate = told.certificate();
        faults.addAll(said.faults(certificate));
        count(file, told, evidence, faults);
      } else if (claimed == null) {
        return null;
      } else {
        faults.add(file + ": is missing, but there is " + claimed);
      }
    } catch (EvidenceException e) {
      faults.add(String.valueOf(e.getMessage()));
    }
    return new HeldOutReport(file, certificate, faults);
  }

  private static void count(
      Path file, HeldOutFile told, @Nullable CheckReport evidence, List<String> faults) {
    String stem = HeldOutFile.stem(file);
    if (evidence == null) {
      throw EvidenceException.of(
          file.toString(),
          "no folder " + stem + " beside it",
          "the evidence that it rests on",
          "put it back; layers that the checker does not know leave none");
    }
    if (!evidence.isConfirmed()) {
      faults.add(file + ": rests on evidence that is not confirmed, " + evidence.folder());
    }
    Claims claims = ClaimsJson.read(Fields.read(evidence.folder().resolve("claims.json")));
    if (!isSameSet(told, claims)) {
      faults.add(file + ": is about another set than " + evidence.folder());
    }
    int[] labels = labels(file.resolveSibling(stem + ".csv"), told.first());
    compare(file + ".samples", told.certificate().samples(), labels.length, faults);
    int errors = errors(labels, told.first(), claims, evidence.samples());
    compare(file + ".errors", told.certificate().errors(), errors, faults);
  }

  private static String name(Path folder) {
    return String.valueOf(folder.getFileName());
  }

  private static boolean isSameSet(HeldOutFile told, Claims claims) {
    double[] epsilon = told.epsilon().stream().mapToDouble(Double::doubleValue).toArray();
    return claims.task().equals("classification")
        && told.norm().equals(claims.norm())
        && Arrays.equals(epsilon, claims.epsilon())
        && Objects.equals(told.range(), claims.range());
  }

  private static void compare(String where, int told, int found, List<String> faults) {
    if (told != found) {
      faults.add("%s: is %d, but %d are counted".formatted(where, told, found));
    }
  }

  /**
   * How many samples have no proved claim for their own label.
   *
   * @param reports one a claim, in order
   */
  private static int errors(int[] labels, int first, Claims claims, List<SampleReport> reports) {
    Map<Integer, Integer> proved = new HashMap<>();
    for (int i = 0; i < Math.min(reports.size(), claims.samples().size()); i++) {
      Claim claim = claims.samples().get(i);
      SampleReport report = reports.get(i);
      if (claim.isCertified()
          && report.index() == claim.index()
          && report.status() == Status.PROVED) {
        proved.put(claim.index(), claim.label());
      }
    }
    int errors = 0;
    for (int i = 0; i < labels.length; i++) {
      errors += Integer.valueOf(labels[i]).equals(proved.get(first + i)) ? 0 : 1;
    }
    return errors;
  }

  /** The label of each sample, from {@code first} on without a gap. */
  private static int[] labels(Path csv, int first) {
    List<Row> rows = Row.read(csv);
    int[] labels = new int[rows.size()];
    for (int i = 0; i < labels.length; i++) {
      Row row = rows.get(i);
      double label = row.labels().length == 1 ? row.labels()[0] : Double.NaN;
      labels[i] = (int) label;
      if (row.index() != first + i || labels[i] != label || label < 0) {
        throw EvidenceException.of(
            csv + ": row " + (i + 1),
            "sample %d with the label %s".formatted(row.index(), label),
            "sample %d with a class".formatted(first + i),
            "put back the file");
      }
    }
    return labels;
  }
}
