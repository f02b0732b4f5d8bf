package org.glacis.runtime.bench;

import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.train.TrainingProgram;
import org.glacis.spec.Baseline;
import org.glacis.spec.Experiment;
import org.glacis.spec.HolisticRobust;
import org.jspecify.annotations.Nullable;

/**
 * The training step of the same network without what makes it robust: with plain layers in the
 * place of constrained ones, with the mean of the losses in the place of a holistic risk, or else
 * at radius 0.
 *
 * @param program whose step it is; null where there is none
 * @param own whether the program was made for this
 */
record PlainStep(@Nullable TrainingProgram program, long step, boolean own)
    implements AutoCloseable {
  /** The plain step beside the steps of {@code robust}. */
  static PlainStep of(
      Experiment experiment, Samples samples, Device device, TrainingProgram robust) {
    Experiment plain = experiment.getPlain();
    if (plain.getTrain().getLoss() instanceof HolisticRobust holistic) {
      plain = plain.of(new Baseline("ERM", holistic.getLoss(), experiment.getTrain().getAttack()));
    }
    if (!plain.equals(experiment)) {
      TrainingProgram program = new TrainingProgram(plain, samples, device, 0);
      program.initialize();
      return new PlainStep(program, StepBenchmark.stepWithRadius(plain, program), true);
    }
    // Where the schedule has a step at radius 0, and no regulariser bounds there too.
    boolean apart =
        experiment.getTrain().getLoss().getNeedsBounds()
            && experiment.getTrain().getRegularizer() == null
            && robust.epsilonFactor(0) == 0;
    return new PlainStep(apart ? robust : null, 0, false);
  }

  boolean exists() {
    return program != null;
  }

  void run(int[] indices) {
    if (program != null) {
      program.step(step, indices);
    }
  }

  @Override
  public void close() {
    if (program != null && own) {
      program.close();
    }
  }
}
