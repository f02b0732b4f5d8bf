package org.glacis.runtime.certify;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.glacis.spec.Attack;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.CertificationStep;
import org.glacis.spec.CrownIbpBound;
import org.glacis.spec.Faults;
import org.glacis.spec.GlacisException;
import org.glacis.spec.Ibp;
import org.glacis.spec.LipschitzMargin;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/** Which implementation each kind of certification step has. */
final class CascadeSteps {
  private static final Map<Class<? extends CertificationStep>, CascadeStep<?>> KNOWN =
      Map.of(
          Attack.class,
          new AttackSearch(),
          Ibp.class,
          (CascadeStep<Ibp>) IbpStep::run,
          CrownIbpBound.class,
          new CrownIbpStep(),
          LipschitzMargin.class,
          new LipschitzMarginStep());

  private CascadeSteps() {}

  static Set<Class<? extends CertificationStep>> known() {
    return KNOWN.keySet();
  }

  /** Adds a fault when nothing here can run {@code step}. */
  static void check(
      CertificationStep step, CertificationSpec spec, ModelSpec model, Task task, Faults faults) {
    CascadeStep<CertificationStep> runner = runner(step);
    if (runner == null) {
      faults.add(
          "is " + step + ", which has no implementation",
          "take one of "
              + KNOWN.keySet().stream()
                  .map(Class::getSimpleName)
                  .sorted()
                  .collect(Collectors.joining(", ")));
    } else {
      runner.check(step, spec, model, task, faults);
    }
  }

  static void run(CertificationStep step, Cascade cascade) {
    CascadeStep<CertificationStep> runner = runner(step);
    if (runner == null) {
      throw new GlacisException("no implementation of the certification step " + step);
    }
    runner.run(step, cascade);
  }

  @SuppressWarnings("unchecked")
  private static @Nullable CascadeStep<CertificationStep> runner(CertificationStep step) {
    return (CascadeStep<CertificationStep>) KNOWN.get(step.getClass());
  }
}
