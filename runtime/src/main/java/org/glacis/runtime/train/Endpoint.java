package org.glacis.runtime.train;

import java.util.List;
import org.tensorflow.Session;
import org.tensorflow.op.Op;

/** One way to make a step. */
interface Endpoint {
  /** The operation that makes the updates. */
  Op updates();

  /** What {@link #run} measures, by name; the loss first. */
  List<String> metrics();

  /** Makes the step. */
  float[] run(StepFeed feed);

  /** What to look at where a number is not finite. */
  Watch watch();

  /** Runs that see the samples of the step that was just made, without updates. */
  List<Session.Runner> looks(StepFeed feed);
}
