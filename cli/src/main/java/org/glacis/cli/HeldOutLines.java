package org.glacis.cli;

import java.nio.file.Path;
import java.util.List;
import org.glacis.evidence.check.CheckReport;
import org.glacis.evidence.check.HeldOutChecker;
import org.glacis.evidence.check.HeldOutFile;
import org.glacis.evidence.check.HeldOutReport;
import org.glacis.evidence.holistic.HeldOutCertificate;
import org.jspecify.annotations.Nullable;

/** Bounds from held-out samples, checked, a line each. */
final class HeldOutLines {
  private HeldOutLines() {}

  /**
   * Checks the bounds of {@code run} and prints what was found.
   *
   * @param limit how many claims were checked of each certification; null for all, on which bounds
   *     rest
   * @param reports of these claims
   * @return whether no bound is refused
   */
  static boolean print(
      Terminal terminal, Path run, @Nullable Integer limit, List<CheckReport> reports) {
    if (limit != null) {
      for (Path file : HeldOutFile.in(run)) {
        terminal.out().println(file.getFileName() + "  not checked: --limit leaves claims out");
      }
      return true;
    }
    List<HeldOutReport> bounds = HeldOutChecker.check(run, reports);
    for (HeldOutReport bound : bounds) {
      terminal.out().println(bound.file().getFileName() + "  " + outcome(bound));
      bound.faults().forEach(fault -> terminal.out().println("  fault: " + fault));
    }
    return bounds.stream().allMatch(HeldOutReport::isConfirmed);
  }

  private static String outcome(HeldOutReport bound) {
    HeldOutCertificate certificate = bound.certificate();
    return bound.isConfirmed() && certificate != null
        ? "confirmed: " + certificate.summary()
        : "refused";
  }
}
