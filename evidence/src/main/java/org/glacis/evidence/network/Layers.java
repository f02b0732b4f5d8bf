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
    KINDS.put("convexResidual", (layer, path, to) -> to.convex(layer, path));
    KINDS.put("prescaledResidual", (layer, path, to) -> to.prescaled(layer, path));
    KINDS.put("concatResidual", (layer, path, to) -> to.concat(layer, path));
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
    nodes.add(new Node(path, operation, value, -1, -1));
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

  /** The layers of a block and those of its shortcut, if it has any, end with one shape. */
  private void residual(Fields layer, String path) {
    int before = value;
    int[] outer = shape;
    sequence(path + "/layers", layer.objects("layers"));
    int made = value;
    int[] inner = shape;
    value = before;
    shape = outer;
    if (layer.has("shortcut")) {
      sequence(path + "/shortcut", layer.objects("shortcut"));
    }
    if (!Arrays.equals(inner, shape)) {
      throw EvidenceException.of(
          layer.where(),
          "a block that makes %s of %s, and %s besides"
              .formatted(Arrays.toString(inner), Arrays.toString(outer), Arrays.toString(shape)),
          "one shape for both summands",
          "write the evidence anew");
    }
    sum(path, made, -1);
  }

  /** The layers of a block, which keep the shape. */
  private void block(Fields layer, String path) {
    int[] outer = shape;
    sequence(path + "/layers", layer.objects("layers"));
    if (!Arrays.equals(outer, shape)) {
      throw EvidenceException.of(
          layer.where(),
          "a block that turns %s into %s".formatted(Arrays.toString(outer), Arrays.toString(shape)),
          "one that keeps the shape",
          "write the evidence anew");
    }
  }

  /** The value so far, and another one. */
  private void sum(String path, int other, int common) {
    nodes.add(new Node(path, null, other, value, common));
    value = nodes.size();
  }

  /**
   * The share {@code 1 / (1 + exp(-a))} of the input, with {@code a} held within -40 and 40, and
   * the rest of the layers' output.
   */
  private void convex(Fields layer, String path) {
    int before = value;
    double mix = Math.max(-40, Math.min(40, weights.get(path + "/mix", 1)[0]));
    block(layer, path);
    scale(path, 1 / (1 + StrictMath.exp(mix)));
    int made = value;
    value = before;
    scale(path, 1 / (1 + StrictMath.exp(-mix)));
    sum(path, made, -1);
  }

  private void prescaled(Fields layer, String path) {
    int before = value;
    double factor = weights.get(path + "/scale", 1)[0];
    scale(path, factor);
    block(layer, path);
    sum(path, before, -1);
    scale(path, 1 / (1 + Math.abs(factor)));
  }

  private void scale(String path, double factor) {
    add(path, new ScaleShift(size(), new double[] {factor}, new double[1], new double[1]), shape);
  }

  private void concat(Fields layer, String path) {
    int before = value;
    int[] outer = shape;
    int size = size();
    int channels = channels();
    if (channels % 2 != 0) {
      throw EvidenceException.of(
          layer.where(), channels + " channels", "an even number", "write the evidence anew");
    }
    int[] inner = shape.clone();
    inner[inner.length - 1] = channels / 2;
    add(path, Selection.secondHalf(size, channels), inner);
    block(layer, path);
    add(path, Selection.behindZeros(size, channels), outer);
    int made = value;
    value = before;
    add(path, Selection.beforeZeros(size, channels), outer);
    sum(path, made, before);
  }

  Network network(String task, int[] input) {
    weights.finish();
    int inputs = Arrays.stream(input).reduce(1, (a, b) -> a * b);
    return new Network(task, inputs, size(), nodes);
  }
}
