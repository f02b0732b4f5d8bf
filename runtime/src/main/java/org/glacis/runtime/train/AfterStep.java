package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.program.Program;
import org.glacis.spec.Condensing;
import org.glacis.spec.TrainingSpec;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * What is done to weights when the update of a step was made: a run of the session of its own,
 * which reads what the update wrote.
 */
final class AfterStep {
  private final List<Op> everyStep = new ArrayList<>();
  private final List<Op> everyEpoch = new ArrayList<>();

  AfterStep(Ops tf, TrainingSpec train, Program<TFloat32> program, Variables<TFloat32> variables) {
    if (train.getCondense() != Condensing.NEVER) {
      List<Op> wanted = train.getCondense() == Condensing.EVERY_STEP ? everyStep : everyEpoch;
      Ops here = tf.withSubScope("condense");
      for (Program.Constrained<TFloat32> one : program.constrained()) {
        if (one.idempotent()) {
          wanted.add(here.assignVariableOp(variables.get(one.path()).handle(), one.kernel()));
        }
      }
    }
  }

  /** Does what is due. */
  void run(Session session, boolean endOfEpoch) {
    List<Op> due = new ArrayList<>(everyStep);
    if (endOfEpoch) {
      due.addAll(everyEpoch);
    }
    if (!due.isEmpty()) {
      Session.Runner runner = session.runner();
      due.forEach(runner::addTarget);
      runner.run().close();
    }
  }
}
