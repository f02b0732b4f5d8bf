package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.List;
import org.glacis.evidence.holistic.HeldOutCertificate;
import org.jspecify.annotations.Nullable;

/**
 * What the checker found of one bound from held-out samples.
 *
 * @param certificate null where the file has none that can be read
 * @param faults why it is refused
 */
public record HeldOutReport(
    Path file, @Nullable HeldOutCertificate certificate, List<String> faults) {
  public HeldOutReport {
    faults = List.copyOf(faults);
  }

  /** Whether the bound follows from claims that are proved. */
  public boolean isConfirmed() {
    return faults.isEmpty();
  }
}
