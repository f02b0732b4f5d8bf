package org.glacis.runtime.train;

import java.util.Map;
import org.glacis.runtime.graph.Weights;

/** Measures a network between epochs. */
@FunctionalInterface
public interface Monitor {
  /** Figures by name, such as {@code cleanAccuracy}. */
  Map<String, Double> measure(Weights weights);
}
