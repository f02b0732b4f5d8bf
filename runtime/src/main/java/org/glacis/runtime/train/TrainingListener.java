package org.glacis.runtime.train;

/** Hears of a training run as it goes. All methods do nothing by default. */
public interface TrainingListener {
  /** Training begins with {@code firstEpoch}: above 1 after a resume or a warm start. */
  default void started(int firstEpoch, int epochs, int stepsPerEpoch) {}

  /** Step {@code step} (from 1) of {@code epoch} was made. */
  default void stepDone(int epoch, int step, StepMetrics metrics) {}

  /** An epoch is over, measured and stored. */
  default void epochDone(EpochRecord record) {}

  /** Training is over: all epochs were made, or it was interrupted. */
  default void finished(boolean interrupted) {}
}
