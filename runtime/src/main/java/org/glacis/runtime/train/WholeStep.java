package org.glacis.runtime.train;

import java.util.List;
import org.glacis.runtime.graph.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Op;
import org.tensorflow.types.TFloat32;

/** A step over all samples of its batch at once: one run. */
record WholeStep(Op updates, Operand<TFloat32> values, List<String> metrics, Watch watch)
    implements Endpoint {
  @Override
  public float[] run(StepFeed feed) {
    try (Result result = feed.all().addTarget(updates).fetch(values).run()) {
      return Tensors.floats(result.get(0));
    }
  }

  @Override
  public List<Session.Runner> looks(StepFeed feed) {
    return List.of(feed.all());
  }
}
