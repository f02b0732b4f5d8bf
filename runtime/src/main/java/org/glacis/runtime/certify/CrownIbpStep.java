package org.glacis.runtime.certify;

import java.util.Arrays;
import org.glacis.runtime.bound.LinearPass;
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
    MarginSteps.check(
        model,
        task,
        LinearPass::missing,
        "linear bounds",
        "leave crownIbp() out, or take relu() and leakyRelu() for activations",
        faults);
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
