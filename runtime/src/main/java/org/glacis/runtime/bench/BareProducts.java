package org.glacis.runtime.bench;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Loop;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/**
 * The matrix products and convolutions of a step, alone: a graph with the same products of the same
 * shapes and nothing else. What they take is the floor that the step is compared with.
 */
public final class BareProducts implements AutoCloseable {
  private static final Set<String> PRODUCTS =
      Set.of("MatMul", "Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter");

  private final Graph graph = new Graph();
  private final Session session;
  private final List<Part> parts = new ArrayList<>();
  private final List<String> descriptions = new ArrayList<>();

  /** Products that a step makes so many times, one after the other. */
  private record Part(int times, List<Op> targets) {}

  private record Fill(Placeholder<TFloat32> input, Op assign, long[] shape) {}

  /**
   * Copies the products that {@code step} needs.
   *
   * @param batch stands where a shape is open
   */
  public BareProducts(GraphOperation step, int batch, Device device) {
    Ops tf = device.operations(graph);
    List<Fill> fills = new ArrayList<>();
    add(tf, step, 1, batch, fills);
    session = device.session(graph);
    for (Fill fill : fills) {
      try (Tensor random = noise(fill.shape())) {
        session.runner().feed(fill.input(), random).addTarget(fill.assign()).run().close();
      }
    }
  }

  /**
   * What is computed, a line each with the count of equal ones: {@code 2 x MatMul [256, 784] [784,
   * 100]}.
   */
  public List<String> descriptions() {
    TreeMap<String, Integer> counts = new TreeMap<>();
    descriptions.forEach(d -> counts.merge(d, 1, Integer::sum));
    List<String> lines = new ArrayList<>();
    counts.forEach((d, n) -> lines.add(n + " x " + d));
    return lines;
  }

  /** Runs all products as often as the step makes them. */
  public void run() {
    for (Part part : parts) {
      for (int round = 0; round < part.times(); round++) {
        Session.Runner runner = session.runner();
        part.targets().forEach(runner::addTarget);
        runner.run().close();
      }
    }
  }

  /** The products that {@code end} needs, and those of the loops among what it needs. */
  private void add(Ops tf, GraphOperation end, int times, int batch, List<Fill> fills) {
    List<Op> targets = new ArrayList<>();
    List<Loop.Rounds> loops = new ArrayList<>();
    for (GraphOperation product : reachable(end, loops)) {
      targets.add(copy(tf, product, times, batch, fills));
    }
    if (!targets.isEmpty()) {
      parts.add(new Part(times, targets));
    }
    for (Loop.Rounds loop : loops) {
      add(tf, loop.end(), times * loop.times(), batch, fills);
    }
  }

  private static List<GraphOperation> reachable(GraphOperation step, List<Loop.Rounds> loops) {
    Graph from = step.env();
    List<GraphOperation> products = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    Deque<GraphOperation> open = new ArrayDeque<>(List.of(step));
    while (!open.isEmpty()) {
      GraphOperation operation = open.pop();
      if (!seen.add(operation.name())) {
        continue;
      }
      if (PRODUCTS.contains(operation.type())) {
        products.add(operation);
      }
      Loop.Rounds rounds = Loop.of(operation, from);
      if (rounds != null) {
        loops.add(rounds);
      }
      operation.inputs().forEach(input -> open.push((GraphOperation) input.op()));
      open.addAll(operation.controlInputs());
    }
    return products;
  }

  private Op copy(Ops tf, GraphOperation product, int times, int batch, List<Fill> fills) {
    List<long[]> shapes = new ArrayList<>();
    for (int i = 0; i < product.numInputs(); i++) {
      shapes.add(closed(product.input(i).shape(), batch));
    }
    if (product.type().equals("MatMul")) {
      join(product, shapes);
    }
    boolean sized = product.type().startsWith("Conv2DBackprop");
    if (sized) {
      shapes.set(2, slopes(product, shapes, batch));
    }
    var builder = graph.opBuilder(product.type(), "product" + descriptions.size(), tf.scope());
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < shapes.size(); i++) {
      int sizes = product.type().equals("Conv2DBackpropInput") ? 0 : 1;
      if (sized && i == sizes) {
        builder.addInput(tf.constant(ints(closed(product.output(0).shape(), batch))).asOutput());
      } else {
        builder.addInput(operand(tf, shapes.get(i), product.input(i).dataType(), fills).asOutput());
        texts.add(java.util.Arrays.toString(shapes.get(i)));
      }
    }
    var attributes = product.attributes();
    if (product.type().equals("MatMul")) {
      boolean a = attributes.getAttrBool("transpose_a");
      boolean b = attributes.getAttrBool("transpose_b");
      builder.setAttr("transpose_a", a).setAttr("transpose_b", b);
      texts.add((a ? "transpose_a " : "") + (b ? "transpose_b" : ""));
    } else {
      builder
          .setAttr("strides", attributes.getAttrIntList("strides"))
          .setAttr("padding", attributes.getAttrString("padding"));
    }
    String description = (product.type() + " " + String.join(" ", texts)).trim();
    descriptions.addAll(Collections.nCopies(times, description));
    return builder.build().output(0);
  }

  /** The axis that both factors share, which may be open in one of them. */
  private static void join(GraphOperation product, List<long[]> shapes) {
    int a = product.attributes().getAttrBool("transpose_a") ? 0 : 1;
    int b = product.attributes().getAttrBool("transpose_b") ? 1 : 0;
    if (product.input(0).shape().get(a) < 0) {
      shapes.get(0)[a] = shapes.get(1)[b];
    } else if (product.input(1).shape().get(b) < 0) {
      shapes.get(1)[b] = shapes.get(0)[a];
    }
  }

  /**
   * The shape of the gradient that a convolution's gradient reads: that of the convolution's
   * output, which pools above it may leave open.
   */
  private static long[] slopes(GraphOperation product, List<long[]> shapes, int batch) {
    boolean ofImages = product.type().equals("Conv2DBackpropInput");
    long[] images = ofImages ? closed(product.output(0).shape(), batch) : shapes.get(0);
    long[] kernel = ofImages ? shapes.get(1) : closed(product.output(0).shape(), batch);
    var attributes = product.attributes();
    boolean same = attributes.getAttrString("padding").equals("SAME");
    long[] strides = attributes.getAttrIntList("strides");
    long[] shape = {images[0], 0, 0, kernel[3]};
    for (int axis = 1; axis <= 2; axis++) {
      long places = same ? images[axis] : images[axis] - kernel[axis - 1] + 1;
      shape[axis] = (places + strides[axis] - 1) / strides[axis];
    }
    return shape;
  }

  private Operand<?> operand(Ops tf, long[] shape, DataType type, List<Fill> fills) {
    return type == DataType.DT_BFLOAT16
        ? operand(tf, shape, TBfloat16.class, fills)
        : operand(tf, shape, TFloat32.class, fills);
  }

  private <T extends TFloating> Operand<T> operand(
      Ops tf, long[] shape, Class<T> type, List<Fill> fills) {
    Shape extents = Shape.of(shape);
    var handle = tf.varHandleOp(type, extents, VarHandleOp.sharedName("operand" + fills.size()));
    Placeholder<TFloat32> input = tf.placeholder(TFloat32.class, Placeholder.shape(extents));
    fills.add(new Fill(input, tf.assignVariableOp(handle, tf.dtypes.cast(input, type)), shape));
    return tf.readVariableOp(handle, type);
  }

  private static Tensor noise(long[] shape) {
    java.util.SplittableRandom random = new java.util.SplittableRandom(1);
    return TFloat32.tensorOf(
        Shape.of(shape),
        t -> t.scalars().forEach(s -> s.setFloat((float) random.nextDouble() - 0.5f)));
  }

  private static long[] closed(Shape shape, int batch) {
    long[] extents = shape.asArray();
    for (int i = 0; i < extents.length; i++) {
      extents[i] = extents[i] < 0 ? batch : extents[i];
    }
    return extents;
  }

  private static int[] ints(long[] values) {
    return java.util.Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
  }
}
