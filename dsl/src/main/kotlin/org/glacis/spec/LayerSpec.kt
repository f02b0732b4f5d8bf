package org.glacis.spec

import kotlinx.serialization.Serializable

/**
 * What one layer of a model is. A value without weights; `runtime` gives it weights and operations.
 */
@Serializable
public sealed interface LayerSpec {
  /** Reports everything wrong with this layer when it gets [input]. */
  public fun check(input: Shape, faults: Faults)

  /** The shape of one output sample. Called only when [check] found nothing. */
  public fun outputShape(input: Shape): Shape
}

/**
 * A layer of the user's own. Register its serializer with a [SpecExtension] and its lowering with
 * the runtime; then it is stored, trained, bounded and certified like any other.
 */
@Serializable public abstract class CustomLayerSpec : LayerSpec

/** A layer that acts on each number by itself and keeps the shape. */
@Serializable
public sealed interface ActivationSpec : LayerSpec {
  override fun check(input: Shape, faults: Faults) {}

  override fun outputShape(input: Shape): Shape = input
}
