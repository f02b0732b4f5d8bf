package org.glacis.runtime.interchange.onnx;

import org.glacis.runtime.interchange.onnx.OnnxGraph.Value;
import org.glacis.spec.LayerSpec;

/** How one kind of layer is written. */
interface OnnxLayer<L extends LayerSpec> {
  /** Adds what {@code layer} does to {@code input}. */
  Value write(L layer, Value input, OnnxGraph to);
}
