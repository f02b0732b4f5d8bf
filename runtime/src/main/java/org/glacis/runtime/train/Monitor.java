package org.glacis.runtime.train;

import java.util.Map;
import org.glacis.runtime.graph.Weights;

/** Measures a network between epochs. */
@FunctionalInterface
public interface Monitor {
  /** Figures by name, such as {@code valAccuracy}, of the network as {@code epoch} leaves it. */
  Map<String, Double> measure(int epoch, Weights weights);
}
