package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.List;
import org.glacis.evidence.check.SampleReport.Status;

/**
 * What the checker found in one folder of evidence.
 *
 * @param faults files that are not as they were written, do not fit together, or cannot be read
 * @param samples one a sample that was checked
 * @param seconds how long it took
 */
public record CheckReport(
    Path folder, List<String> faults, List<SampleReport> samples, double seconds) {
  public CheckReport {
    faults = List.copyOf(faults);
    samples = List.copyOf(samples);
  }

  /** How many samples have this status. */
  public long count(Status status) {
    return samples.stream().filter(sample -> sample.status() == status).count();
  }

  /** Whether the files are whole and every claim that was checked is proved. */
  public boolean isConfirmed() {
    return faults.isEmpty() && count(Status.NOT_PROVED) == 0;
  }
}
