package org.glacis.runtime.report;

import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;

/** The test samples of a run as pictures. */
public interface Pictures {

  /**
   * The pixels of sample {@code index} in [0, 1], row by row, channels last; null where the sample
   * is not to be had.
   */
  float @Nullable [] pixels(int index);

  /**
   * The extents of one sample. Height × width × 1 (grey) or 3 (red, green, blue) can be shown,
   * everything else is a table.
   */
  Shape shape();
}
