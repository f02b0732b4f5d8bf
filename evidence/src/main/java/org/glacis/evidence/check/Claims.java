package org.glacis.evidence.check;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one certification claims.
 *
 * @param data SHA-256 of the data set that the samples are of; null where nobody says
 * @param task {@code classification} or {@code regression}
 * @param norm {@code linf} or {@code l2}
 * @param epsilon the radius of the set: one number, or for linf one a feature
 * @param range the least and the most that a feature can be, to which the set is clipped; null for
 *     no limits
 * @param lipschitz the constants that claims by {@code lipschitzMargin} rest on; null where there
 *     are none
 * @param samples of each sample at most one by each method
 */
public record Claims(
    @Nullable String data,
    String task,
    String norm,
    double[] epsilon,
    @Nullable Range range,
    @Nullable Constants lipschitz,
    List<Claim> samples) {
  public Claims {
    samples = List.copyOf(samples);
  }

  /** The places of the samples that claims are about, in the order of their first claims. */
  public int[] indices() {
    return samples.stream().mapToInt(Claim::index).distinct().toArray();
  }

  /** The least and the most that a feature can be. */
  public record Range(double least, double most) {}

  /**
   * Lipschitz constants from l2 to l2.
   *
   * @param whole of all outputs together
   * @param body of what the last affine operation is applied to
   * @param logits of each output by itself
   */
  public record Constants(double whole, double body, double[] logits) {}
}
