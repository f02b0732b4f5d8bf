package org.glacis.runtime.bound;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.program.Affine;
import org.glacis.runtime.program.Contraction;
import org.glacis.runtime.program.DenseOp;
import org.glacis.runtime.program.Elementwise;
import org.glacis.runtime.program.Node;
import org.glacis.runtime.program.Numbers;
import org.glacis.runtime.program.Operation;
import org.glacis.runtime.program.Program;
import org.glacis.runtime.program.Sum;
import org.jspecify.annotations.Nullable;
import org.tensorflow.types.family.TFloating;

/**
 * Proved Lipschitz constants (l2) of a network with fixed weights: those of its operations, which
 * multiply along a path and add up where paths meet; of paths that are about different numbers the
 * larger counts. All rounded up.
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
    return of(program, numbers, own(program, numbers));
  }

  /** The constants of the operations of {@code program} by themselves, in its order. */
  public static <T extends TFloating> double[] own(Program<T> program, Numbers<T> numbers) {
    double[] own = new double[program.nodes().size()];
    for (int i = 0; i < own.length; i++) {
      own[i] = constant(program.nodes().get(i).operation(), numbers);
    }
    return own;
  }

  /**
   * The constants of {@code program}.
   *
   * @param own those of its operations
   */
  public static <T extends TFloating> Constants of(
      Program<T> program, Numbers<T> numbers, double[] own) {
    int output = program.output();
    int outputs = program.shapeOf(output).getSize();
    double[] constants = from(program, own, 0, own.length);
    double whole = constants[output];
    if (output > 0 && program.producer(output).operation() instanceof DenseOp<T> last) {
      double body = constants[program.producer(output).input()];
      return new Constants(whole, body, last.matrix(numbers), outputs);
    }
    return new Constants(whole, whole, null, outputs);
  }

  /**
   * The constants of the values up to {@code last} as functions of the value {@code base}, from
   * which all values after it are computed.
   *
   * @param own the constants of the operations
   */
  private static <T extends TFloating> double[] from(
      Program<T> program, double[] own, int base, int last) {
    double[] constants = new double[last + 1];
    constants[base] = 1;
    for (int value = base + 1; value <= last; value++) {
      Node<T> node = program.producer(value);
      double before = 0;
      if (node.operation() instanceof Sum<T> sum && sum.common() >= 0) {
        before = up(constants[sum.common()] * ofParts(program, own, node, sum.common()));
      } else {
        for (int input : node.inputs()) {
          before = up(before + constants[input]);
        }
      }
      constants[value] = up(before * own[value - 1]);
    }
    return constants;
  }

  /**
   * Two functions of other numbers each, with outputs of their own, are as Lipschitz as the one
   * that is more so.
   */
  private static <T extends TFloating> double ofParts(
      Program<T> program, double[] own, Node<T> node, int common) {
    int last = Math.max(node.inputs().get(0), node.inputs().get(1));
    double[] constants = from(program, own, common, last);
    return Math.max(constants[node.inputs().get(0)], constants[node.inputs().get(1)]);
  }

  /**
   * Proved bounds of the norms of all affine operations, by the path of their layer.
   *
   * @param own the constants of the operations
   */
  public static <T extends TFloating> Map<String, Double> norms(Program<T> program, double[] own) {
    Map<String, Double> norms = new LinkedHashMap<>();
    for (int i = 0; i < own.length; i++) {
      Node<T> node = program.nodes().get(i);
      if (node.operation() instanceof Affine<T>) {
        norms.merge(node.path(), own[i], (a, b) -> up(a * b));
      }
    }
    return norms;
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
    if (operation instanceof Elementwise<T> elementwise) {
      return Double.isFinite(elementwise.slope());
    }
    return !(operation instanceof Contraction<T> contraction)
        || Double.isFinite(contraction.lipschitz());
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
