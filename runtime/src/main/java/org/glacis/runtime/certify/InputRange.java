package org.glacis.runtime.certify;

import org.glacis.spec.DataRange;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Inputs must lie in the range of the perturbation set: clipping would shrink the set around
 * another without a word.
 */
public final class InputRange {
  private InputRange() {}

  /**
   * Looks at every number of an input.
   *
   * @param what the input, for the message: {@code sample 3}
   * @param range null for no limits
   * @throws InputException when a number lies outside
   */
  public static void check(String what, float[] input, @Nullable DataRange range) {
    if (range == null) {
      return;
    }
    for (int i = 0; i < input.length; i++) {
      if (!range.contains(input[i])) {
        throw new InputException(
            what
                + ": found "
                + input[i]
                + " at place "
                + i
                + ", expected "
                + range
                + ", the range of the perturbation set; scale the values (bytes: x / 255), or"
                + " declare the range that the data have");
      }
    }
  }
}
