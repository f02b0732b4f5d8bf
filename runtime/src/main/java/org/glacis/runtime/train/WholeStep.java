package org.glacis.runtime.train;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.graph.Tensors;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.op.Op;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * A step over all samples of its batch at once: one run, and one before it where samples have
 * weights that are found on the host. Both draw the same random numbers.
 */
record WholeStep(
    Op updates,
    Operand<TFloat32> values,
    List<String> metrics,
    Watch watch,
    List<Weighed<TFloat32>> weighed)
    implements Endpoint {
  @Override
  public float[] run(StepFeed feed) {
    Map<Placeholder<TFloat32>, Tensor> weights = weighed.isEmpty() ? Map.of() : weights(feed);
    Session.Runner runner = feed.all();
    weights.forEach(runner::feed);
    try (Result result = runner.addTarget(updates).fetch(values).run()) {
      return Tensors.floats(result.get(0));
    } finally {
      weights.values().forEach(Tensor::close);
    }
  }

  private Map<Placeholder<TFloat32>, Tensor> weights(StepFeed feed) {
    Session.Runner runner = feed.all();
    weighed.forEach(each -> runner.fetch(each.losses()));
    Map<Placeholder<TFloat32>, Tensor> weights = new HashMap<>();
    try (Result result = runner.run()) {
      for (int i = 0; i < weighed.size(); i++) {
        weights.putAll(weighed.get(i).feed(result.get(i)));
      }
    }
    return weights;
  }

  @Override
  public List<Session.Runner> looks(StepFeed feed) {
    return List.of(feed.all());
  }
}
