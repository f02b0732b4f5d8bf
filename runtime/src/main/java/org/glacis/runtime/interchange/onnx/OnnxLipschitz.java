package org.glacis.runtime.interchange.onnx;

import java.util.Arrays;
import java.util.List;
import org.glacis.runtime.interchange.onnx.OnnxGraph.Value;
import org.glacis.runtime.program.BatchNormOp;
import org.glacis.runtime.program.StatisticsLaw;
import org.glacis.spec.Absolute;
import org.glacis.spec.BatchCentering;
import org.glacis.spec.BatchLipNorm;
import org.glacis.spec.ClippedPRelu;
import org.glacis.spec.ConcatMaxMin;
import org.glacis.spec.FullSort;
import org.glacis.spec.GroupSort;
import org.glacis.spec.Householder;
import org.glacis.spec.InvertibleDownSampling;
import org.glacis.spec.InvertibleUpSampling;
import org.glacis.spec.LayerCentering;
import org.glacis.spec.LayerSpec;
import org.glacis.spec.MaxMin;
import org.glacis.spec.ScaledAveragePool2d;
import org.glacis.spec.ScaledGlobalAveragePool2d;
import org.glacis.spec.ScaledGlobalL2NormPool2d;
import org.glacis.spec.ScaledL2NormPool2d;
import org.glacis.spec.Shape;

/** Layers of 1-Lipschitz networks that have no weights of their own, or only few. */
final class OnnxLipschitz {
  private OnnxLipschitz() {}

  static void register() {
    OnnxLayers.register(ScaledAveragePool2d.class, OnnxLipschitz::averagePool);
    OnnxLayers.register(ScaledL2NormPool2d.class, OnnxLipschitz::normPool);
    OnnxLayers.register(ScaledGlobalAveragePool2d.class, OnnxLipschitz::globalAveragePool);
    OnnxLayers.register(ScaledGlobalL2NormPool2d.class, OnnxLipschitz::globalNormPool);
    OnnxLayers.register(GroupSort.class, (layer, x, to) -> sorted(layer.getSize(), x, to));
    OnnxLayers.register(FullSort.class, (layer, x, to) -> sorted(x.channels(), x, to));
    OnnxLayers.register(MaxMin.class, OnnxLipschitz::maxMin);
    OnnxLayers.register(ConcatMaxMin.class, OnnxLipschitz::concatMaxMin);
    OnnxLayers.register(Absolute.class, OnnxLayers.activation("Abs"));
    OnnxLayers.register(Householder.class, OnnxLipschitz::householder);
    OnnxLayers.register(ClippedPRelu.class, OnnxLipschitz::clippedPRelu);
    OnnxLayers.register(InvertibleDownSampling.class, OnnxLipschitz::downSampling);
    OnnxLayers.register(InvertibleUpSampling.class, OnnxLipschitz::upSampling);
    OnnxLayers.register(LayerCentering.class, OnnxLipschitz::layerCentering);
    OnnxLayers.register(BatchCentering.class, (layer, x, to) -> moved(1, x, to));
    OnnxLayers.register(BatchLipNorm.class, OnnxLipschitz::batchLipNorm);
  }

  private static Value averagePool(ScaledAveragePool2d layer, Value input, OnnxGraph to) {
    String mean =
        to.add(
            "AveragePool",
            List.of(input.name()),
            OnnxConvolutions.square("kernel_shape", layer.getPool()),
            OnnxConvolutions.square("strides", layer.getPool()));
    return OnnxLayers.times(new Value(mean, layer.outputShape(input.shape())), layer.getPool(), to);
  }

  private static Value normPool(ScaledL2NormPool2d layer, Value input, OnnxGraph to) {
    return new Value(
        to.add(
            "LpPool",
            List.of(input.name()),
            OnnxConvolutions.square("kernel_shape", layer.getPool()),
            OnnxConvolutions.square("strides", layer.getPool()),
            OnnxGraph.integer("p", 2)),
        layer.outputShape(input.shape()));
  }

  private static Value globalAveragePool(
      ScaledGlobalAveragePool2d layer, Value input, OnnxGraph to) {
    Shape image = input.shape();
    Value means = flat(to.add("GlobalAveragePool", List.of(input.name())), layer, input, to);
    return OnnxLayers.times(means, Math.sqrt((double) image.get(0) * image.get(1)), to);
  }

  private static Value globalNormPool(ScaledGlobalL2NormPool2d layer, Value input, OnnxGraph to) {
    String norms = to.add("GlobalLpPool", List.of(input.name()), OnnxGraph.integer("p", 2));
    return flat(norms, layer, input, to);
  }

  private static Value flat(String pixels, LayerSpec layer, Value input, OnnxGraph to) {
    return new Value(to.reshaped(pixels, input.channels()), layer.outputShape(input.shape()));
  }

  private static Value sorted(int size, Value input, OnnxGraph to) {
    int channels = input.channels();
    String groups = to.reshaped(input.name(), input.extents(channels / size, size));
    String sorted = to.sorted(groups, input.channelAxis() + 1, size);
    return new Value(to.reshaped(sorted, input.extents(channels)), input.shape());
  }

  private static Value maxMin(MaxMin layer, Value input, OnnxGraph to) {
    List<String> halves = to.halves(input);
    return new Value(to.joined(input, to.add("Max", halves), to.add("Min", halves)), input.shape());
  }

  private static Value concatMaxMin(ConcatMaxMin layer, Value input, OnnxGraph to) {
    String above = to.add("Relu", List.of(input.name()));
    String below = to.add("Relu", List.of(to.add("Neg", List.of(input.name()))));
    return new Value(to.joined(input, above, below), layer.outputShape(input.shape()));
  }

  /** Order 1; order 2 would ask for the angle of a vector, which ONNX does not have. */
  private static Value householder(Householder layer, Value input, OnnxGraph to) {
    if (layer.getOrder() != 1) {
      throw to.refused(layer, "needs the angle of a vector, for which ONNX has no operation");
    }
    double[] angles = OnnxLayers.doubles(to.weights("angle").values());
    String sine =
        to.perChannel("sine", input, Arrays.stream(angles).map(t -> Math.sin(t / 2)).toArray());
    String cosine =
        to.perChannel("cosine", input, Arrays.stream(angles).map(t -> Math.cos(t / 2)).toArray());
    List<String> halves = to.halves(input);
    String a = halves.get(0);
    String b = halves.get(1);
    String side =
        to.add("Sub", List.of(to.add("Mul", List.of(a, sine)), to.add("Mul", List.of(b, cosine))));
    String beyond = to.add("Relu", List.of(side));
    String twice = to.add("Add", List.of(beyond, beyond));
    return new Value(
        to.joined(
            input,
            to.add("Sub", List.of(a, to.add("Mul", List.of(twice, sine)))),
            to.add("Add", List.of(b, to.add("Mul", List.of(twice, cosine))))),
        input.shape());
  }

  private static Value clippedPRelu(ClippedPRelu layer, Value input, OnnxGraph to) {
    double[] slopes = OnnxLayers.doubles(to.weights("slope").values());
    Arrays.setAll(slopes, c -> Math.max(-1, Math.min(1, slopes[c])));
    return new Value(
        to.add("PRelu", List.of(input.name(), to.perChannel("slope", input, slopes))),
        input.shape());
  }

  /** Channel {@code c f^2 + i f + j} is the pixel {@code (i, j)} of channel {@code c}. */
  private static Value downSampling(InvertibleDownSampling layer, Value input, OnnxGraph to) {
    int factor = layer.getFactor();
    Shape output = layer.outputShape(input.shape());
    String parts =
        to.reshaped(input.name(), input.channels(), output.get(0), factor, output.get(1), factor);
    return new Value(
        to.reshaped(
            to.transposed(parts, 0, 1, 3, 5, 2, 4), output.get(2), output.get(0), output.get(1)),
        output);
  }

  private static Value upSampling(InvertibleUpSampling layer, Value input, OnnxGraph to) {
    return new Value(
        to.add(
            "DepthToSpace",
            List.of(input.name()),
            OnnxGraph.integer("blocksize", layer.getFactor()),
            OnnxGraph.text("mode", "CRD")),
        layer.outputShape(input.shape()));
  }

  private static Value layerCentering(LayerCentering layer, Value input, OnnxGraph to) {
    String mean =
        to.add(
            "ReduceMean",
            List.of(input.name(), to.integers("axes", 2, 3)),
            OnnxGraph.integer("keepdims", 1));
    Value centred = new Value(to.add("Sub", List.of(input.name(), mean)), input.shape());
    return layer.getBias()
        ? to.scaled(centred, new double[] {1}, OnnxLayers.doubles(to.weights("bias").values()))
        : centred;
  }

  private static Value batchLipNorm(BatchLipNorm layer, Value input, OnnxGraph to) {
    double most =
        Arrays.stream(OnnxLayers.doubles(to.weights(BatchNormOp.VARIANCE).values()))
            .max()
            .orElseThrow();
    return moved(most < StatisticsLaw.LEAST ? 1 : 1 / Math.sqrt(most), input, to);
  }

  /** {@code (x - mean) scale + bias}. */
  private static Value moved(double scale, Value input, OnnxGraph to) {
    double[] mean = OnnxLayers.doubles(to.weights(BatchNormOp.MEAN).values());
    double[] shift = OnnxLayers.doubles(to.weights("bias").values());
    Arrays.setAll(shift, c -> shift[c] - scale * mean[c]);
    return to.scaled(input, new double[] {scale}, shift);
  }
}
