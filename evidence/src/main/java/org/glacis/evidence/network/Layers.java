package org.glacis.evidence.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.Fields;

/** Layers in order, as they become operations; knows the shape of the value so far. */
final class Layers {
  /** What a layer of one type adds. */
  interface Kind {
    void add(Fields layer, String path, Layers to);
  }

  private static final Map<String, Kind> KINDS = new LinkedHashMap<>();

  static {
    AffineKinds.register(KINDS);
    OtherKinds.register(KINDS);
    KINDS.put("residual", (layer, path, to) -> to.residual(layer, path));
  }

  private final WeightArrays weights;
  private final List<Node> nodes = new ArrayList<>();
  private int value;
  private int[] shape;

  Layers(int[] input, WeightArrays weights) {
    shape = input;
    this.weights = weights;
    size();
  }

  static Set<String> types() {
    return KINDS.keySet();
  }

  WeightArrays weights() {
    return weights;
  }

  int[] shape() {
    return shape;
  }

  /** How many numbers the value has. */
  int size() {
    double size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    if (size > NetworkReader.LARGEST) {
      throw new EvidenceException(
          "a value of the shape %s is larger than %d numbers; nothing checks such a network"
              .formatted(Arrays.toString(shape), NetworkReader.LARGEST));
    }
    return (int) size;
  }

  /** The extent of the last axis. */
  int channels() {
    return shape[shape.length - 1];
  }

  /** The value has another shape and the same numbers. */
  void reshape(int... to) {
    shape = to;
  }

  /** {@code operation} makes the next value, of the shape {@code to}. */
  void add(String path, Operation operation, int... to) {
    nodes.add(new Node(path, operation, value, -1));
    value = nodes.size();
    shape = to;
  }

  void sequence(String path, List<Fields> layers) {
    for (int i = 0; i < layers.size(); i++) {
      Fields layer = layers.get(i);
      String type = layer.text("type");
      Kind kind = KINDS.get(type);
      if (kind == null) {
        throw EvidenceException.of(
            layer.where() + ".type",
            "the layer \"" + type + "\", which the checker does not know",
            "one of " + KINDS.keySet().stream().sorted().toList(),
            "use a newer Glacis, or a network without it");
      }
      kind.add(layer, path + "/" + i, this);
      layer.finish();
    }
  }

  private void residual(Fields layer, String path) {
    int before = value;
    int[] outer = shape;
    sequence(path + "/layers", layer.objects("layers"));
    if (!Arrays.equals(outer, shape)) {
      throw EvidenceException.of(
          layer.where(),
          "a block that turns %s into %s".formatted(Arrays.toString(outer), Arrays.toString(shape)),
          "one that keeps the shape",
          "write the evidence anew");
    }
    nodes.add(new Node(path, null, before, value));
    value = nodes.size();
  }

  Network network(String task, int[] input) {
    weights.finish();
    int inputs = Arrays.stream(input).reduce(1, (a, b) -> a * b);
    return new Network(task, inputs, size(), nodes);
  }
}
