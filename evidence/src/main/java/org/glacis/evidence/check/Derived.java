package org.glacis.evidence.check;

/**
 * What was derived of one claim.
 *
 * @param radii by {@code lipschitzMargin}: how far (l2) the sample must at least move until the
 *     decision can become each class; empty where nothing was derived
 */
record Derived(SampleReport report, double[] radii) {
  static Derived of(SampleReport report) {
    return new Derived(report, new double[0]);
  }

  boolean isProved() {
    return report.status() == SampleReport.Status.PROVED;
  }
}
