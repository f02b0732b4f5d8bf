package org.glacis.runtime.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.loss.StepNumbers;
import org.glacis.runtime.optimize.Scalars;
import org.glacis.spec.ScheduleSpec;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Numbers of a loss in training: schedules are fed, what it keeps lies in variables. */
final class TrainedNumbers implements StepNumbers<TFloat32> {
  /** Before the paths of what losses keep. */
  static final String KEPT = "loss/";

  private final Scalars<TFloat32> scalars;
  private final Variables<TFloat32> variables;
  private final int stepsPerEpoch;
  private final Map<ScheduleSpec, Operand<TFloat32>> scheduled = new LinkedHashMap<>();
  private final Map<String, Variable<TFloat32>> kept = new LinkedHashMap<>();

  TrainedNumbers(Scalars<TFloat32> scalars, Variables<TFloat32> variables, int stepsPerEpoch) {
    this.scalars = scalars;
    this.variables = variables;
    this.stepsPerEpoch = stepsPerEpoch;
  }

  @Override
  public Operand<TFloat32> scheduled(ScheduleSpec schedule) {
    return scheduled.computeIfAbsent(
        schedule,
        s -> scalars.declare("schedule" + scheduled.size(), step -> s.value(step, stepsPerEpoch)));
  }

  @Override
  public Operand<TFloat32> kept(String name) {
    return kept.computeIfAbsent(name, n -> variables.create(KEPT + n)).value();
  }
}
