package org.glacis.runtime.lower;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.PathScopes;
import org.glacis.runtime.program.Elementwise;
import org.glacis.runtime.program.Node;
import org.glacis.runtime.program.Operation;
import org.glacis.runtime.program.Products;
import org.glacis.runtime.program.Program;
import org.glacis.runtime.program.Rearrange;
import org.glacis.runtime.program.Sum;
import org.glacis.spec.LayerSpec;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/** Lowers a model, layer by layer, to a {@link Program}. */
public final class Lowerer<T extends TFloating> {
  private final Element<T> element;
  private final PathScopes scopes;
  private final Function<WeightSpec, Operand<T>> weights;
  private final @Nullable Noise noise;
  private final Products<T> products;
  private final Shape input;
  private final List<Node<T>> nodes = new ArrayList<>();
  private final Map<String, Operand<T>> moved = new LinkedHashMap<>();
  private final List<Program.Constrained<T>> constrained = new ArrayList<>();
  private final Map<String, Operand<T>> held = new LinkedHashMap<>();
  private final double share;
  private boolean settled;
  private String path = "";
  private int read = 0;

  private Lowerer(
      Ops tf,
      Element<T> element,
      ModelSpec model,
      Function<WeightSpec, Operand<T>> weights,
      @Nullable Noise noise,
      Products<T> products) {
    this.products = products;
    this.element = element;
    this.scopes = new PathScopes(tf, "");
    this.weights = weights;
    this.noise = noise;
    this.input = model.getInput();
    this.share = model.getLipschitz() == 1 ? 1 : model.getLipschitzShare();
  }

  /**
   * Lowers a whole model.
   *
   * @param weights gives the operand for each array of weights that a layer asks for
   * @param noise what random layers need; null outside training, where they do nothing
   */
  public static <T extends TFloating> Program<T> lower(
      Ops tf,
      Element<T> element,
      ModelSpec model,
      Function<WeightSpec, Operand<T>> weights,
      @Nullable Noise noise) {
    return lower(tf, element, model, weights, noise, Products.exact(element.type()));
  }

  /**
   * Lowers a whole model.
   *
   * @param weights gives the operand for each array of weights that a layer asks for
   * @param noise what random layers need; null outside training, where they do nothing
   * @param products how layers multiply
   */
  public static <T extends TFloating> Program<T> lower(
      Ops tf,
      Element<T> element,
      ModelSpec model,
      Function<WeightSpec, Operand<T>> weights,
      @Nullable Noise noise,
      Products<T> products) {
    Lowerer<T> lowerer = new Lowerer<>(tf, element, model, weights, noise, products);
    int output = lowerer.sequence(model.getLayers(), 0);
    return new Program<>(
        model.getInput(), lowerer.nodes, output, lowerer.moved, lowerer.constrained);
  }

  /**
   * The weights that constrained layers compute with, by path ({@code layers/3/kernel}), each
   * computed until it no longer changes.
   *
   * @param weights gives the operand for each array of weights that a layer asks for
   */
  public static <T extends TFloating> Map<String, Operand<T>> constrained(
      Ops tf, Element<T> element, ModelSpec model, Function<WeightSpec, Operand<T>> weights) {
    Lowerer<T> lowerer =
        new Lowerer<>(tf, element, model, weights, null, Products.exact(element.type()));
    lowerer.settled = true;
    lowerer.sequence(model.getLayers(), 0);
    return lowerer.held;
  }

  /**
   * The operations of a model, to be looked at: they belong to no graph.
   *
   * @param weights hears of each array of weights that a layer asks for
   */
  public static Program<TFloat32> outline(ModelSpec model, Consumer<WeightSpec> weights) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      return lower(
          tf,
          Element.FLOAT32,
          model,
          weight -> {
            weights.accept(weight);
            long[] extents = Arrays.stream(weight.shape()).asLongStream().toArray();
            return tf.placeholder(
                TFloat32.class,
                org.tensorflow.op.core.Placeholder.shape(org.tensorflow.ndarray.Shape.of(extents)));
          },
          null);
    }
  }

  /** Lowers {@code layers} one after the other, below the present path. */
  public int sequence(List<LayerSpec> layers, int input) {
    return sequence("layers", layers, input);
  }

  /** Lowers the layers of one branch of the present layer, below its path. */
  public int sequence(String branch, List<LayerSpec> layers, int input) {
    String outer = path;
    int value = input;
    for (int i = 0; i < layers.size(); i++) {
      path = (outer.isEmpty() ? "" : outer + "/") + branch + "/" + i;
      read = value;
      value = Lowerings.of(layers.get(i)).lower(layers.get(i), value, this);
    }
    path = outer;
    return value;
  }

  /** Adds an operation that reads {@code inputs}; returns the value that it makes. */
  public int add(Operation<T> operation, Shape shape, Integer... inputs) {
    nodes.add(new Node<>(path, operation, List.of(inputs), shape));
    return nodes.size();
  }

  /** The shape of one sample of a value. */
  public Shape shapeOf(int value) {
    return value == 0 ? input : nodes.get(value - 1).shape();
  }

  /** The array {@code name} of the present layer. */
  public Operand<T> weight(String name, int fanIn, int fanOut, WeightSpec.Role role, int... shape) {
    return inGroups(1, name, fanIn, fanOut, role, shape);
  }

  /** The array {@code name} of the present layer, whose last axis has so many groups. */
  Operand<T> inGroups(
      int groups, String name, int fanIn, int fanOut, WeightSpec.Role role, int... shape) {
    return weights.apply(
        new WeightSpec(path + "/" + name, shape, fanIn, fanOut, role, isSum(read), groups));
  }

  /**
   * Whether {@code value} is the sum of a residual block, seen through activations and reshapes.
   */
  private boolean isSum(int value) {
    int at = value;
    while (at > 0) {
      Node<T> node = nodes.get(at - 1);
      if (node.operation() instanceof Sum) {
        return true;
      }
      boolean through =
          node.operation() instanceof Elementwise || node.operation() instanceof Rearrange;
      at = through ? node.input() : 0;
    }
    return false;
  }

  /** What the step makes of the array {@code name} of the present layer. */
  void moved(String name, Operand<T> value) {
    moved.put(path + "/" + name, value);
  }

  /**
   * The weights of the present constrained layer.
   *
   * @param unit computed from the free ones, in their shape
   * @param factor the layer's own; its share of the network's constant comes on top
   * @param idempotent whether free weights that are {@code unit} stay so
   */
  Operand<T> constrained(String name, Operand<T> unit, double factor, boolean idempotent) {
    return constrained(name, unit, 1, factor, idempotent);
  }

  /** The same of weights whose last axis has so many groups. */
  Operand<T> constrained(
      String name, Operand<T> unit, int groups, double factor, boolean idempotent) {
    constrained.add(new Program.Constrained<>(path + "/" + name, unit, groups, idempotent));
    boolean counts = path.indexOf('/') == path.lastIndexOf('/');
    double all = counts ? factor * share : factor;
    Operand<T> weights = all == 1 ? unit : tf().math.mul(unit, element.constant(tf(), all));
    held.put(path + "/" + name, weights);
    return weights;
  }

  /** Whether weights are computed until they no longer change, instead of for one step. */
  boolean isSettled() {
    return settled;
  }

  public Element<T> element() {
    return element;
  }

  /** Operations named below the present layer. */
  public Ops tf() {
    return scopes.at(path);
  }

  /** What random layers need; null outside training. */
  public @Nullable Noise noise() {
    return noise;
  }

  /** How layers multiply. */
  public Products<T> products() {
    return products;
  }

  /** The path of the present layer: {@code layers/3}. */
  public String path() {
    return path;
  }
}
