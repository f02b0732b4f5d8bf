package org.glacis.runtime.bound;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
 * those of {@link IntervalPass} this is CROWN-IBP. For training: rounding is ignored.
 */
public final class LinearPass<T extends TFloating> {
  private final PathScopes scopes;
  private final Ops tf;
  private final Element<T> element;
  private final Bounds<T> bounds;
  private final int rows;
  private final Map<Integer, Operand<T>> coefficients = new TreeMap<>();
  private final List<Operand<T>> constants = new ArrayList<>();

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
   * Lower bounds of linear functionals of the output over the box of {@code bounds}.
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
    return tf.math.addN(constants);
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
      add(node.input(), at.reshape(affine.pullBack(at, here), at.constant(batched(input))));
    } else if (operation instanceof Rearrange<T> rearrange) {
      add(node.input(), rearrange.pullBack(at, here));
    } else if (operation instanceof Sum) {
      node.inputs().forEach(input -> add(input, here));
    } else if (operation instanceof Elementwise<T> elementwise) {
      Shape shape = node.shape();
      Interval<T> in = bounds.values().get(node.input());
      Lines<T> lines = elementwise.lines(at, element, in.lower(at), in.upper(at));
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

  private void add(int value, Operand<T> more) {
    coefficients.merge(value, more, (a, b) -> tf.math.add(a, b));
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
