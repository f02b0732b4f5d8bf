package org.glacis.runtime.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * The same operations again and again, as one loop of the graph: its size and the time to build it
 * do not grow with the repetitions. Gradients may be taken inside, not through it.
 */
public final class Loop<T extends TFloating> {
  private static final String TYPE = "StatelessWhile";
  private static final String ROUNDS = "_rounds";
  private static final String END = "_body";

  /** No part of the state ends the loop early. */
  private static final int ALL = -1;

  private final Ops tf;
  private final Element<T> element;
  private final int times;
  private final int going;
  private final ConcreteFunction condition;
  private final ConcreteFunction body;
  private final List<Output<?>> outside;
  private final String end;

  /**
   * What a loop of a graph repeats.
   *
   * @param times how often, at most
   * @param end reads all that a round computes; its operations are in the graph of the loop
   */
  public record Rounds(int times, GraphOperation end) {}

  /** What {@code operation} repeats; null where it is no loop of this class. */
  public static @Nullable Rounds of(GraphOperation operation, Graph graph) {
    if (!operation.type().equals(TYPE)) {
      return null;
    }
    var attributes = operation.attributes();
    return new Rounds(
        Math.toIntExact(attributes.getAttrInt(ROUNDS)),
        graph.operationOrThrow(attributes.getAttrString(END)));
  }

  /** What is repeated. */
  @FunctionalInterface
  public interface Body<T extends TFloating> {
    /**
     * The next state.
     *
     * @param round from 0; a scalar
     * @param state numbers in the order of the start
     */
    List<Operand<T>> next(Operand<TInt32> round, List<Operand<T>> state);
  }

  /**
   * A loop whose state has the shapes of {@code like}. What {@code body} reads from outside is
   * computed once, before the loop.
   */
  public Loop(Ops tf, Element<T> element, int times, List<Operand<T>> like, Body<T> body) {
    this(tf, element, times, like, ALL, body);
  }

  /**
   * A loop that ends early, when nothing of one part of its state is above 0.
   *
   * @param going the number of that part, a vector
   */
  public Loop(
      Ops tf, Element<T> element, int times, List<Operand<T>> like, int going, Body<T> body) {
    this.tf = tf;
    this.element = element;
    this.times = times;
    this.going = going;
    Placeholder<TInt32> round = tf.placeholder(TInt32.class, Placeholder.shape(Shape.scalar()));
    List<Operand<T>> state = new ArrayList<>();
    for (Operand<T> each : like) {
      state.add(tf.placeholder(element.type(), Placeholder.shape(each.shape())));
    }
    List<Operand<?>> next = new ArrayList<>();
    next.add(tf.math.add(round, tf.constant(1)));
    next.addAll(body.next(round, state));
    end = tf.withControlDependencies(List.<Op>copyOf(next)).withName("body").noOp().op().name();
    List<Operand<?>> inputs = new ArrayList<>();
    inputs.add(round);
    inputs.addAll(state);
    outside = outside(inputs, next);
    inputs.addAll(outside);
    outside.forEach(each -> next.add(tf.identity(each)));
    this.body = ConcreteFunction.create(signature("body", inputs, next), (Graph) tf.scope().env());
    condition = ConcreteFunction.create(ops -> goesOn(ops, inputs));
  }

  private Signature goesOn(Ops ops, List<Operand<?>> inputs) {
    List<Operand<?>> own = new ArrayList<>();
    Placeholder<TInt32> round = ops.placeholder(TInt32.class);
    own.add(round);
    Operand<TBool> more = ops.math.less(round, ops.constant(times));
    for (Operand<?> input : inputs.subList(1, inputs.size())) {
      if (own.size() == going + 1) {
        Placeholder<T> flags = ops.placeholder(element.type());
        own.add(flags);
        Operand<TBool> any = ops.math.greater(flags, element.constant(ops, 0));
        more = ops.math.logicalAnd(more, ops.reduceAny(any, ops.constant(0)));
      } else {
        own.add(ops.placeholder(input.asOutput().type()));
      }
    }
    return signature("condition", own, List.of(more));
  }

  private static Signature signature(
      String key, List<Operand<?>> inputs, List<Operand<?>> outputs) {
    Signature.Builder builder = Signature.builder().key(key).methodName(key);
    // Functions take their arguments in the order of the names.
    IntStream.range(0, inputs.size()).forEach(i -> builder.input(name("in", i), inputs.get(i)));
    IntStream.range(0, outputs.size()).forEach(i -> builder.output(name("out", i), outputs.get(i)));
    return builder.build();
  }

  private static String name(String what, int number) {
    return "%s%04d".formatted(what, number);
  }

  /** The state after all rounds. */
  public List<Operand<T>> run(List<Operand<T>> start) {
    List<Output<?>> inputs = new ArrayList<>();
    inputs.add(tf.constant(0).asOutput());
    start.forEach(each -> inputs.add(each.asOutput()));
    inputs.addAll(outside);
    var builder = tf.scope().env().opBuilder(TYPE, tf.scope().makeOpName("loop"), tf.scope());
    builder
        .addInputList(inputs.toArray(new Output<?>[0]))
        .setAttr("cond", condition)
        .setAttr("body", body)
        .setAttr("output_shapes", inputs.stream().map(Output::shape).toArray(Shape[]::new))
        .setAttr("parallel_iterations", 1)
        // Runs as operations of the graph itself, not as calls of a function.
        .setAttr("_lower_using_switch_merge", true)
        .setAttr(ROUNDS, times)
        .setAttr(END, end);
    GraphOperation loop = (GraphOperation) builder.build();
    List<Operand<T>> end = new ArrayList<>();
    for (int i = 0; i < start.size(); i++) {
      end.add(loop.<T>output(i + 1));
    }
    return end;
  }

  /** What the operations between {@code inputs} and {@code outputs} read that needs no input. */
  private static List<Output<?>> outside(List<Operand<?>> inputs, Collection<Operand<?>> outputs) {
    Map<String, Boolean> inside = new LinkedHashMap<>();
    inputs.forEach(input -> inside.put(input.op().name(), true));
    Deque<GraphOperation> open = new ArrayDeque<>();
    outputs.forEach(output -> open.push((GraphOperation) output.op()));
    while (!open.isEmpty()) {
      GraphOperation here = open.peek();
      if (inside.containsKey(here.name())) {
        open.pop();
        continue;
      }
      List<GraphOperation> unknown = new ArrayList<>();
      boolean depends = false;
      for (Operand<?> input : here.inputs()) {
        Boolean known = inside.get(input.op().name());
        if (known == null) {
          unknown.add((GraphOperation) input.op());
        } else {
          depends |= known;
        }
      }
      if (unknown.isEmpty()) {
        open.pop();
        inside.put(here.name(), depends);
      } else {
        unknown.forEach(open::push);
      }
    }
    Set<Output<?>> found = new LinkedHashSet<>();
    Set<String> met = new HashSet<>();
    outputs.forEach(output -> open.push((GraphOperation) output.op()));
    while (!open.isEmpty()) {
      GraphOperation here = open.pop();
      if (!met.add(here.name())) {
        continue;
      }
      for (Operand<?> input : here.inputs()) {
        GraphOperation from = (GraphOperation) input.op();
        if (Boolean.TRUE.equals(inside.get(from.name()))) {
          open.push(from);
        } else if (!from.type().equals("Const")) {
          found.add(input.asOutput());
        }
      }
    }
    return List.copyOf(found);
  }
}
