package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A layer that holds layers of its own and keeps the shape of its input. */
@Serializable
public sealed interface BlockSpec : LayerSpec {
  public val layers: List<LayerSpec>

  /** The shape of what the layers see. */
  public fun inner(input: Shape): Shape = input

  /** The same block around other layers. */
  public fun around(layers: List<LayerSpec>): BlockSpec

  override fun check(faults: Faults) {
    if (layers.isEmpty()) faults.add("layers", "is empty", "add the layers of the block")
    layers.checkNumbers(faults.at("layers"))
  }

  override fun check(input: Shape, faults: Faults) {
    val whole = inner(input)
    val output = layers.shapesFrom(whole, faults.at("layers"))?.last() ?: return
    if (output != whole)
      faults.add(
        "residual block turns $whole into $output",
        "end the block with the shape it began with",
      )
  }

  override fun outputShape(input: Shape): Shape = input
}

/** `x + layers(x)`; both must have one shape. */
@Serializable
@SerialName("residual")
public data class Residual(override val layers: List<LayerSpec>) : BlockSpec {
  override fun around(layers: List<LayerSpec>): Residual = Residual(layers)
}

/**
 * `s x + (1 - s) layers(x)` with a learnable share `s = 1 / (1 + exp(-a))`, where `a` begins as 0
 * and is held within -40 and 40: 1-Lipschitz where the layers are, as is every mean of two such
 * maps.
 */
@Serializable
@SerialName("convexResidual")
public data class ConvexResidual(override val layers: List<LayerSpec>) : BlockSpec {
  override fun around(layers: List<LayerSpec>): ConvexResidual = ConvexResidual(layers)
}

/**
 * `(x + layers(a x)) / (1 + |a|)` with a learnable number `a` that begins as 1: 1-Lipschitz where
 * the layers are.
 */
@Serializable
@SerialName("prescaledResidual")
public data class PrescaledResidual(override val layers: List<LayerSpec>) : BlockSpec {
  override fun around(layers: List<LayerSpec>): PrescaledResidual = PrescaledResidual(layers)
}

/**
 * The first half of the channels (the last axis) as it is, and then the layers' output on the
 * second half: as Lipschitz as the layers, 1 at least.
 */
@Serializable
@SerialName("concatResidual")
public data class ConcatResidual(override val layers: List<LayerSpec>) : BlockSpec {
  override fun around(layers: List<LayerSpec>): ConcatResidual = ConcatResidual(layers)

  override fun check(input: Shape, faults: Faults) {
    divides(2, "concatResidual()", input, faults)
    if (faults.clean()) super.check(input, faults)
  }

  override fun inner(input: Shape): Shape =
    Shape(input.extents.dropLast(1) + input[input.rank - 1] / 2)
}
