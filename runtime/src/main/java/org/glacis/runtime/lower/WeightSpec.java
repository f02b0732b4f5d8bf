package org.glacis.runtime.lower;

/**
 * An array of weights that a layer asks for.
 *
 * @param path {@code layers/3/kernel}
 * @param fanIn inputs of one unit
 * @param fanOut units that one input reaches
 * @param bias whether it is added, not multiplied
 * @param afterSum whether the layer reads the sum of a residual block, or an activation of it
 */
public record WeightSpec(
    String path, int[] shape, int fanIn, int fanOut, boolean bias, boolean afterSum) {
  public int size() {
    int size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    return size;
  }
}
