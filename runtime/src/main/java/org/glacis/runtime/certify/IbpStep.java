package org.glacis.runtime.certify;

import java.util.Arrays;
import org.glacis.spec.Ibp;
import org.glacis.spec.Task;

/**
 * Interval bounds in float64, outward: the margins with the last affine operation merged, over the
 * box clipped to the data range.
 */
final class IbpStep {
  private IbpStep() {}

  static void run(Ibp step, Cascade cascade) {
    double[] radius = cascade.exact().radius(cascade.set().getEpsilon());
    for (int[] open : cascade.undecided()) {
      var bounds = cascade.exact().bounds(cascade.batch(open), radius, true);
      for (int k = 0; k < open.length; k++) {
        if (cascade.task() == Task.CLASSIFICATION) {
          cascade.proved(open[k], "ibp", bounds.margins()[k]);
        } else {
          int from = k * cascade.outputs();
          int to = from + cascade.outputs();
          cascade.enclosed(
              open[k],
              "ibp",
              Arrays.copyOfRange(bounds.lower(), from, to),
              Arrays.copyOfRange(bounds.upper(), from, to));
        }
      }
    }
  }
}
