package org.glacis.runtime.train;

import java.util.LinkedHashSet;
import java.util.Set;
import org.glacis.spec.Experiment;
import org.glacis.spec.TrainingSpec;
import org.glacis.spec.WarmUpRegularizer;

/**
 * Which kind each step of a training is.
 *
 * @param stepsPerEpoch how many steps an epoch has
 */
record Phases(Experiment experiment, int stepsPerEpoch) {
  /** The kinds that the declaration has, in the order of their first steps. */
  Set<StepGraph.Phase> all() {
    Set<StepGraph.Phase> phases = new LinkedHashSet<>();
    long steps = (long) experiment.getTrain().getEpochs() * stepsPerEpoch;
    for (long step = 0; step < steps; step++) {
      phases.add(at(step));
    }
    return phases;
  }

  /** The kind of a global step. */
  StepGraph.Phase at(long step) {
    TrainingSpec train = experiment.getTrain();
    boolean robust = train.getLoss().getNeedsBounds() || train.getLoss().getNeedsAttack();
    WarmUpRegularizer regularizer = train.getRegularizer();
    boolean regularized =
        regularizer != null
            && regularizer.getWeight() > 0
            && step / stepsPerEpoch < last(regularizer);
    double factor = robust ? epsilonFactor(step) : 0;
    boolean full = factor >= 1 && train.getLoss().getChangesAtFullRadius();
    return new StepGraph.Phase(factor > 0, regularized, full);
  }

  /** The factor of the perturbation set's radius at a global step. */
  double epsilonFactor(long step) {
    return experiment.getTrain().getEpsilon().value(step, stepsPerEpoch);
  }

  private int last(WarmUpRegularizer regularizer) {
    Integer epoch = regularizer.getLastEpoch();
    return epoch == null ? experiment.getTrain().getEpsilon().getLastEpoch() : epoch;
  }
}
