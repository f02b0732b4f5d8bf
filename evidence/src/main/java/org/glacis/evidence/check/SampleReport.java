package org.glacis.evidence.check;

/**
 * What the checker says of one claim.
 *
 * @param index the sample's place in the data set
 * @param reason why it is not proved; empty otherwise
 */
public record SampleReport(int index, Status status, String reason) {
  /** Whether a claim holds. */
  public enum Status {
    /** Derived anew from the weights. */
    PROVED,
    /** Claimed, and not derived: false, or beyond the checker. */
    NOT_PROVED,
    /** Nothing is claimed. */
    NO_CLAIM
  }

  static SampleReport proved(int index) {
    return new SampleReport(index, Status.PROVED, "");
  }

  static SampleReport refused(int index, String reason) {
    return new SampleReport(index, Status.NOT_PROVED, reason);
  }
}
