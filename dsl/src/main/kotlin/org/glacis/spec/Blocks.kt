package org.glacis.spec

import java.util.function.UnaryOperator
import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A layer that holds layers of its own and, without a shortcut, keeps the shape of its input. */
@Serializable
public sealed interface BlockSpec : LayerSpec {
  public val layers: List<LayerSpec>

  /** All layers inside, by the field that they stand in. */
  public val branches: Map<String, List<LayerSpec>>
    get() = mapOf("layers" to layers)

  /** The shape of what the layers of each branch see. */
  public fun inner(input: Shape): Shape = input

  /** The same block with other layers in each branch. */
  public fun with(change: UnaryOperator<List<LayerSpec>>): BlockSpec

  override fun check(faults: Faults) {
    if (layers.isEmpty()) faults.add("layers", "is empty", "add the layers of the block")
    for ((name, branch) in branches) branch.checkNumbers(faults.at(name))
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

/**
 * `x + layers(x)`, or `shortcut(x) + layers(x)`; both summands must have one shape.
 *
 * @property shortcut a projection where the layers change the shape: usually a convolution with a
 *   window of one pixel and the stride of the layers; nothing takes the input as it is
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
@SerialName("residual")
public data class Residual
@JvmOverloads
constructor(
  override val layers: List<LayerSpec>,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val shortcut: List<LayerSpec> = emptyList(),
) : BlockSpec {
  override val branches: Map<String, List<LayerSpec>>
    get() = if (shortcut.isEmpty()) super.branches else super.branches + ("shortcut" to shortcut)

  override fun with(change: UnaryOperator<List<LayerSpec>>): Residual =
    Residual(change.apply(layers), change.apply(shortcut))

  override fun check(input: Shape, faults: Faults) {
    val output = layers.shapesFrom(input, faults.at("layers"))?.last()
    val kept = shortcut.shapesFrom(input, faults.at("shortcut"))?.last()
    if (output == null || kept == null || output == kept) return
    val what = "residual block turns $input into $output"
    if (shortcut.isEmpty())
      faults.add(
        what,
        "end the block with the shape it began with, or give it a shortcut to $output",
      )
    else faults.add("$what and its shortcut into $kept", "end both with one shape")
  }

  override fun outputShape(input: Shape): Shape =
    shortcut.fold(input) { shape, layer -> layer.outputShape(shape) }
}

/**
 * `s x + (1 - s) layers(x)` with a learnable share `s = 1 / (1 + exp(-a))`, where `a` begins as 0
 * and is held within -40 and 40: 1-Lipschitz where the layers are, as is every mean of two such
 * maps.
 */
@Serializable
@SerialName("convexResidual")
public data class ConvexResidual(override val layers: List<LayerSpec>) : BlockSpec {
  override fun with(change: UnaryOperator<List<LayerSpec>>): ConvexResidual =
    ConvexResidual(change.apply(layers))
}

/**
 * `(x + layers(a x)) / (1 + |a|)` with a learnable number `a` that begins as 1: 1-Lipschitz where
 * the layers are.
 */
@Serializable
@SerialName("prescaledResidual")
public data class PrescaledResidual(override val layers: List<LayerSpec>) : BlockSpec {
  override fun with(change: UnaryOperator<List<LayerSpec>>): PrescaledResidual =
    PrescaledResidual(change.apply(layers))
}

/**
 * The first half of the channels (the last axis) as it is, and then the layers' output on the
 * second half: as Lipschitz as the layers, 1 at least.
 */
@Serializable
@SerialName("concatResidual")
public data class ConcatResidual(override val layers: List<LayerSpec>) : BlockSpec {
  override fun with(change: UnaryOperator<List<LayerSpec>>): ConcatResidual =
    ConcatResidual(change.apply(layers))

  override fun check(input: Shape, faults: Faults) {
    divides(2, "concatResidual()", input, faults)
    if (faults.clean()) super.check(input, faults)
  }

  override fun inner(input: Shape): Shape =
    Shape(input.extents.dropLast(1) + input[input.rank - 1] / 2)
}
