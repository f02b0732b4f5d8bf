package org.glacis.runtime.certify;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.bound.Interval;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.program.Affine;
import org.glacis.runtime.program.Contraction;
import org.glacis.runtime.program.Elementwise;
import org.glacis.runtime.program.ForwardPass;
import org.glacis.runtime.program.Node;
import org.glacis.runtime.program.Operation;
import org.glacis.runtime.program.Program;
import org.glacis.runtime.program.Rearrange;
import org.glacis.runtime.program.ReluOp;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TFloating;

/** The operations of a graph that {@link Diagnostics} reads. */
final class Probe<T extends TFloating> {
  private final Ops tf;
  private final Element<T> element;
  private final Program<T> program;
  private final Placeholder<T> chosen;
  private final List<String> layers = new ArrayList<>();
  private final List<Operand<TBool>> alive = new ArrayList<>();
  private final List<Operand<T>> shares = new ArrayList<>();
  private final @Nullable Operand<T> tightness;

  /**
   * What was found for a batch.
   *
   * @param layers the paths of the ReLUs
   * @param alive for each of them, which neurons have an upper bound above 0 for some sample
   * @param unstable for each of them, the share of neurons and samples with {@code l < 0 < u}
   * @param active the share with {@code l >= 0}
   * @param tightness one number a sample, NaN where no box reaches the output; empty where it is
   *     not defined
   */
  record Values(
      List<String> layers,
      List<boolean[]> alive,
      double[] unstable,
      double[] active,
      double[] tightness) {}

  Probe(
      Ops tf,
      Element<T> element,
      Program<T> program,
      Bounds<T> bounds,
      Operand<T> x,
      Operand<T> radius) {
    this.tf = tf;
    this.element = element;
    this.program = program;
    int outputs = program.shapeOf(program.output()).getSize();
    chosen =
        tf.withName("chosen").placeholder(element.type(), Placeholder.shape(Shape.of(-1, outputs)));
    for (Node<T> node : program.nodes()) {
      if (node.operation() instanceof ReluOp) {
        layers.add(node.path());
        relu(bounds.values().get(node.input()));
      }
    }
    boolean bends = program.nodes().stream().anyMatch(n -> n.operation() instanceof Contraction);
    tightness = bends ? null : tightness(x, tf.math.add(radius, tf.zerosLike(x)));
  }

  /**
   * Runs a batch.
   *
   * @param runner which is fed the samples and the radius
   */
  Values values(Session.Runner runner, Tensor one) {
    alive.forEach(runner::fetch);
    shares.forEach(runner::fetch);
    if (tightness != null) {
      runner.feed(chosen, one).fetch(tightness);
    }
    if (alive.isEmpty() && tightness == null) {
      return new Values(layers, List.of(), new double[0], new double[0], new double[0]);
    }
    try (Result result = runner.run()) {
      List<boolean[]> neurons = new ArrayList<>();
      double[] unstable = new double[alive.size()];
      double[] active = new double[alive.size()];
      for (int i = 0; i < alive.size(); i++) {
        neurons.add(Tensors.booleans((TBool) result.get(i)));
        unstable[i] = Tensors.doubles(result.get(alive.size() + 2 * i))[0];
        active[i] = Tensors.doubles(result.get(alive.size() + 2 * i + 1))[0];
      }
      double[] ratios =
          tightness == null ? new double[0] : Tensors.doubles(result.get(3 * alive.size()));
      return new Values(layers, neurons, unstable, active, ratios);
    }
  }

  private void relu(Interval<T> in) {
    Operand<T> zero = element.constant(tf, 0);
    Operand<TBool> above = tf.math.greater(in.upper(tf), zero);
    Operand<TBool> below = tf.math.less(in.lower(tf), zero);
    Operand<TBool> ever = tf.reduceAny(above, tf.constant(0));
    alive.add(tf.reshape(ever, tf.constant(new int[] {-1})));
    shares.add(share(tf.math.logicalAnd(above, below)));
    shares.add(share(tf.math.greaterEqual(in.lower(tf), zero)));
  }

  private Operand<T> share(Operand<TBool> flags) {
    return tf.math.mean(
        tf.reshape(tf.dtypes.cast(flags, element.type()), tf.constant(new int[] {-1})),
        tf.constant(0));
  }

  /**
   * {@code |J| r / (|W_n D_(n-1)| ... |W_2 D_1| |W_1| r)} of the chosen output: {@code J} is the
   * Jacobian at the sample, {@code D} the slopes of the activations there.
   */
  private Operand<T> tightness(Operand<T> x, Operand<T> radius) {
    List<Operand<T>> values = ForwardPass.values(tf, "forward", program, x);
    Operand<T> output = tf.math.mul(values.get(program.output()), chosen);
    Operand<T> row = derivative(output, x);
    Operand<T> optimal =
        perSample(tf.math.mul(tf.math.abs(row), radius), program.input().getSize());
    List<Operand<T>> radii = new ArrayList<>(List.of(radius));
    for (int i = 0; i < program.nodes().size(); i++) {
      radii.add(through(program.nodes().get(i), values, values.get(i + 1), radii));
    }
    Operand<T> layerwise =
        perSample(
            tf.math.mul(radii.get(program.output()), chosen),
            program.shapeOf(program.output()).getSize());
    return tf.select(
        tf.math.greater(layerwise, element.constant(tf, 0)),
        tf.math.div(optimal, layerwise),
        element.constant(tf, Double.NaN));
  }

  private Operand<T> through(
      Node<T> node, List<Operand<T>> values, Operand<T> made, List<Operand<T>> radii) {
    Operand<T> radius = radii.get(node.input());
    Operation<T> operation = node.operation();
    if (operation instanceof Affine<T> affine) {
      return affine.spread(tf, radius);
    } else if (operation instanceof Rearrange<T> rearrange) {
      return rearrange.apply(tf, radius);
    } else if (operation instanceof Elementwise) {
      Operand<T> slope = derivative(made, values.get(node.input()));
      return tf.math.mul(radius, tf.math.abs(slope));
    }
    return tf.math.add(radius, radii.get(node.inputs().get(1)));
  }

  /** The derivative of the sum of {@code of}. */
  private Operand<T> derivative(Operand<T> of, Operand<T> by) {
    Operand<T> flat = tf.reshape(of, tf.constant(new int[] {-1}));
    return tf.gradients(tf.reduceSum(flat, tf.constant(0)), List.of(by)).<T>dy(0);
  }

  /** The sum over each sample's numbers, of which there are {@code size}. */
  private Operand<T> perSample(Operand<T> values, int size) {
    return tf.reduceSum(tf.reshape(values, tf.constant(new int[] {-1, size})), tf.constant(1));
  }
}
