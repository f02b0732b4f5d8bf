package org.glacis.runtime.train;

import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.BatchStatistics;
import org.glacis.runtime.program.Program;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Moves the running statistics of batch normalisation towards those of a batch.
 *
 * @param share of the batch in the result
 */
record Reestimation(Placeholder<TFloat32> share, Op updates) {
  static Reestimation of(Ops tf, Program<TFloat32> program, DataFeed data, StepUpdates updates) {
    Placeholder<TFloat32> share = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
    var pass = BatchStatistics.pass(tf, "forward", program, data.inputs(), false);
    Operand<TFloat32> count = tf.dtypes.cast(data.noise().batch(), TFloat32.class);
    var moved =
        BatchStatistics.running(program)
            .moved(tf, Element.FLOAT32, program, pass.statistics(), count, share);
    return new Reestimation(share, tf.withControlDependencies(updates.assigned(tf, moved)).noOp());
  }

  void run(StepFeed feed, double batch) {
    try (Tensor fed = Element.FLOAT32.tensor(new double[] {batch})) {
      feed.all().feed(share, fed).addTarget(updates).run().close();
    }
  }
}
