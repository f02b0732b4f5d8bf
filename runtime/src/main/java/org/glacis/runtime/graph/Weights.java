package org.glacis.runtime.graph;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.glacis.spec.GlacisException;

/**
 * Named arrays on the host: the weights of a network, or the whole state of a training run.
 * Unmodifiable.
 */
public final class Weights {
  /** One array, row by row. */
  public record Entry(int[] shape, float[] values) {
    public long[] extents() {
      long[] extents = new long[shape.length];
      for (int i = 0; i < shape.length; i++) {
        extents[i] = shape[i];
      }
      return extents;
    }
  }

  private final Map<String, Entry> entries;

  public Weights(Map<String, Entry> entries) {
    this.entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
  }

  public Map<String, Entry> entries() {
    return entries;
  }

  public Set<String> paths() {
    return entries.keySet();
  }

  public Entry get(String path) {
    Entry entry = entries.get(path);
    if (entry == null) {
      throw new GlacisException("no array \"" + path + "\" among " + entries.keySet());
    }
    return entry;
  }

  /** How many numbers there are in all. */
  public long count() {
    return entries.values().stream().mapToLong(e -> e.values().length).sum();
  }

  /** The path of the first array that holds NaN or infinity; empty when all numbers are finite. */
  public String firstNotFinite() {
    for (Map.Entry<String, Entry> entry : entries.entrySet()) {
      for (float value : entry.getValue().values()) {
        if (!Float.isFinite(value)) {
          return entry.getKey();
        }
      }
    }
    return "";
  }
}
