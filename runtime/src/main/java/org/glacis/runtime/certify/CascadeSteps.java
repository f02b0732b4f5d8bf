package org.glacis.runtime.certify;

import java.util.Map;
import java.util.Set;
import org.glacis.spec.Attack;
import org.glacis.spec.CertificationStep;
import org.glacis.spec.GlacisException;
import org.glacis.spec.Ibp;

/** Which implementation each kind of certification step has. */
final class CascadeSteps {
  private static final Map<Class<? extends CertificationStep>, CascadeStep<?>> KNOWN =
      Map.of(
          Attack.class,
          (CascadeStep<Attack>) AttackSearch::run,
          Ibp.class,
          (CascadeStep<Ibp>) IbpStep::run);

  private CascadeSteps() {}

  static Set<Class<? extends CertificationStep>> known() {
    return KNOWN.keySet();
  }

  @SuppressWarnings("unchecked")
  static void run(CertificationStep step, Cascade cascade) {
    CascadeStep<CertificationStep> runner =
        (CascadeStep<CertificationStep>) KNOWN.get(step.getClass());
    if (runner == null) {
      throw new GlacisException("no implementation of the certification step " + step);
    }
    runner.run(step, cascade);
  }
}
