package org.glacis.spec

import kotlinx.serialization.Serializable

/**
 * What one layer of a model is. A value without weights; `runtime` gives it weights and operations.
 */
@Serializable
public sealed interface LayerSpec {
  /** Reports every number of this layer that is wrong whatever the input is. */
  public fun check(faults: Faults) {}

  /**
   * Reports why this layer cannot take [input]. Called only when [check] of its numbers found
   * nothing.
   */
  public fun check(input: Shape, faults: Faults) {}

  /** The shape of one output sample. Called only when both checks found nothing. */
  public fun outputShape(input: Shape): Shape
}

/**
 * A layer of the user's own. Register its serializer with a [SpecExtension] and its lowering with
 * the runtime; then it is stored, trained, bounded and certified like any other.
 */
@Serializable public abstract class CustomLayerSpec : LayerSpec

/** A plain layer of weights: a matrix, the kernel, on its whole input or on each window of it. */
@Serializable
public sealed interface KernelLayerSpec : LayerSpec {
  /**
   * What the norm of the kernel, as a matrix whose columns are its last axis, is multiplied by to
   * bound that of the layer: the root of the largest number of windows that see one pixel.
   */
  public val overlap: Double

  /** How many parts the channels have, each of which reaches its part of the filters alone. */
  public val groups: Int
    get() = 1
}

/** A layer that acts on each number by itself and keeps the shape. */
@Serializable
public sealed interface ActivationSpec : LayerSpec {
  override fun outputShape(input: Shape): Shape = input
}
