package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.program.Groups;
import org.glacis.runtime.program.Program;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.linalg.SelfAdjointEig;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/**
 * The largest and the smallest singular value of each kernel that a constrained layer computes,
 * before any factor: from the eigenvalues of the Gram matrix of its smaller side, in float64.
 */
final class SingularValues {
  private final List<String> paths = new ArrayList<>();
  private final List<Operand<TFloat64>> squares = new ArrayList<>();

  SingularValues(Ops tf, Program<TFloat32> program) {
    for (Program.Constrained<TFloat32> one : program.constrained()) {
      Operand<TFloat32> kernel = Groups.whole(tf, Element.FLOAT32, one.kernel(), one.groups());
      long columns = kernel.shape().get(kernel.shape().numDimensions() - 1);
      Operand<TFloat64> matrix =
          tf.dtypes.cast(tf.reshape(kernel, tf.constant(new long[] {-1, columns})), TFloat64.class);
      boolean tall = kernel.shape().size() >= columns * columns;
      Operand<TFloat64> gram =
          tf.linalg.matMul(matrix, matrix, MatMul.transposeA(tall), MatMul.transposeB(!tall));
      paths.add(one.path());
      squares.add(tf.linalg.selfAdjointEig(gram, SelfAdjointEig.computeV(false)).e());
    }
  }

  /** Those of the present weights: {@code layers/3/kernel/largest} and {@code .../smallest}. */
  Map<String, Double> measure(Session session) {
    Map<String, Double> values = new LinkedHashMap<>();
    if (paths.isEmpty()) {
      return values;
    }
    Session.Runner runner = session.runner();
    squares.forEach(runner::fetch);
    try (Result result = runner.run()) {
      for (int i = 0; i < paths.size(); i++) {
        double[] ascending = Tensors.doubles(result.get(i));
        values.put(paths.get(i) + "/largest", root(ascending[ascending.length - 1]));
        values.put(paths.get(i) + "/smallest", root(ascending[0]));
      }
    }
    return values;
  }

  /** Rounding may leave a little less than 0. */
  private static double root(double square) {
    return Math.sqrt(Math.max(0, square));
  }
}
