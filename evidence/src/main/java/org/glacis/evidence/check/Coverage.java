package org.glacis.evidence.check;

import java.util.Map;

/**
 * How much of what {@code certificates.csv} says is proved.
 *
 * @param file its name
 * @param samples how many rows it has
 * @param certified how many of them it calls certified
 * @param proved how many of these a claim that was derived proves
 * @param withoutEvidence how many of these were certified by methods that leave no evidence, by
 *     method: they are neither proved nor refused
 * @param unchecked how many of these were left out by a limit
 */
public record Coverage(
    String file,
    int samples,
    int certified,
    int proved,
    Map<String, Integer> withoutEvidence,
    int unchecked) {
  public Coverage {
    withoutEvidence = Map.copyOf(withoutEvidence);
  }
}
