package org.glacis.runtime.graph;

import java.util.HashMap;
import java.util.Map;
import org.tensorflow.op.Ops;

/**
 * Name scopes by path, so that every operation of a pass is named after the layer that caused it:
 * {@code interval/layers/3/MatMul}. TensorFlow makes a scope's name unique each time it is opened;
 * here a path is opened once.
 */
public final class PathScopes {
  private final Ops root;
  private final Map<String, Ops> opened = new HashMap<>();

  /** Scopes below {@code name}, which is one pass over a program. */
  public PathScopes(Ops tf, String name) {
    root = name.isEmpty() ? tf : tf.withSubScope(name);
  }

  public Ops at(String path) {
    if (path.isEmpty()) {
      return root;
    }
    Ops known = opened.get(path);
    if (known == null) {
      int slash = path.lastIndexOf('/');
      known = at(slash < 0 ? "" : path.substring(0, slash)).withSubScope(path.substring(slash + 1));
      opened.put(path, known);
    }
    return known;
  }
}
