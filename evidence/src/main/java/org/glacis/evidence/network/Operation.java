package org.glacis.evidence.network;

import org.jspecify.annotations.Nullable;

/** What a layer does to one value, of which exact arithmetic is meant. */
interface Operation {
  /** How many numbers come out. */
  int outputs();

  /** A box that holds the outputs for every input in {@code x}; not finite where it overflows. */
  Box image(Box x);

  /** At least the Lipschitz constant from l2 to l2; infinite where there is none. */
  double lipschitz();

  /** Whether {@link #relaxed} has an answer. */
  default boolean isRelaxed() {
    return false;
  }

  /** Linear bounds over {@code x}; null where the operation has none. */
  default @Nullable Relaxation relaxed(Box x) {
    return null;
  }
}
