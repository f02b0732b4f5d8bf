package org.glacis.runtime.bound;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.PathScopes;
import org.glacis.runtime.program.Affine;
import org.glacis.runtime.program.Elementwise;
import org.glacis.runtime.program.Elementwise.Lines;
import org.glacis.runtime.program.Node;
import org.glacis.runtime.program.Operation;
import org.glacis.runtime.program.Program;
import org.glacis.runtime.program.Rearrange;
import org.glacis.runtime.program.Sum;
import org.glacis.spec.GlacisException;
import org.glacis.spec.Shape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * One backward pass of linear bounds (Zhang et al. 2018): linear functionals of the output become
 * linear functionals of the input, with each activation replaced by the line that is safe for the
 * sign of its coefficient. What a line must hold for are the intervals of a {@link Bounds}; with
 * those of {@link IntervalPass} this is CROWN-IBP.
 *
 * <p>Outward, where the {@link Rounding} of the intervals is, the result is below what exact
 * arithmetic on the stored weights can reach. At every moment of the pass the functional is at
 * least {@code sum_k A_k x_k + C - E}: {@code A_k} are the coefficients as they were computed,
 * {@code x_k} the exact values that they belong to, {@code C} the constants, {@code E >= 0} what
 * was lost. Each {@code x_k} is known to lie in its box, so {@code |x_k| <= M_k = |centre| +
 * radius}, and coefficients that are wrong by {@code D} cost {@code D M_k} and no more, whatever
 * follows. With {@code u}, {@code g} and {@code t} of {@link Rounding} and {@code n} the inputs and
 * outputs of an operation,
 *
 * <ul>
 *   <li>an affine operation {@code y = W x + b} pulls {@code A} back to {@code A W} with an error
 *       of at most {@code g(n) |A| |W|}, in any order of summation; that costs {@code g(n) |A| (|W|
 *       M)}, and {@code A b} as constant {@code g(n) |A| |b|};
 *   <li>an activation multiplies {@code A} by slopes {@code s}, which costs {@code u |A| |s| M};
 *       its constant {@code A h} with the shifts {@code h} costs {@code g(n) |A| |h|}, and a line
 *       that rounding moved ({@link Elementwise#LINE_ERROR}) {@code 16 u |A| M};
 *   <li>where branches meet, {@code A_1 + A_2} costs {@code u |A_1 + A_2| M};
 *   <li>on the input, {@code A centre - |A| radius} costs {@code g(n) |A| M}.
 * </ul>
 *
 * <p>All are of the form {@code g(n + 24) |A| z}. Twice that is taken: the second half pays for the
 * rounding of this sum, whose terms are positive, of {@code M} and of {@code W} where it is
 * computed from stored weights. Below {@code t} numbers may become 0: the operand {@code A} ({@code
 * t z}), the up to {@code 2 n} products and sums of a coefficient ({@code 2 n t M}) and of a
 * constant ({@code 2 n t}); {@code 4 (n + 8) t (sum z + sum M + 1)} is more than all of them.
 * Corners of intervals are covered by an {@code M} of at least {@code t / u}. Other weights are
 * numbers of float32, which are far from {@code t}. A sample with a number that is not finite has
 * no number as result.
 */
public final class LinearPass<T extends TFloating> {
  private final PathScopes scopes;
  private final Ops tf;
  private final Element<T> element;
  private final Bounds<T> bounds;
  private final int rows;
  private final Map<Integer, Operand<T>> coefficients = new TreeMap<>();
  private final List<Operand<T>> constants = new ArrayList<>();
  private final List<Operand<T>> losses = new ArrayList<>();

  private LinearPass(Ops tf, String name, Element<T> element, Bounds<T> bounds, int rows) {
    this.tf = tf;
    this.scopes = new PathScopes(tf, name);
    this.element = element;
    this.bounds = bounds;
    this.rows = rows;
  }

  /** The paths of the operations of {@code program} that have no lines. */
  public static <T extends TFloating> List<String> missing(Program<T> program) {
    return program.nodes().stream()
        .filter(node -> !known(node.operation()))
        .map(Node::path)
        .distinct()
        .toList();
  }

  private static <T extends TFloating> boolean known(Operation<T> operation) {
    return operation instanceof Elementwise<T> elementwise
        ? elementwise.hasLines()
        : operation instanceof Affine || operation instanceof Rearrange || operation instanceof Sum;
  }

  /**
   * Lower bounds of linear functionals of the output over the box of {@code bounds}. Where those
   * are outward, functionals are exact numbers, and so are the bounds outward; no numbers where one
   * of them is not finite.
   *
   * @param functionals batch × rows × outputs
   * @return batch × rows
   */
  public static <T extends TFloating> Operand<T> lower(
      Ops tf, String name, Element<T> element, Bounds<T> bounds, Operand<T> functionals, int rows) {
    return new LinearPass<>(tf, name, element, bounds, rows).run(functionals);
  }

  private Operand<T> run(Operand<T> functionals) {
    Program<T> program = bounds.program();
    coefficients.put(program.output(), grouped(functionals, program.shapeOf(program.output())));
    for (int value = program.nodes().size(); value > 0; value--) {
      Operand<T> here = coefficients.remove(value);
      if (here != null) {
        back(program.producer(value), here);
      }
    }
    Operand<T> onInput = coefficients.get(0);
    if (onInput == null) {
      throw new GlacisException("the output does not depend on the input");
    }
    Interval<T> box = bounds.values().get(0);
    constants.add(total(times(tf, onInput, box.centre(tf), program.input())));
    constants.add(
        tf.math.neg(total(times(tf, tf.math.abs(onInput), box.radius(tf), program.input()))));
    lose(tf, 0, onInput, program.input(), size -> size);
    Operand<T> sum = tf.math.addN(constants);
    return bounds.rounding().isOutward() ? outward(sum) : sum;
  }

  /** The sum of the constants less everything that was lost, the sum itself included. */
  private Operand<T> outward(Operand<T> sum) {
    Operand<T> lost = tf.math.addN(losses);
    Operand<T> sizes = tf.math.addN(constants.stream().<Operand<T>>map(tf.math::abs).toList());
    Rounding<T> rounding = bounds.rounding();
    lost = rounding.after(tf, lost, tf.math.add(sizes, lost), constants.size());
    return tf.select(bounds.finite(tf), tf.math.sub(sum, lost), element.constant(tf, Double.NaN));
  }

  /**
   * Outward, remembers what the coefficients {@code here}, (batch · rows) × shape, may have lost.
   *
   * @param value the value that they were pulled back to
   * @param sizes from how large each of its numbers can be, to how large what the coefficients are
   *     multiplied by can be: batch × shape
   */
  private void lose(
      Ops tf, int value, Operand<T> here, Shape shape, UnaryOperator<Operand<T>> sizes) {
    Rounding<T> rounding = bounds.rounding();
    if (!rounding.isOutward()) {
      return;
    }
    int inputs = bounds.program().shapeOf(value).getSize();
    int terms = inputs + shape.getSize() + (int) Elementwise.LINE_ERROR;
    Interval<T> box = bounds.values().get(value);
    Operand<T> least = element.constant(tf, element.leastNormal() / element.unitRoundoff());
    Operand<T> size = tf.math.add(tf.math.add(tf.math.abs(box.centre(tf)), box.radius(tf)), least);
    Operand<T> all =
        tf.reduceSum(tf.reshape(size, tf.constant(new int[] {-1, 1, inputs})), tf.constant(2));
    losses.add(
        tf.math.add(
            total(times(tf, rounding.lost(tf, here, terms), sizes.apply(size), shape)),
            rounding.underflow(tf, all, terms)));
  }

  private void back(Node<T> node, Operand<T> here) {
    Ops at = scopes.at(node.path());
    Operation<T> operation = node.operation();
    if (operation instanceof Affine<T> affine) {
      Operand<T> shift = affine.shift();
      if (shift != null) {
        constants.add(total(at.math.mul(here, shift)));
      }
      Shape input = bounds.program().shapeOf(node.input());
      lose(at, node.input(), here, node.shape(), size -> reached(at, affine, size));
      add(node.input(), at.reshape(affine.pullBack(at, here), at.constant(batched(input))));
    } else if (operation instanceof Rearrange<T> rearrange) {
      add(node.input(), rearrange.pullBack(at, here));
    } else if (operation instanceof Sum) {
      node.inputs().forEach(input -> add(input, here));
    } else if (operation instanceof Elementwise<T> elementwise) {
      Shape shape = node.shape();
      Interval<T> in = bounds.values().get(node.input());
      Lines<T> lines = elementwise.lines(at, element, in.lower(at), in.upper(at));
      lose(at, node.input(), here, shape, size -> reached(at, lines, size));
      Operand<T> rising = at.nn.relu(here);
      Operand<T> falling = at.math.sub(here, rising);
      add(
          node.input(),
          at.math.add(
              times(at, rising, lines.lowerSlope(), shape),
              times(at, falling, lines.upperSlope(), shape)));
      constants.add(total(times(at, falling, lines.upperShift(), shape)));
    } else {
      throw new GlacisException(
          "model." + node.path() + " has no linear bounds; checked before training");
    }
  }

  /** {@code |W| size + |b|}. */
  private Operand<T> reached(Ops tf, Affine<T> affine, Operand<T> size) {
    Operand<T> spread = affine.spread(tf, size);
    Operand<T> shift = affine.shiftSize(tf);
    return shift == null ? spread : tf.math.add(spread, shift);
  }

  /** {@code (|s| + |s'| + 1) size + |h|} with the slopes of both lines. */
  private Operand<T> reached(Ops tf, Lines<T> lines, Operand<T> size) {
    Operand<T> slopes =
        tf.math.add(tf.math.abs(lines.lowerSlope()), tf.math.abs(lines.upperSlope()));
    return tf.math.add(
        tf.math.mul(tf.math.add(slopes, element.constant(tf, 1)), size),
        tf.math.abs(lines.upperShift()));
  }

  private void add(int value, Operand<T> more) {
    Operand<T> before = coefficients.remove(value);
    if (before == null) {
      coefficients.put(value, more);
      return;
    }
    Operand<T> sum = tf.math.add(before, more);
    lose(tf, value, sum, bounds.program().shapeOf(value), size -> size);
    coefficients.put(value, sum);
  }

  /** Coefficients, (batch · rows) × shape, times a number for each of a sample's values. */
  private Operand<T> times(Ops tf, Operand<T> each, Operand<T> numbers, Shape shape) {
    Operand<T> grouped = tf.reshape(each, tf.constant(new int[] {-1, rows, shape.getSize()}));
    Operand<T> row = tf.reshape(numbers, tf.constant(new int[] {-1, 1, shape.getSize()}));
    return tf.reshape(tf.math.mul(grouped, row), tf.constant(batched(shape)));
  }

  /** The sum over each row: batch × rows. */
  private Operand<T> total(Operand<T> each) {
    Operand<T> flat = tf.reshape(each, tf.constant(new int[] {-1, rows, size(each)}));
    return tf.reduceSum(flat, tf.constant(2));
  }

  private static int size(Operand<?> each) {
    long size = 1;
    for (int axis = 1; axis < each.shape().numDimensions(); axis++) {
      size *= each.shape().get(axis);
    }
    return Math.toIntExact(size);
  }

  /** Batch × rows × outputs becomes (batch · rows) × shape. */
  private Operand<T> grouped(Operand<T> functionals, Shape shape) {
    return tf.reshape(functionals, tf.constant(batched(shape)));
  }

  private static int[] batched(Shape shape) {
    int[] extents = new int[shape.getRank() + 1];
    extents[0] = -1;
    System.arraycopy(shape.toArray(), 0, extents, 1, shape.getRank());
    return extents;
  }
}
