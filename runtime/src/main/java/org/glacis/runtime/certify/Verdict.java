package org.glacis.runtime.certify;

import java.util.Locale;

/** What is known of one sample. */
public enum Verdict {
  /**
   * Proved: every point of the set is decided like the label (classification), or the output
   * interval is proved (regression).
   */
  CERTIFIED,
  /** A point of the set is decided wrongly; it was checked in float64. */
  FALSIFIED,
  /** The sample itself is decided wrongly. */
  MISCLASSIFIED,
  /** Neither proved nor refuted by the steps that ran. */
  UNKNOWN;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
