package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.List;
import org.glacis.evidence.check.SampleReport.Status;
import org.jspecify.annotations.Nullable;

/**
 * What the checker found in one folder of evidence.
 *
 * @param faults files that are not as they were written, do not fit together, cannot be read, or
 *     say more than what is proved
 * @param samples one a claim that was checked
 * @param coverage how much of the run's certificates is proved; null where a folder was checked by
 *     itself, or the certificates could not be read
 * @param notes what was not compared
 * @param seconds how long it took
 */
public record CheckReport(
    Path folder,
    List<String> faults,
    List<SampleReport> samples,
    @Nullable Coverage coverage,
    List<String> notes,
    double seconds) {
  public CheckReport {
    faults = List.copyOf(faults);
    samples = List.copyOf(samples);
    notes = List.copyOf(notes);
  }

  /** How many claims have this status. */
  public long count(Status status) {
    return samples.stream().filter(sample -> sample.status() == status).count();
  }

  /**
   * Whether the files are whole, every claim that was checked is proved, and the run says no more.
   */
  public boolean isConfirmed() {
    return faults.isEmpty() && count(Status.NOT_PROVED) == 0;
  }
}
