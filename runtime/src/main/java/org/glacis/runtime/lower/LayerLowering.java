package org.glacis.runtime.lower;

import org.glacis.spec.LayerSpec;
import org.tensorflow.types.family.TFloating;

/** Turns one kind of layer into operations. */
@FunctionalInterface
public interface LayerLowering<L extends LayerSpec> {
  /**
   * Adds the operations of {@code layer} to {@code to}.
   *
   * @param input the value that the layer reads
   * @return the value that the layer makes
   */
  <T extends TFloating> int lower(L layer, int input, Lowerer<T> to);
}
