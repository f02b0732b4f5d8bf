package org.glacis.runtime;

import org.glacis.runtime.certify.Certifier;
import org.glacis.runtime.loss.LossLowerings;
import org.glacis.runtime.lower.Lowerings;
import org.glacis.spec.Experiment;
import org.glacis.spec.Faults;
import org.glacis.spec.InvalidExperimentException;

/** Whether everything that an experiment declares exists here; asked before data are read. */
final class Implementations {
  private Implementations() {}

  /**
   * Looks at the whole declaration.
   *
   * @throws InvalidExperimentException with every fault that {@link Experiment#validate} finds, or
   *     else with everything that has no implementation
   */
  static void check(Experiment experiment) {
    experiment.validated();
    Faults faults = new Faults();
    Lowerings.check(experiment.getModel().getLayers(), faults.at("model"));
    LossLowerings.check(experiment.getTrain().getLoss(), faults.at("train").at("loss"));
    for (int i = 0; i < experiment.getCertify().size(); i++) {
      Certifier.check(
          experiment.getCertify().get(i),
          experiment.getTask(),
          faults.at("certify").at("[" + i + "]"));
    }
    if (!faults.all().isEmpty()) {
      throw new InvalidExperimentException(experiment.getName(), faults.all());
    }
  }
}
