package org.glacis.evidence.norm;

/**
 * A proved upper bound of a spectral norm.
 *
 * @param value at least the norm, in exact arithmetic; infinite where nothing is proved
 * @param method how it was found
 */
public record NormBound(double value, String method) {
  /** The lower of two bounds. */
  NormBound least(NormBound other) {
    return other.value < value ? other : this;
  }
}
