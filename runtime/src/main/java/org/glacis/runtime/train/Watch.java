package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Program;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * The values of the passes of a step, in their order, each with what it is: to find the first that
 * is not finite. Only run where a step failed.
 */
record Watch(List<Operand<TFloat32>> values, List<String> names) {
  /** The passes of {@code step}. */
  static Watch of(
      Ops tf, StepGraph<TFloat32> step, Program<TFloat32> program, Operand<TFloat32> inputs) {
    Watch watch = new Watch(new ArrayList<>(), new ArrayList<>());
    Bounds<TFloat32> bounds = step.inputs().boundsIfComputed();
    List<Operand<TFloat32>> clean = step.clean();
    List<Operand<TFloat32>> adversarial = step.adversarial();
    if (clean == null && (bounds == null || adversarial != null)) {
      // What an attack finds is no number where its passes, which cannot be looked at, are none.
      clean = ForwardPass.values(tf, "watched", program, inputs);
    }
    if (clean != null) {
      watch.add("the output of ", clean, program);
    }
    if (bounds != null) {
      watch.add(
          "the bounds of ",
          bounds.values().stream().map(value -> value.centre(tf)).toList(),
          program);
    }
    if (adversarial != null) {
      watch.add("the output at the adversarial points of ", adversarial, program);
    }
    step.inputs()
        .parts()
        .forEach(
            (name, part) -> {
              watch.values.add(part);
              watch.names.add("the part " + name + " of the loss");
            });
    return watch;
  }

  private void add(String what, List<Operand<TFloat32>> more, Program<TFloat32> program) {
    for (int value = 0; value < more.size(); value++) {
      values.add(more.get(value));
      names.add(
          what
              + (value == 0 ? "the input" : Program.inDeclaration(program.producer(value).path())));
    }
  }

  /** What the first value that is not finite is; null where all are. */
  @Nullable String firstNotFinite(Supplier<List<Session.Runner>> looks) {
    for (int i = 0; i < values.size(); i++) {
      for (Session.Runner look : looks.get()) {
        try (Result result = look.fetch(values.get(i)).run()) {
          for (float number : Tensors.floats(result.get(0))) {
            if (!Float.isFinite(number)) {
              return names.get(i);
            }
          }
        }
      }
    }
    return null;
  }
}
