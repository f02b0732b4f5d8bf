package org.glacis.evidence.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.check.SampleReport.Status;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.holistic.HeldOutCertificate;

/**
 * Checks bounds from held-out samples: errors are counted anew, on claims that were derived anew,
 * and the bound is computed from the count. What {@link HeldOutCertificate#hypotheses} says is
 * beyond any check.
 */
public final class HeldOutChecker {
  private HeldOutChecker() {}

  /**
   * Checks each file {@code STEM-held-out.json} of a run.
   *
   * @param reports of all its evidence, without a limit of claims
   */
  public static List<HeldOutReport> check(Path run, List<CheckReport> reports) {
    return HeldOutFile.in(run).stream().map(file -> report(file, reports)).toList();
  }

  private static HeldOutReport report(Path file, List<CheckReport> reports) {
    HeldOutCertificate certificate = null;
    List<String> faults = new ArrayList<>();
    try {
      HeldOutFile told = HeldOutFile.read(file);
      certificate = told.certificate();
      CheckReport report = evidence(file, reports);
      if (!report.isConfirmed()) {
        faults.add(file + ": rests on evidence that is not confirmed, " + report.folder());
      }
      Claims claims = ClaimsJson.read(Fields.read(report.folder().resolve("claims.json")));
      if (!isSameSet(told, claims)) {
        faults.add(file + ": is about another set than " + report.folder());
      }
      int[] labels = labels(file.resolveSibling(HeldOutFile.stem(file) + ".csv"), told.first());
      int errors = errors(labels, told.first(), claims, report);
      compare(file + ".samples", certificate.samples(), labels.length, faults);
      compare(file + ".errors", certificate.errors(), errors, faults);
    } catch (EvidenceException e) {
      faults.add(String.valueOf(e.getMessage()));
    }
    return new HeldOutReport(file, certificate, faults);
  }

  private static CheckReport evidence(Path file, List<CheckReport> reports) {
    String stem = HeldOutFile.stem(file);
    for (CheckReport report : reports) {
      if (String.valueOf(report.folder().getFileName()).equals(stem)) {
        return report;
      }
    }
    throw EvidenceException.of(
        file.toString(),
        "no folder " + stem + " beside it",
        "the evidence that it rests on",
        "put it back; layers that the checker does not know leave none");
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

  /** How many samples have no proved claim for their own label. */
  private static int errors(int[] labels, int first, Claims claims, CheckReport report) {
    Map<Integer, Integer> proved = new HashMap<>();
    Map<Integer, Status> statuses = new HashMap<>();
    report.samples().forEach(sample -> statuses.put(sample.index(), sample.status()));
    for (Claim claim : claims.samples()) {
      if (statuses.get(claim.index()) == Status.PROVED) {
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
    List<String> lines;
    try {
      lines = Files.readAllLines(csv);
    } catch (IOException e) {
      throw new EvidenceException(
          "%s: cannot be read (%s), expected a row a sample; put the file back".formatted(csv, e),
          e);
    }
    List<String> header = lines.isEmpty() ? List.of() : List.of(lines.get(0).split(",", -1));
    int index = header.indexOf("index");
    int label = header.indexOf("label");
    if (index < 0 || label < 0) {
      throw EvidenceException.of(
          csv + ": line 1", header.toString(), "the columns index and label", "certify again");
    }
    int[] labels = new int[lines.size() - 1];
    for (int i = 0; i < labels.length; i++) {
      String[] cells = lines.get(i + 1).split(",", -1);
      boolean isWhole =
          cells.length == header.size()
              && cells[index].equals(Integer.toString(first + i))
              && cells[label].matches("\\d{1,9}");
      if (!isWhole) {
        throw EvidenceException.of(
            csv + ": line " + (i + 2),
            lines.get(i + 1),
            "sample %d with a class as its label".formatted(first + i),
            "certify again");
      }
      labels[i] = Integer.parseInt(cells[label]);
    }
    return labels;
  }
}
