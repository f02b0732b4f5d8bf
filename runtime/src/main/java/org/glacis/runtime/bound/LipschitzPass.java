package org.glacis.runtime.bound;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.program.Affine;
import org.glacis.runtime.program.Contraction;
import org.glacis.runtime.program.DenseOp;
import org.glacis.runtime.program.Elementwise;
import org.glacis.runtime.program.Node;
import org.glacis.runtime.program.Numbers;
import org.glacis.runtime.program.Operation;
import org.glacis.runtime.program.Program;
import org.jspecify.annotations.Nullable;
import org.tensorflow.types.family.TFloating;

/**
 * Proved Lipschitz constants (l2) of a network with fixed weights: those of its operations, which
 * multiply along a path and add up where paths meet. All rounded up.
 */
public final class LipschitzPass {
  private LipschitzPass() {}

  /**
   * What is proved of a network.
   *
   * @param whole of all outputs together
   * @param body of what the last layer reads; {@code whole} where that is no dense layer
   * @param rows the last layer's weights: inputs × outputs, row by row; null where it is no dense
   *     layer
   * @param outputs how many outputs there are
   */
  public record Constants(double whole, double body, double @Nullable [] rows, int outputs) {
    /** Of output {@code j} alone. */
    public double ofOutput(int j) {
      return rows == null ? whole : up(body * length(j, -1));
    }

    /** Of the difference of the outputs {@code i} and {@code j}. */
    public double ofDifference(int i, int j) {
      // Two coordinates of a vector differ by at most sqrt(2) times its length.
      double pair = up(whole * up(Math.sqrt(2)));
      return rows == null ? pair : Math.min(pair, up(body * length(i, j)));
    }

    /** The largest constant of one output. */
    public double largestOfOutputs() {
      double most = 0;
      for (int j = 0; j < outputs; j++) {
        most = Math.max(most, ofOutput(j));
      }
      return most;
    }

    /** The length of column {@code i}, less column {@code j} where that is not negative. */
    private double length(int i, int j) {
      double[] weights = java.util.Objects.requireNonNull(rows);
      double sum = 0;
      int inputs = weights.length / outputs;
      for (int k = 0; k < inputs; k++) {
        double entry = weights[k * outputs + i];
        if (j >= 0) {
          entry = up(Math.abs(entry - weights[k * outputs + j]));
        }
        sum = up(sum + up(entry * entry));
      }
      return up(Math.sqrt(sum));
    }
  }

  /** The constants of {@code program}, whose weights {@code numbers} knows. */
  public static <T extends TFloating> Constants of(Program<T> program, Numbers<T> numbers) {
    int output = program.output();
    int outputs = program.shapeOf(output).getSize();
    List<Double> constants = new ArrayList<>(List.of(1.0));
    for (Node<T> node : program.nodes()) {
      double sum = 0;
      for (int input : node.inputs()) {
        sum = up(sum + constants.get(input));
      }
      constants.add(up(sum * constant(node.operation(), numbers)));
    }
    double whole = constants.get(output);
    if (output > 0 && program.producer(output).operation() instanceof DenseOp<T> last) {
      double body = constants.get(program.producer(output).input());
      return new Constants(whole, body, last.matrix(numbers), outputs);
    }
    return new Constants(whole, whole, null, outputs);
  }

  /** The paths of operations without a constant. */
  public static <T extends TFloating> List<String> missing(Program<T> program) {
    return program.nodes().stream()
        .filter(node -> !isKnown(node.operation()))
        .map(Node::path)
        .distinct()
        .toList();
  }

  private static <T extends TFloating> boolean isKnown(Operation<T> operation) {
    return !(operation instanceof Elementwise<T> elementwise)
        || Double.isFinite(elementwise.slope());
  }

  private static <T extends TFloating> double constant(Operation<T> operation, Numbers<T> numbers) {
    if (operation instanceof Affine<T> affine) {
      return affine.norm(numbers);
    } else if (operation instanceof Elementwise<T> elementwise) {
      return elementwise.slope();
    } else if (operation instanceof Contraction<T> contraction) {
      return contraction.lipschitz();
    }
    // Rearranged numbers keep their distance; the constants of a sum were added up.
    return 1;
  }

  /** Not below what exact arithmetic gives: one rounding to the nearest is made up for. */
  private static double up(double rounded) {
    return Math.nextUp(rounded);
  }
}
