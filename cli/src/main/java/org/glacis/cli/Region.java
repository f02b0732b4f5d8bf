package org.glacis.cli;

import java.util.List;
import org.glacis.spec.DataRange;
import org.glacis.spec.Epsilon;
import org.glacis.spec.InputException;
import org.glacis.spec.L2;
import org.glacis.spec.Linf;
import org.glacis.spec.Nearest;
import org.glacis.spec.PerturbationSet;
import org.jspecify.annotations.Nullable;

/** Perturbation sets as they are written after {@code --at}. */
final class Region {
  private Region() {}

  /** Reads {@code linf:0.1} or {@code l2:0.14}; points outside {@code range} are not in the set. */
  static PerturbationSet of(String written, @Nullable DataRange range) {
    int colon = written.indexOf(':');
    String norm = colon < 0 ? written : written.substring(0, colon);
    if (!norm.equals("linf") && !norm.equals("l2")) {
      throw new InputException(
          "--at "
              + written
              + ": no norm \""
              + norm
              + "\"; "
              + Nearest.nearest(norm, List.of("linf", "l2"), "norm")
              + "; write it like linf:0.1");
    }
    double epsilon = epsilon(written, written.substring(Math.max(0, colon + 1)));
    return norm.equals("linf")
        ? new Linf(new Epsilon(epsilon), range)
        : new L2(new Epsilon(epsilon), range);
  }

  private static double epsilon(String written, String number) {
    double epsilon;
    try {
      epsilon = Double.parseDouble(number);
    } catch (NumberFormatException e) {
      throw new InputException(
          "--at " + written + ": epsilon is no number; write it like linf:0.1", e);
    }
    if (!(epsilon >= 0) || Double.isInfinite(epsilon)) {
      throw new InputException(
          "--at " + written + ": epsilon is " + epsilon + "; give a finite number, 0 or above");
    }
    return epsilon;
  }
}
