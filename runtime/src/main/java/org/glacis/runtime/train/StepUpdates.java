package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.optimize.GradientNorm;
import org.glacis.runtime.optimize.Optimizer;
import org.glacis.runtime.program.BatchNormOp;
import org.glacis.runtime.program.BatchStatistics;
import org.glacis.runtime.program.Program;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * What a step changes: weights and slots of the optimiser, running statistics, and numbers that the
 * loss keeps.
 *
 * @param gradientClip the largest norm of the gradient; null for no limit
 */
record StepUpdates(
    @Nullable Double gradientClip,
    Program<TFloat32> program,
    Optimizer<TFloat32> optimizer,
    Variables<TFloat32> variables,
    List<Variable<TFloat32>> trainable) {
  private static final Element<TFloat32> FLOAT = Element.FLOAT32;
  private static final String GRADIENT_NORM = "gradientNorm";

  /** The updates of a step; adds what they measure to {@code metrics}. */
  Op of(
      Ops tf,
      StepGraph<TFloat32> step,
      List<Operand<TFloat32>> gradients,
      Map<String, Operand<TFloat32>> metrics) {
    List<Operand<TFloat32>> limited = gradients;
    if (gradientClip != null) {
      GradientNorm<TFloat32> norm = GradientNorm.clip(tf, FLOAT, gradients, gradientClip);
      metrics.put(GRADIENT_NORM, norm.norm());
      limited = norm.clipped();
    }
    // CheckNumerics has no gradient, so it guards the updates instead of lying on the path of the
    // loss.
    List<Op> guards = new ArrayList<>();
    guards.add(tf.withName("finite").debugging.checkNumerics(step.loss(), "loss"));
    if (metrics.containsKey(GRADIENT_NORM)) {
      // A finite loss can have a slope that is none.
      guards.add(
          tf.withName("finiteSlope")
              .debugging
              .checkNumerics(metrics.get(GRADIENT_NORM), "gradient norm"));
    }
    Ops guarded = tf.withControlDependencies(guards);
    List<Op> updates = new ArrayList<>(optimizer.updates(guarded, trainable, limited));
    updates.addAll(assigned(guarded, step.running()));
    step.inputs()
        .keeps()
        .forEach((name, value) -> updates.add(assign(guarded, TrainedNumbers.KEPT + name, value)));
    program.moved().forEach((path, value) -> updates.add(assign(guarded, path, value)));
    return tf.withControlDependencies(updates).withName("updates").noOp();
  }

  /** Assigns the running statistics. */
  List<Op> assigned(Ops tf, BatchStatistics<TFloat32> running) {
    List<Op> updates = new ArrayList<>();
    running
        .moments()
        .forEach(
            (path, moments) -> {
              updates.add(assign(tf, path + "/" + BatchNormOp.MEAN, moments.mean()));
              // What only centres keeps no variance.
              String variance = path + "/" + BatchNormOp.VARIANCE;
              if (variables.has(variance)) {
                updates.add(assign(tf, variance, moments.variance()));
              }
            });
    return updates;
  }

  private Op assign(Ops tf, String path, Operand<TFloat32> value) {
    return tf.assignVariableOp(variables.get(path).handle(), value);
  }
}
