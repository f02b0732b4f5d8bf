package org.glacis.runtime.lower;

/**
 * An array of numbers that a layer keeps.
 *
 * @param path {@code layers/3/kernel}
 * @param fanIn inputs of one unit
 * @param fanOut units that one input reaches
 * @param role what it does in the layer
 * @param afterSum whether the layer reads the sum of a residual block, or an activation of it
 * @param groups how many parts the last axis has that are matrices of their own
 */
public record WeightSpec(
    String path, int[] shape, int fanIn, int fanOut, Role role, boolean afterSum, int groups) {
  /** An array in one group. */
  public WeightSpec(String path, int[] shape, int fanIn, int fanOut, Role role, boolean afterSum) {
    this(path, shape, fanIn, fanOut, role, afterSum, 1);
  }

  /** What an array does in its layer: how it begins, and what may change it. */
  public enum Role {
    /** The matrix of a dense layer or convolution. */
    KERNEL(true),
    /** The free matrix from which an orthogonal one is computed; begins orthogonal. */
    ORTHOGONAL(true),
    /** The vector of a power iteration; begins random, moves with the steps. */
    POWER_VECTOR(false),
    /** Added after a kernel. */
    BIAS(true),
    /** Factor of a normalisation; begins as 1. */
    SCALE(true),
    /** Summand of a normalisation; begins as 0. */
    SHIFT(true),
    /** Angle of a reflection; begins as a quarter turn. */
    ANGLE(true),
    /** Slope of an activation below 0; begins as 1/4. */
    SLOPE(true),
    /** Share of a branch, before the logistic function; begins as 0. */
    MIX(true),
    /** Running mean; begins as 0, moves with the batches. */
    RUNNING_MEAN(false),
    /** Running variance; begins as 1, moves with the batches. */
    RUNNING_VARIANCE(false);

    private final boolean trainable;

    Role(boolean trainable) {
      this.trainable = trainable;
    }
  }

  /** Whether the optimiser changes it. */
  public boolean trainable() {
    return role.trainable;
  }

  public int size() {
    int size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    return size;
  }
}
