package org.glacis.runtime;

import java.util.LinkedHashMap;
import java.util.Map;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.graph.Variables;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.spec.ModelSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat64;

/**
 * Turns a network with constrained layers into a plain one that computes the same: their weights
 * are computed anew from the free ones in float64, until they no longer change, and rounded to
 * float32. What is proved is proved of these.
 */
final class Freezing {
  private Freezing() {}

  /** The plain network's weights. */
  static Weights plain(ModelSpec model, Weights weights) {
    if (model.getPlain().equals(model)) {
      return weights;
    }
    Map<String, double[]> computed = constrained(model, weights);
    Map<String, Weights.Entry> entries = new LinkedHashMap<>();
    Lowerer.outline(
        model.getPlain(),
        spec -> {
          double[] values = computed.get(spec.path());
          Weights.Entry entry = weights.get(spec.path());
          entries.put(
              spec.path(),
              values == null ? entry : new Weights.Entry(entry.shape(), floats(values)));
        });
    return new Weights(entries);
  }

  private static Map<String, double[]> constrained(ModelSpec model, Weights weights) {
    try (Graph graph = new Graph()) {
      Ops tf = Device.CPU.operations(graph);
      Variables<TFloat64> variables = new Variables<>(tf, Element.FLOAT64);
      Map<String, Operand<TFloat64>> wanted =
          Lowerer.constrained(
              tf,
              Element.FLOAT64,
              model,
              spec -> variables.create(spec.path(), spec.shape()).value());
      Map<String, double[]> values = new LinkedHashMap<>();
      try (Session session = Device.CPU.session(graph)) {
        variables.load(session, weights);
        wanted.forEach(
            (path, operand) -> {
              try (Result result = session.runner().fetch(operand).run()) {
                values.put(path, Tensors.doubles(result.get(0)));
              }
            });
      }
      return values;
    }
  }

  /**
   * In float32, a little smaller, so that rounding seldom brings a norm of 1 above 1. What is
   * proved is proved of the result.
   */
  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) (values[i] * (1 - 0x1p-20));
    }
    return floats;
  }
}
