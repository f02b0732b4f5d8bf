package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.lower.PlainKernels;
import org.glacis.runtime.optimize.Projection;
import org.glacis.runtime.program.Program;
import org.glacis.spec.Condensing;
import org.glacis.spec.Experiment;
import org.glacis.spec.TrainingSpec;
import org.glacis.spec.WeightConstraint;
import org.tensorflow.Operand;
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

  AfterStep(
      Ops tf, Experiment experiment, Program<TFloat32> program, Variables<TFloat32> variables) {
    TrainingSpec train = experiment.getTrain();
    WeightConstraint constraint = train.getConstraint();
    if (constraint != null) {
      Projection<TFloat32> projection =
          new Projection<>(tf.withSubScope("constraint"), Element.FLOAT32);
      PlainKernels.of(experiment.getModel())
          .forEach(
              (path, layer) -> {
                Variable<TFloat32> kernel = variables.get(path);
                Operand<TFloat32> allowed =
                    projection.of(
                        constraint, kernel.value(), layer.getGroups(), layer.getOverlap());
                everyStep.add(tf.assignVariableOp(kernel.handle(), allowed));
              });
    }
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
