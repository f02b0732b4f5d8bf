package org.glacis.runtime.certify;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.runtime.lower.Lowerings;
import org.glacis.runtime.program.Program;
import org.glacis.spec.Faults;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Task;
import org.tensorflow.types.TFloat32;

/** What steps that bound margins check before any training. */
final class MarginSteps {
  private MarginSteps() {}

  /**
   * Adds a fault where there are no margins, or a layer lacks what the step needs of it.
   *
   * @param missing the paths of layers that lack it
   * @param needs what that is: {@code linear bounds}
   */
  static void check(
      ModelSpec model,
      Task task,
      Function<Program<TFloat32>, List<String>> missing,
      String needs,
      String remedy,
      Faults faults) {
    if (task != Task.CLASSIFICATION) {
      faults.add("bounds margins, and " + task + " has none", "take ibp()");
      return;
    }
    Faults unknown = new Faults();
    Lowerings.check(model.getLayers(), unknown);
    List<String> paths =
        unknown.clean() ? missing.apply(Lowerer.outline(model, weight -> {})) : List.of();
    if (!paths.isEmpty()) {
      faults.add(
          "needs "
              + needs
              + ", which "
              + paths.stream().map(Program::inDeclaration).collect(Collectors.joining(", "))
              + (paths.size() == 1 ? " has" : " have")
              + " not",
          remedy);
    }
  }
}
