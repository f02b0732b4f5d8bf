package org.glacis.evidence.network;

import org.jspecify.annotations.Nullable;

/**
 * One value of a network after the input, which is value 0.
 *
 * @param path the layer that made it: {@code layers/3}
 * @param operation what it does to {@code input}; null for the sum of {@code input} and {@code
 *     other}
 * @param input the number of a value before this one
 * @param other that of another one, for a sum
 * @param common for a sum of two values that come from different numbers of one value and are 0
 *     where the other one is not: that value; else -1
 */
record Node(String path, @Nullable Operation operation, int input, int other, int common) {
  boolean isSum() {
    return operation == null;
  }
}
