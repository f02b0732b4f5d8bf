package org.glacis.runtime;

import java.util.LinkedHashMap;
import java.util.Map;
import org.glacis.runtime.bound.LipschitzPass;
import org.glacis.runtime.graph.Weights;
import org.glacis.spec.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * A network as it leaves: plain layers, their weights and what is proved of them.
 *
 * <p>The weights of constrained layers are computed anew in float64 from what was trained: Björck
 * in 60 iterations, after which each singular value that was at least 1e-9 of the largest is within
 * 1e-12 of 1; then they are made smaller by 2<sup>-20</sup> and rounded to float32, so that
 * rounding seldom brings a norm above its bound. The constants are those of the float32 numbers.
 *
 * @param model plain layers only
 * @param weights by path: {@code layers/0/kernel} is inputs × units, or height × width × channels ×
 *     filters
 * @param norms proved upper bounds of the largest singular value of each affine layer (l2), by
 *     path: {@code layers/0}; a convolution's at the size of its images
 * @param lipschitz proved constants (l2) of the whole network; null where a layer has none
 */
public record FrozenNetwork(
    ModelSpec model,
    Weights weights,
    Map<String, Double> norms,
    LipschitzPass.@Nullable Constants lipschitz) {
  /**
   * The constants for a file: {@code norm} ({@code "l2"}), {@code layers} (the norms by path) and,
   * where the network has one, {@code network}, {@code body} (of what the last layer reads) and
   * {@code outputs} (of each output by itself).
   */
  public Map<String, @Nullable Object> constants() {
    Map<String, @Nullable Object> constants = new LinkedHashMap<>();
    constants.put("norm", "l2");
    constants.put("layers", norms);
    if (lipschitz != null) {
      constants.put("network", lipschitz.whole());
      constants.put("body", lipschitz.body());
      double[] outputs = new double[lipschitz.outputs()];
      for (int j = 0; j < outputs.length; j++) {
        outputs[j] = lipschitz.ofOutput(j);
      }
      constants.put("outputs", java.util.Arrays.stream(outputs).boxed().toList());
    }
    return constants;
  }
}
