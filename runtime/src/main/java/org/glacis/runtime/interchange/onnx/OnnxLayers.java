package org.glacis.runtime.interchange.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.interchange.onnx.OnnxGraph.Value;
import org.glacis.runtime.program.BatchNormOp;
import org.glacis.spec.AveragePool2d;
import org.glacis.spec.BatchNorm;
import org.glacis.spec.BinaryLogits;
import org.glacis.spec.ConcatResidual;
import org.glacis.spec.Conv1d;
import org.glacis.spec.Conv2d;
import org.glacis.spec.Conv2dTranspose;
import org.glacis.spec.ConvexResidual;
import org.glacis.spec.Dense;
import org.glacis.spec.Dropout;
import org.glacis.spec.Elu;
import org.glacis.spec.Flatten;
import org.glacis.spec.LayerSpec;
import org.glacis.spec.LeakyRelu;
import org.glacis.spec.MaxPool2d;
import org.glacis.spec.Normalize;
import org.glacis.spec.PrescaledResidual;
import org.glacis.spec.Relu;
import org.glacis.spec.Reshape;
import org.glacis.spec.Residual;
import org.glacis.spec.Shape;
import org.glacis.spec.Sigmoid;
import org.glacis.spec.Softplus;
import org.glacis.spec.Tanh;

/** Which layers can be written, and how. Constrained layers come frozen, as plain ones. */
final class OnnxLayers {
  private static final Map<Class<?>, OnnxLayer<?>> KNOWN = new HashMap<>();

  static {
    register(Dense.class, OnnxLayers::dense);
    register(BinaryLogits.class, OnnxLayers::binaryLogits);
    register(Normalize.class, OnnxLayers::normalize);
    register(BatchNorm.class, OnnxLayers::batchNorm);
    register(Flatten.class, OnnxLayers::reshape);
    register(Reshape.class, OnnxLayers::reshape);
    register(Dropout.class, (layer, input, to) -> input);
    register(Residual.class, OnnxLayers::residual);
    register(ConvexResidual.class, OnnxLayers::convex);
    register(PrescaledResidual.class, OnnxLayers::prescaled);
    register(ConcatResidual.class, OnnxLayers::concat);
    register(Relu.class, activation("Relu"));
    register(
        LeakyRelu.class,
        (layer, input, to) ->
            applied("LeakyRelu", input, to, OnnxGraph.number("alpha", layer.getSlope())));
    register(Elu.class, activation("Elu"));
    register(Softplus.class, activation("Softplus"));
    register(Sigmoid.class, activation("Sigmoid"));
    register(Tanh.class, activation("Tanh"));
    register(Conv2d.class, OnnxConvolutions::conv2d);
    register(Conv1d.class, OnnxConvolutions::conv1d);
    register(Conv2dTranspose.class, OnnxConvolutions::conv2dTranspose);
    register(AveragePool2d.class, OnnxConvolutions::averagePool2d);
    register(MaxPool2d.class, OnnxConvolutions::maxPool2d);
    OnnxLipschitz.register();
  }

  private OnnxLayers() {}

  static <L extends LayerSpec> void register(Class<L> layer, OnnxLayer<L> how) {
    KNOWN.put(layer, how);
  }

  @SuppressWarnings("unchecked")
  static Value write(LayerSpec layer, Value input, OnnxGraph to) {
    OnnxLayer<?> how = KNOWN.get(layer.getClass());
    if (how == null) {
      throw to.refused(layer, "has no form in ONNX here");
    }
    return ((OnnxLayer<LayerSpec>) how).write(layer, input, to);
  }

  static <L extends LayerSpec> OnnxLayer<L> activation(String type) {
    return (layer, input, to) -> applied(type, input, to);
  }

  /** An operation that keeps the shape. */
  private static Value applied(
      String type, Value input, OnnxGraph to, AttributeProto... attributes) {
    return new Value(to.add(type, List.of(input.name()), attributes), input.shape());
  }

  private static Value dense(Dense layer, Value input, OnnxGraph to) {
    Weights.Entry kernel = to.weights("kernel");
    String weights = to.floats("kernel", doubles(kernel.values()), kernel.extents());
    List<String> inputs =
        layer.getBias() ? List.of(input.name(), weights, bias(to)) : List.of(input.name(), weights);
    return new Value(to.add("Gemm", inputs), new Shape(layer.getUnits()));
  }

  /** The bias of the present layer, one number a filter or unit. */
  static String bias(OnnxGraph to) {
    Weights.Entry bias = to.weights("bias");
    return to.floats("bias", doubles(bias.values()), bias.extents());
  }

  private static Value binaryLogits(BinaryLogits layer, Value input, OnnxGraph to) {
    String weights = to.floats("kernel", new double[] {-0.5, 0.5}, 1, 2);
    return new Value(to.add("Gemm", List.of(input.name(), weights)), new Shape(2));
  }

  private static Value normalize(Normalize layer, Value input, OnnxGraph to) {
    int count = Math.max(layer.getMean().size(), layer.getDeviation().size());
    double[] scale = new double[count];
    double[] shift = new double[count];
    for (int i = 0; i < count; i++) {
      scale[i] = 1 / at(layer.getDeviation(), i);
      shift[i] = -at(layer.getMean(), i) / at(layer.getDeviation(), i);
    }
    return to.scaled(input, scale, shift);
  }

  private static double at(List<Double> values, int i) {
    return values.get(values.size() == 1 ? 0 : i);
  }

  private static Value batchNorm(BatchNorm layer, Value input, OnnxGraph to) {
    double[] scale = doubles(to.weights("gamma").values());
    double[] shift = doubles(to.weights("beta").values());
    double[] mean = doubles(to.weights(BatchNormOp.MEAN).values());
    double[] variance = doubles(to.weights(BatchNormOp.VARIANCE).values());
    for (int c = 0; c < scale.length; c++) {
      scale[c] /= Math.sqrt(variance[c] + layer.getEpsilon());
      shift[c] -= scale[c] * mean[c];
    }
    return to.scaled(input, scale, shift);
  }

  private static Value reshape(LayerSpec layer, Value input, OnnxGraph to) {
    Shape target = layer.outputShape(input.shape());
    if (target.equals(input.shape())) {
      return input;
    }
    long[] extents = new long[target.getRank()];
    for (int axis = 0; axis < extents.length; axis++) {
      extents[axis] = target.get(axis);
    }
    return to.image(to.reshaped(to.channelsLast(input), extents), target);
  }

  private static Value residual(Residual layer, Value input, OnnxGraph to) {
    Value branch = to.sequence(layer.getLayers(), input);
    Value kept = to.sequence("shortcut", layer.getShortcut(), input);
    return new Value(to.add("Add", List.of(kept.name(), branch.name())), kept.shape());
  }

  private static Value convex(ConvexResidual layer, Value input, OnnxGraph to) {
    double mix = to.weights("mix").values()[0];
    Value kept = times(input, 1 / (1 + Math.exp(-mix)), to);
    Value made = times(to.sequence(layer.getLayers(), input), 1 / (1 + Math.exp(mix)), to);
    return new Value(to.add("Add", List.of(kept.name(), made.name())), input.shape());
  }

  private static Value prescaled(PrescaledResidual layer, Value input, OnnxGraph to) {
    double scale = to.weights("scale").values()[0];
    Value branch = to.sequence(layer.getLayers(), times(input, scale, to));
    String sum = to.add("Add", List.of(input.name(), branch.name()));
    return times(new Value(sum, input.shape()), 1 / (1 + Math.abs(scale)), to);
  }

  private static Value concat(ConcatResidual layer, Value input, OnnxGraph to) {
    List<String> halves = to.halves(input);
    Value branch =
        to.sequence(layer.getLayers(), new Value(halves.get(1), layer.inner(input.shape())));
    return new Value(to.joined(input, halves.get(0), branch.name()), input.shape());
  }

  static Value times(Value value, double factor, OnnxGraph to) {
    return factor == 1
        ? value
        : new Value(
            to.add("Mul", List.of(value.name(), to.floats("factor", new double[] {factor}))),
            value.shape());
  }

  static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
