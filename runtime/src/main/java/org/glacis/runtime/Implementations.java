package org.glacis.runtime;

import org.glacis.runtime.attack.AttackLowerings;
import org.glacis.runtime.bound.LinearPass;
import org.glacis.runtime.certify.Certifier;
import org.glacis.runtime.loss.LossLowerings;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.lower.Lowerings;
import org.glacis.runtime.program.Program;
import org.glacis.spec.AttackSpec;
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
    AttackSpec attack = experiment.getTrain().getAttack();
    if (attack != null) {
      AttackLowerings.check(attack, faults.at("train").at("attack"));
    }
    if (faults.clean() && experiment.getTrain().getLoss().getNeedsLines()) {
      for (String path : LinearPass.missing(Lowerer.outline(experiment.getModel(), weight -> {}))) {
        faults
            .at(Program.inDeclaration(path))
            .add(
                "has no linear bounds, which the loss takes",
                "take another loss, or relu() and leakyRelu() for activations");
      }
    }
    for (int i = 0; i < experiment.getCertify().size(); i++) {
      Certifier.check(
          experiment.getCertify().get(i),
          experiment.getModel(),
          experiment.getTask(),
          faults.at("certify").at("[" + i + "]"));
    }
    if (!faults.all().isEmpty()) {
      throw new InvalidExperimentException(experiment.getName(), faults.all());
    }
  }
}
