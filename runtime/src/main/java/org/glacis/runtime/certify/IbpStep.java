package org.glacis.runtime.certify;

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
          boolean all = true;
          for (int j = k * cascade.outputs(); j < (k + 1) * cascade.outputs(); j++) {
            all &= Double.isFinite(bounds.lower()[j]) && Double.isFinite(bounds.upper()[j]);
          }
          double lower = all ? bounds.lower()[k * cascade.outputs()] : Double.NEGATIVE_INFINITY;
          double upper = all ? bounds.upper()[k * cascade.outputs()] : Double.POSITIVE_INFINITY;
          cascade.enclosed(open[k], "ibp", lower, upper);
        }
      }
    }
  }
}
