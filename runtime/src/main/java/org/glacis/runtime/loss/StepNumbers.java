package org.glacis.runtime.loss;

import org.glacis.spec.GlacisException;
import org.glacis.spec.ScheduleSpec;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** Scalars of a loss that are another number in each step. */
public interface StepNumbers<T extends TFloating> {
  /** A scheduled number. */
  Operand<T> scheduled(ScheduleSpec schedule);

  /** What a loss kept in the step before under this name; 0 in the first. */
  default Operand<T> kept(String name) {
    throw new GlacisException("these passes keep nothing from step to step");
  }
}
