package org.glacis.runtime.certify;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.glacis.runtime.bound.LinearPass;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.lower.Lowerings;
import org.glacis.runtime.program.Program;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.CrownIbpBound;
import org.glacis.spec.Faults;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Task;

/**
 * Backward linear bounds of the margins in float64, outward, over interval bounds of the hidden
 * values and the box clipped to the data range.
 */
final class CrownIbpStep implements CascadeStep<CrownIbpBound> {
  static final String METHOD = "crownIbp";

  @Override
  public void check(
      CrownIbpBound step, CertificationSpec spec, ModelSpec model, Task task, Faults faults) {
    if (task != Task.CLASSIFICATION) {
      faults.add("bounds margins, and " + task + " has none", "take ibp()");
      return;
    }
    Faults unknown = new Faults();
    Lowerings.check(model.getLayers(), unknown);
    List<String> missing =
        unknown.clean() ? LinearPass.missing(Lowerer.outline(model, weight -> {})) : List.of();
    if (!missing.isEmpty()) {
      faults.add(
          "needs linear bounds, which "
              + missing.stream().map(Program::inDeclaration).collect(Collectors.joining(", "))
              + (missing.size() == 1 ? " has" : " have")
              + " not",
          "leave crownIbp() out, or take relu() and leakyRelu() for activations");
    }
  }

  @Override
  public void run(CrownIbpBound step, Cascade cascade) {
    for (int[] open : cascade.undecided()) {
      double[] margins = margins(cascade, open);
      for (int k = 0; k < open.length; k++) {
        cascade.proved(open[k], METHOD, margins[k]);
      }
    }
  }

  /** The bound of the least margin of each of the samples {@code chosen}. */
  static double[] margins(Cascade cascade, int[] chosen) {
    double[] radius = cascade.exact().radius(cascade.set().getEpsilon());
    double[] margins = new double[chosen.length];
    int most = cascade.exact().linearBatch();
    for (int from = 0; from < chosen.length; from += most) {
      int[] part = Arrays.copyOfRange(chosen, from, Math.min(from + most, chosen.length));
      double[] found = cascade.exact().linearMargins(cascade.batch(part), radius);
      System.arraycopy(found, 0, margins, from, part.length);
    }
    return margins;
  }
}
