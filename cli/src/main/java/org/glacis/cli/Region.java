package org.glacis.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.glacis.runtime.data.SampleFile;
import org.glacis.spec.DataRange;
import org.glacis.spec.Epsilon;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.glacis.spec.L2;
import org.glacis.spec.Linf;
import org.glacis.spec.Nearest;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Shape;

/** Perturbation sets as they are written after {@code --at}. */
final class Region {
  private Region() {}

  /** How {@code --at} is shown. */
  static final String LABEL = "linf:0.1|linf:RADII.npy|l2:0.14";

  /** What {@code --at} says, for its help. */
  static final String DESCRIPTION =
      "The perturbation set; the run's where it is not given. RADII.npy has a radius for each number of a sample.";

  private static final String LIKE = "write it like linf:0.1, or linf:RADII.npy";

  /**
   * Reads {@code linf:0.1}, {@code linf:RADII.npy} or {@code l2:0.14}.
   *
   * @param of the experiment, whose input has the shape of the radii, and whose range limits the
   *     set
   */
  static PerturbationSet of(String written, Experiment of, Terminal terminal) {
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
              + "; "
              + LIKE);
    }
    String radius = written.substring(Math.max(0, colon + 1));
    DataRange range = of.getPerturbation().getRange();
    if (norm.equals("linf")) {
      return new Linf(
          radius.endsWith(".npy")
              ? radii(terminal.path(radius), of.getModel().getInput())
              : epsilon(written, radius),
          range);
    }
    if (radius.endsWith(".npy")) {
      throw new InputException(
          "--at " + written + ": an l2 ball has one radius; give linf for a radius a number");
    }
    return new L2(epsilon(written, radius), range);
  }

  private static Epsilon radii(Path file, Shape shape) {
    return new Epsilon(Arrays.stream(SampleFile.radii(file, shape)).boxed().toList());
  }

  private static Epsilon epsilon(String written, String number) {
    double epsilon;
    try {
      epsilon = Double.parseDouble(number);
    } catch (NumberFormatException e) {
      throw new InputException("--at " + written + ": epsilon is no number; " + LIKE, e);
    }
    if (!(epsilon >= 0) || Double.isInfinite(epsilon)) {
      throw new InputException(
          "--at " + written + ": epsilon is " + epsilon + "; give a finite number, 0 or above");
    }
    return new Epsilon(epsilon);
  }
}
