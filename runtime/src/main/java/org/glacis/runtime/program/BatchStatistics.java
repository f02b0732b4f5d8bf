package org.glacis.runtime.program;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.PathScopes;
import org.glacis.runtime.program.BatchNormOp.Moments;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * The mean and variance that each batch normalisation of a program takes, by the layer's path.
 * Immutable; a program without such layers has empty ones.
 */
public record BatchStatistics<T extends TFloating>(Map<String, Moments<T>> moments) {
  public BatchStatistics {
    moments = Map.copyOf(moments);
  }

  /**
   * A pass in which every batch normalisation took the statistics of what came to it.
   *
   * @param values all values of the program, by number
   * @param statistics those of this batch
   */
  public record Pass<T extends TFloating>(List<Operand<T>> values, BatchStatistics<T> statistics) {}

  /** The running statistics. */
  public static <T extends TFloating> BatchStatistics<T> running(Program<T> program) {
    Map<String, Moments<T>> all = new LinkedHashMap<>();
    for (BatchNormOp<T> layer : layers(program)) {
      all.put(layer.path(), layer.running());
    }
    return new BatchStatistics<>(all);
  }

  /**
   * Runs the program on a batch and takes its statistics.
   *
   * @param differentiable whether gradients are to flow through the statistics, not only through
   *     the values
   */
  public static <T extends TFloating> Pass<T> pass(
      Ops tf, String name, Program<T> program, Operand<T> x, boolean differentiable) {
    return pass(tf, name, program, x, differentiable, Batching.whole());
  }

  /**
   * Runs the program on samples of a batch and takes the statistics of the batch.
   *
   * @param differentiable whether gradients are to flow through the statistics, not only through
   *     the values
   * @param batching what the samples {@code x} are of the batch
   */
  public static <T extends TFloating> Pass<T> pass(
      Ops tf,
      String name,
      Program<T> program,
      Operand<T> x,
      boolean differentiable,
      Batching<T> batching) {
    PathScopes scopes = new PathScopes(tf, name);
    Map<String, Moments<T>> all = new LinkedHashMap<>();
    List<Operand<T>> values = new ArrayList<>();
    values.add(x);
    for (Node<T> node : program.nodes()) {
      Ops here = scopes.at(node.path());
      if (node.operation() instanceof BatchNormOp<T> layer) {
        var normalized = layer.normalize(here, values.get(node.input()), differentiable, batching);
        all.put(layer.path(), normalized.moments());
        values.add(normalized.output());
      } else {
        values.add(ForwardPass.apply(here, node, values));
      }
    }
    return new Pass<>(values, new BatchStatistics<>(all));
  }

  /**
   * These statistics moved towards those of a batch, as running ones are.
   *
   * @param samples how many samples the batch has; a scalar
   * @param share of the batch in the result; null for the momentum of each layer
   */
  public BatchStatistics<T> moved(
      Ops tf,
      Element<T> element,
      Program<T> program,
      BatchStatistics<T> batch,
      Operand<T> samples,
      @Nullable Operand<T> share) {
    Map<String, Moments<T>> all = new LinkedHashMap<>();
    for (Node<T> node : program.nodes()) {
      if (node.operation() instanceof BatchNormOp<T> layer) {
        int size = node.shape().getSize();
        int places = size / node.shape().get(node.shape().getRank() - 1);
        Operand<T> count = tf.math.mul(samples, element.constant(tf, places));
        all.put(
            layer.path(), layer.moved(tf, of(layer.path()), batch.of(layer.path()), count, share));
      }
    }
    return new BatchStatistics<>(all);
  }

  /** The statistics of the layer at {@code path}. */
  public Moments<T> of(String path) {
    return java.util.Objects.requireNonNull(moments.get(path), path);
  }

  /** The same statistics, through which no gradient flows. */
  public BatchStatistics<T> detached(Ops tf) {
    Map<String, Moments<T>> all = new LinkedHashMap<>();
    moments.forEach((path, m) -> all.put(path, m.detached(tf)));
    return new BatchStatistics<>(all);
  }

  /** The program with these statistics: an affine map in the place of each batch normalisation. */
  public Program<T> inPlace(Ops tf, String name, Program<T> program) {
    PathScopes scopes = new PathScopes(tf, name);
    List<Node<T>> nodes = new ArrayList<>();
    for (Node<T> node : program.nodes()) {
      nodes.add(
          node.operation() instanceof BatchNormOp<T> layer
              ? node.with(layer.at(scopes.at(node.path()), of(layer.path())))
              : node);
    }
    return new Program<>(program.input(), nodes, program.output());
  }

  /**
   * The program with these statistics: an affine map in the place of each batch normalisation,
   * merged into the dense layer or convolution before it where nothing else reads that. Values keep
   * their numbers; a value whose layer was merged is that after the normalisation.
   */
  public Program<T> in(Ops tf, String name, Program<T> program) {
    if (moments.isEmpty()) {
      return program;
    }
    PathScopes scopes = new PathScopes(tf, name);
    List<Node<T>> nodes = new ArrayList<>(program.nodes());
    for (int i = 0; i < nodes.size(); i++) {
      Node<T> node = nodes.get(i);
      if (node.operation() instanceof BatchNormOp<T> layer) {
        Ops here = scopes.at(node.path());
        ScaleShiftOp<T> map = layer.at(here, of(layer.path()));
        int before = node.input() - 1;
        Affine<T> merged =
            before >= 0
                    && program.readers(node.input()) == 1
                    && nodes.get(before).operation() instanceof Affine<T> affine
                ? affine.then(here, map)
                : null;
        if (merged == null) {
          nodes.set(i, node.with(map));
        } else {
          nodes.set(before, nodes.get(before).with(merged));
          nodes.set(i, node.with(new SameOp<>()));
        }
      }
    }
    return new Program<>(program.input(), nodes, program.output());
  }

  private static <T extends TFloating> List<BatchNormOp<T>> layers(Program<T> program) {
    List<BatchNormOp<T>> layers = new ArrayList<>();
    for (Node<T> node : program.nodes()) {
      if (node.operation() instanceof BatchNormOp<T> layer) {
        layers.add(layer);
      }
    }
    return layers;
  }
}
