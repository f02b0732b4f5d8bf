package org.glacis.runtime.certify;

import java.util.LinkedHashMap;
import java.util.Map;
import org.glacis.runtime.bound.LipschitzPass;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.Faults;
import org.glacis.spec.LipschitzMargin;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Task;

/**
 * Certificates from the outputs at the input itself: no other output overtakes that of the label
 * within the distance {@code min_j (f_y - f_j) / L_j}, where {@code L_j} is a proved Lipschitz
 * constant of the difference of both outputs.
 */
final class LipschitzMarginStep implements CascadeStep<LipschitzMargin> {
  static final String METHOD = "lipschitzMargin";

  @Override
  public void check(
      LipschitzMargin step, CertificationSpec spec, ModelSpec model, Task task, Faults faults) {
    MarginSteps.check(
        model,
        task,
        LipschitzPass::missing,
        "a Lipschitz constant of each layer",
        "take layers that have one, such as groupSort(2)",
        faults);
  }

  @Override
  public void run(LipschitzMargin step, Cascade cascade) {
    var constants = cascade.exact().lipschitz();
    int outputs = cascade.outputs();
    double bound = constants.largestOfOutputs();
    cascade.found(constants);
    cascade.found("lipschitzBound", bound);
    cascade.found("kr", kantorovich(cascade) / bound);
    double[] still = new double[cascade.exact().inputs()];
    double epsilon = cascade.set().getEpsilon().getLargest();
    Map<String, Double> means = new LinkedHashMap<>();
    for (int[] all : cascade.right()) {
      Batch batch = cascade.batch(all);
      var at = cascade.exact().bounds(batch, still, false);
      for (int k = 0; k < all.length; k++) {
        CertifiedRadius radius =
            CertifiedRadius.of(constants, at.lower(), at.upper(), k * outputs, batch.labels()[k]);
        cascade.proved(all[k], METHOD, radius.margin(epsilon), radius);
        means.merge("pairwise", radius.pairwise(), Double::sum);
        means.merge("perLogit", radius.perLogit(), Double::sum);
        means.merge("global", radius.global(), Double::sum);
      }
    }
    means.replaceAll((name, sum) -> sum / cascade.rows().size());
    cascade.found("meanCertifiedRadiusBy", means);
  }

  private static double kantorovich(Cascade cascade) {
    KantorovichMean mean = new KantorovichMean(cascade.outputs());
    for (Certificate row : cascade.rows()) {
      mean.add(cascade.predictions(), row.index() * cascade.outputs(), (int) row.label());
    }
    return mean.mean();
  }
}
