package org.glacis.runtime.interchange.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.glacis.runtime.graph.Weights;
import org.glacis.spec.InputException;
import org.glacis.spec.LayerSpec;
import org.glacis.spec.Shape;

/**
 * A graph that grows layer by layer. Operations are named below the path of their layer, and so are
 * arrays: {@code layers/3/kernel}.
 */
final class OnnxGraph {
  /**
   * Something that the graph computes.
   *
   * @param shape of one sample, as declared; where that is height × width × channels, the graph
   *     holds channels × height × width
   */
  record Value(String name, Shape shape) {
    boolean isImage() {
      return shape.getRank() == 3;
    }

    int channels() {
      return shape.get(shape.getRank() - 1);
    }

    /** The axis of the channels in the graph, where samples are axis 0. */
    int channelAxis() {
      return isImage() ? 1 : shape.getRank();
    }

    /** The extents in the graph of one sample whose channels are {@code parts} axes. */
    long[] extents(long... parts) {
      List<Long> all = new ArrayList<>();
      int rank = shape.getRank();
      if (!isImage()) {
        for (int axis = 0; axis < rank - 1; axis++) {
          all.add((long) shape.get(axis));
        }
      }
      for (long part : parts) {
        all.add(part);
      }
      if (isImage()) {
        all.add((long) shape.get(0));
        all.add((long) shape.get(1));
      }
      return all.stream().mapToLong(Long::longValue).toArray();
    }
  }

  private static final String BATCH = "batch";

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Weights weights;
  private final Set<String> names = new HashSet<>();
  private String path = "";

  OnnxGraph(String name, Weights weights) {
    graph.setName(name);
    this.weights = weights;
  }

  /** The input of the whole network, in the layout of the data: images have their channels last. */
  Value input(String name, Shape shape) {
    names.add(name);
    graph.addInput(info(name, shape));
    Value last = new Value(name, shape);
    return last.isImage() ? new Value(channelsFirst(name, shape), shape) : last;
  }

  /** The finished graph, whose result is {@code value} under the name {@code name}. */
  GraphProto finish(Value value, String name) {
    path = "";
    node("Identity", name, List.of(channelsLast(value)));
    return graph.addOutput(info(name, value.shape())).build();
  }

  private static ValueInfoProto info(String name, Shape sample) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDimBuilder().setDimParam(BATCH);
    for (int extent : sample.toArray()) {
      shape.addDimBuilder().setDimValue(extent);
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(shape)))
        .build();
  }

  /** Writes {@code layers} one after the other, below the present path. */
  Value sequence(List<LayerSpec> layers, Value input) {
    return sequence("layers", layers, input);
  }

  /** Writes the layers of one branch of the present layer, below its path. */
  Value sequence(String branch, List<LayerSpec> layers, Value input) {
    String outer = path;
    Value value = input;
    for (int i = 0; i < layers.size(); i++) {
      path = (outer.isEmpty() ? "" : outer + "/") + branch + "/" + i;
      value = OnnxLayers.write(layers.get(i), value, this);
    }
    path = outer;
    return value;
  }

  /** The present layer cannot be said in ONNX. */
  InputException refused(LayerSpec layer, String why) {
    return new InputException(
        "model."
            + path.replaceAll("/(\\d+)", "[$1]").replace('/', '.')
            + ": is "
            + layer
            + ", which "
            + why
            + "; export --to saved-model or --to json");
  }

  /** The weights {@code name} of the present layer. */
  Weights.Entry weights(String name) {
    return weights.get(path + "/" + name);
  }

  /** An operation with one result, whose name it gives. */
  String add(String type, List<String> inputs, AttributeProto... attributes) {
    return node(type, free(type.toLowerCase(java.util.Locale.ROOT)), inputs, attributes);
  }

  private String node(
      String type, String result, List<String> inputs, AttributeProto... attributes) {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(type)
            .setName(result)
            .addAllInput(inputs)
            .addOutput(result)
            .addAllAttribute(List.of(attributes)));
    return result;
  }

  /** Both halves of the channels. */
  List<String> halves(Value value) {
    String sizes = integers("half", value.channels() / 2, value.channels() / 2);
    String first = free("first");
    String second = free("second");
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType("Split")
            .setName(free("split"))
            .addAllInput(List.of(value.name(), sizes))
            .addOutput(first)
            .addOutput(second)
            .addAttribute(integer("axis", value.channelAxis())));
    return List.of(first, second);
  }

  /** The {@code count} smallest numbers along {@code axis}, the least first. */
  String sorted(String value, int axis, int count) {
    String sorted = free("sorted");
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType("TopK")
            .setName(free("topk"))
            .addAllInput(List.of(value, integers("count", count)))
            .addOutput(sorted)
            .addOutput(free("places"))
            .addAttribute(integer("axis", axis))
            .addAttribute(integer("largest", 0))
            .addAttribute(integer("sorted", 1)));
    return sorted;
  }

  String joined(Value like, String first, String second) {
    return add("Concat", List.of(first, second), integer("axis", like.channelAxis()));
  }

  /** {@code value} with samples of the extents {@code extents}. */
  String reshaped(String value, long... extents) {
    long[] all = new long[extents.length + 1];
    System.arraycopy(extents, 0, all, 1, extents.length);
    return add("Reshape", List.of(value, integers("shape", all)));
  }

  String transposed(String value, long... axes) {
    return add("Transpose", List.of(value), list("perm", axes));
  }

  private String channelsFirst(String value, Shape shape) {
    return shape.get(2) == 1
        ? reshaped(value, 1, shape.get(0), shape.get(1))
        : transposed(value, 0, 3, 1, 2);
  }

  /** A value as declarations have it: images with their channels last. */
  String channelsLast(Value value) {
    return value.isImage() ? transposed(value.name(), 0, 2, 3, 1) : value.name();
  }

  /** What is computed with channels last, of the declared shape {@code shape}. */
  Value image(String channelsLast, Shape shape) {
    return new Value(
        shape.getRank() == 3 ? channelsFirst(channelsLast, shape) : channelsLast, shape);
  }

  /** One number a channel of {@code value}, to be combined with it. */
  String perChannel(String name, Value value, double[] numbers) {
    return value.isImage()
        ? floats(name, numbers, numbers.length, 1, 1)
        : floats(name, numbers, numbers.length);
  }

  /** {@code scale x + shift} with numbers of each channel, or one for all. */
  Value scaled(Value value, double[] scale, double[] shift) {
    String result =
        isAll(scale, 1)
            ? value.name()
            : add("Mul", List.of(value.name(), perChannel("scale", value, scale)));
    return new Value(
        isAll(shift, 0) ? result : add("Add", List.of(result, perChannel("shift", value, shift))),
        value.shape());
  }

  private static boolean isAll(double[] numbers, double number) {
    return java.util.Arrays.stream(numbers).allMatch(each -> each == number);
  }

  /** An array of float32. */
  String floats(String name, double[] values, long... extents) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(free(name)).setDataType(TensorProto.DataType.FLOAT_VALUE);
    for (long extent : extents) {
      tensor.addDims(extent);
    }
    java.nio.ByteBuffer bytes =
        java.nio.ByteBuffer.allocate(Float.BYTES * values.length)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      bytes.putFloat(towardsZero(value));
    }
    tensor.setRawData(com.google.protobuf.ByteString.copyFrom(bytes.flip()));
    graph.addInitializer(tensor);
    return tensor.getName();
  }

  /**
   * Numbers that are no float32 become smaller, so that no factor is larger than the one that the
   * constants of the network were proved with.
   */
  private static float towardsZero(double value) {
    float nearest = (float) value;
    if (Math.abs((double) nearest) <= Math.abs(value)) {
      return nearest;
    }
    return nearest > 0 ? Math.nextDown(nearest) : Math.nextUp(nearest);
  }

  /** An array of int64: shapes, axes and amounts. */
  String integers(String name, long... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(free(name))
            .setDataType(TensorProto.DataType.INT64_VALUE)
            .addDims(values.length);
    for (long value : values) {
      tensor.addInt64Data(value);
    }
    graph.addInitializer(tensor);
    return tensor.getName();
  }

  private String free(String name) {
    String below = path.isEmpty() ? name : path + "/" + name;
    String free = below;
    for (int i = 2; !names.add(free); i++) {
      free = below + "_" + i;
    }
    return free;
  }

  static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static AttributeProto number(String name, double value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF((float) value)
        .build();
  }

  static AttributeProto text(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(com.google.protobuf.ByteString.copyFromUtf8(value))
        .build();
  }

  static AttributeProto list(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }
}
