package org.glacis.runtime.interchange.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.interchange.onnx.OnnxGraph.Value;
import org.glacis.spec.AveragePool2d;
import org.glacis.spec.Conv1d;
import org.glacis.spec.Conv2d;
import org.glacis.spec.Conv2dTranspose;
import org.glacis.spec.MaxPool2d;
import org.glacis.spec.Padding;
import org.glacis.spec.Shape;

/** Layers that slide windows. */
final class OnnxConvolutions {
  /** What lies around an image, in numbers. */
  private record Around(int top, int bottom, int left, int right) {
    static Around of(Padding padding, int kernel, int stride, Shape image) {
      var rows = padding.amounts(0, image.get(0), kernel, stride);
      var columns = padding.amounts(1, image.get(1), kernel, stride);
      return new Around(rows.getFirst(), rows.getSecond(), columns.getFirst(), columns.getSecond());
    }

    boolean isNothing() {
      return top == 0 && bottom == 0 && left == 0 && right == 0;
    }
  }

  private OnnxConvolutions() {}

  static Value conv2d(Conv2d layer, Value input, OnnxGraph to) {
    Around around =
        Around.of(layer.getPadding(), layer.getKernel(), layer.getStride(), input.shape());
    boolean circular = layer.getPadding() instanceof Padding.Circular;
    Weights.Entry kernel = to.weights("kernel");
    List<String> inputs = new ArrayList<>();
    inputs.add(circular ? wrapped(input, around, to) : input.name());
    inputs.add(turned("kernel", kernel, to, 3, 2, 0, 1));
    if (layer.getBias()) {
      inputs.add(OnnxLayers.bias(to));
    }
    return new Value(
        to.add(
            "Conv",
            inputs,
            square("kernel_shape", layer.getKernel()),
            square("strides", layer.getStride()),
            pads(circular ? new Around(0, 0, 0, 0) : around),
            OnnxGraph.integer("group", layer.getGroups())),
        layer.outputShape(input.shape()));
  }

  /** Along a sequence, whose channels go first for the convolution. */
  static Value conv1d(Conv1d layer, Value input, OnnxGraph to) {
    var amounts =
        layer.getPadding().amounts(0, input.shape().get(0), layer.getKernel(), layer.getStride());
    boolean circular = layer.getPadding() instanceof Padding.Circular;
    String x = to.transposed(input.name(), 0, 2, 1);
    long[] ends = {amounts.getFirst(), amounts.getSecond()};
    if (circular && (ends[0] > 0 || ends[1] > 0)) {
      x =
          to.add(
              "Pad",
              List.of(x, to.integers("pads", 0, 0, ends[0], 0, 0, ends[1])),
              OnnxGraph.text("mode", "wrap"));
      ends = new long[] {0, 0};
    }
    List<String> inputs = new ArrayList<>();
    inputs.add(x);
    inputs.add(turned("kernel", to.weights("kernel"), to, 2, 1, 0));
    if (layer.getBias()) {
      inputs.add(OnnxLayers.bias(to));
    }
    String convolved =
        to.add(
            "Conv",
            inputs,
            OnnxGraph.list("kernel_shape", layer.getKernel()),
            OnnxGraph.list("strides", layer.getStride()),
            OnnxGraph.list("pads", ends));
    return new Value(to.transposed(convolved, 0, 2, 1), layer.outputShape(input.shape()));
  }

  /** ONNX crops what it adds up, as zeros around the convolution's images would have it. */
  static Value conv2dTranspose(Conv2dTranspose layer, Value input, OnnxGraph to) {
    Shape output = layer.outputShape(input.shape());
    int kernel = layer.getKernel();
    int stride = layer.getStride();
    Around around = Around.of(layer.getPadding(), kernel, stride, output);
    boolean circular = layer.getPadding() instanceof Padding.Circular;
    int tall = output.get(0) + (circular ? around.top + around.bottom : 0);
    int wide = output.get(1) + (circular ? around.left + around.right : 0);
    int top = circular ? 0 : around.top;
    int left = circular ? 0 : around.left;
    int below = (input.shape().get(0) - 1) * stride + kernel - top - tall;
    int beside = (input.shape().get(1) - 1) * stride + kernel - left - wide;
    String sums =
        to.add(
            "ConvTranspose",
            List.of(input.name(), turned("kernel", to.weights("kernel"), to, 3, 2, 0, 1)),
            square("kernel_shape", kernel),
            square("strides", stride),
            pads(new Around(top, Math.max(0, below), left, Math.max(0, beside))),
            OnnxGraph.list("output_padding", Math.max(0, -below), Math.max(0, -beside)));
    if (circular) {
      sums = folded(sums, 2, output.get(0), around.top, around.bottom, to);
      sums = folded(sums, 3, output.get(1), around.left, around.right, to);
    }
    Value result = new Value(sums, output);
    return layer.getBias()
        ? to.scaled(result, new double[] {1}, OnnxLayers.doubles(to.weights("bias").values()))
        : result;
  }

  /** What lies beyond the ends of an axis is added where it comes from on a torus. */
  private static String folded(
      String value, int axis, int extent, int before, int after, OnnxGraph to) {
    String all = slice(value, axis, before, before + extent, to);
    if (before > 0) {
      String first = slice(value, axis, 0, before, to);
      all = to.add("Add", List.of(all, placed(first, axis, extent - before, 0, to)));
    }
    if (after > 0) {
      String last = slice(value, axis, before + extent, before + extent + after, to);
      all = to.add("Add", List.of(all, placed(last, axis, 0, extent - after, to)));
    }
    return all;
  }

  private static String slice(String value, int axis, int from, int end, OnnxGraph to) {
    return to.add(
        "Slice",
        List.of(
            value, to.integers("from", from), to.integers("end", end), to.integers("axis", axis)));
  }

  private static String placed(String value, int axis, int before, int after, OnnxGraph to) {
    long[] amounts = new long[8];
    amounts[axis] = before;
    amounts[4 + axis] = after;
    return to.add("Pad", List.of(value, to.integers("pads", amounts)));
  }

  static Value averagePool2d(AveragePool2d layer, Value input, OnnxGraph to) {
    int stride = layer.getStride() == null ? layer.getPool() : layer.getStride();
    Around around = Around.of(layer.getPadding(), layer.getPool(), stride, input.shape());
    boolean circular = layer.getPadding() instanceof Padding.Circular;
    boolean same = layer.getPadding() instanceof Padding.Same;
    return new Value(
        to.add(
            "AveragePool",
            List.of(circular ? wrapped(input, around, to) : input.name()),
            square("kernel_shape", layer.getPool()),
            square("strides", stride),
            pads(circular ? new Around(0, 0, 0, 0) : around),
            OnnxGraph.integer("count_include_pad", same ? 0 : 1)),
        layer.outputShape(input.shape()));
  }

  static Value maxPool2d(MaxPool2d layer, Value input, OnnxGraph to) {
    int stride = layer.getStride() == null ? layer.getPool() : layer.getStride();
    return new Value(
        to.add(
            "MaxPool",
            List.of(input.name()),
            square("kernel_shape", layer.getPool()),
            square("strides", stride)),
        layer.outputShape(input.shape()));
  }

  /** An image that goes on from its other end. */
  private static String wrapped(Value image, Around around, OnnxGraph to) {
    if (around.isNothing()) {
      return image.name();
    }
    String amounts =
        to.integers("pads", 0, 0, around.top, around.left, 0, 0, around.bottom, around.right);
    return to.add("Pad", List.of(image.name(), amounts), OnnxGraph.text("mode", "wrap"));
  }

  static AttributeProto square(String name, int side) {
    return OnnxGraph.list(name, side, side);
  }

  private static AttributeProto pads(Around around) {
    return OnnxGraph.list("pads", around.top, around.left, around.bottom, around.right);
  }

  /** An array with its axes in another order: axis {@code i} is the array's {@code axes[i]}. */
  private static String turned(String name, Weights.Entry entry, OnnxGraph to, int... axes) {
    int rank = axes.length;
    int[] shape = entry.shape();
    long[] extents = new long[rank];
    int[] steps = new int[rank];
    for (int i = 0; i < rank; i++) {
      extents[i] = shape[axes[i]];
      steps[i] = 1;
      for (int axis = axes[i] + 1; axis < rank; axis++) {
        steps[i] *= shape[axis];
      }
    }
    double[] values = new double[entry.values().length];
    for (int at = 0; at < values.length; at++) {
      int rest = at;
      int from = 0;
      for (int i = rank - 1; i >= 0; i--) {
        from += (int) (rest % extents[i]) * steps[i];
        rest /= (int) extents[i];
      }
      values[at] = entry.values()[from];
    }
    return to.floats(name, values, extents);
  }
}
