package org.glacis.runtime.data;

import org.glacis.spec.DataSpec;
import org.jspecify.annotations.Nullable;

/**
 * How many samples of each split are wanted, from the first. A reader that can leaves the rest
 * unread.
 *
 * @param train how many training samples; null for all
 * @param test how many test samples; null for all
 */
public record Limits(@Nullable Integer train, @Nullable Integer test) {

  /** All samples. */
  public static final Limits NONE = new Limits(null, null);

  /** Those of a declaration. */
  public static Limits of(DataSpec spec) {
    return new Limits(spec.getLimitTrain(), spec.getLimitTest());
  }

  /** How many of {@code size} samples to read. */
  static int count(@Nullable Integer limit, int size) {
    return limit == null ? size : Math.min(Math.max(limit, 0), size);
  }
}
