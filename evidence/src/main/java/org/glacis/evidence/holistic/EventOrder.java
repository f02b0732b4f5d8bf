package org.glacis.evidence.holistic;

/** Whether data were sampled and then corrupted, or the other way round. */
public enum EventOrder {
  /**
   * Samples are drawn from the truth, then a share of them is corrupted ("HD" in the source): the
   * unknown law {@code P} is within {@code KL(Q || P) <= r} of a law {@code Q} that is the
   * empirical one but for a share {@code alpha}.
   */
  SAMPLE_THEN_CORRUPT("sampleThenCorrupt"),

  /**
   * The truth is corrupted, then samples are drawn ("HR" in the source): the empirical law is
   * within {@code KL(P_n || Q) <= r} of a law {@code Q} that is the unknown {@code P} but for a
   * share {@code alpha}.
   */
  CORRUPT_THEN_SAMPLE("corruptThenSample");

  private final String word;

  EventOrder(String word) {
    this.word = word;
  }

  /** Its name in JSON. */
  @Override
  public String toString() {
    return word;
  }
}
