package org.glacis.spec

import kotlin.math.pow
import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.Serializable

/**
 * A network: the shape of one input sample and the layers it runs through, in order. The numbers
 * that leave the last layer are logits (classification) or predictions (regression).
 *
 * @property lipschitz the constant (l2) that all [ConstrainedLayerSpec] layers hold together, each
 *   the same share of it; the other layers have their own
 * @property name the name of a known architecture, for tables; empty when it has none
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
public data class ModelSpec(
  val input: Shape,
  val layers: List<LayerSpec>,
  val name: String = "",
  @EncodeDefault(EncodeDefault.Mode.NEVER) val lipschitz: Double = 1.0,
) {
  /** Shapes before the first layer, between the layers and after the last. */
  public fun shapes(): List<Shape> {
    val faults = Faults()
    layers.checkNumbers(faults.at("model.layers"))
    return layers.shapesFrom(input, faults.at("model.layers"))
      ?: throw InputException(Faults.describe("model", faults.all()))
  }

  public val output: Shape
    get() = shapes().last()

  /**
   * This network behind a [Normalize] layer, which takes one number or one a channel from each
   * list.
   */
  public fun normalized(mean: List<Double>, deviation: List<Double>): ModelSpec =
    copy(layers = listOf(Normalize(mean, deviation)) + layers)

  /** The same network with a plain layer in the place of each constrained one. */
  public val plain: ModelSpec
    get() = copy(layers = layers.plain(), lipschitz = 1.0)

  /**
   * What each constrained layer multiplies its weights by, so that all together have the constant
   * [lipschitz]: its root by their number. Those inside of blocks do not count: the constant of a
   * block is not the product of theirs.
   */
  public val lipschitzShare: Double
    get() = lipschitz.pow(1.0 / layers.count { it is ConstrainedLayerSpec })

  /**
   * Each layer by its path, those inside of blocks after their block: `layers[3].layers[0]`, and
   * `layers[3].shortcut[0]`.
   */
  public fun layersByPath(): Map<String, LayerSpec> = layers.byPath("layers")

  internal fun check(faults: Faults): Shape? {
    if (input.rank !in 1..3 || input.extents.any { it < 1 })
      faults.add("input", "is $input", "give 1 to 3 extents above 0, such as input(28, 28, 1)")
    else faults.extents("input", input)
    if (layers.isEmpty())
      faults.add("layers", "is empty", "add at least one layer, such as dense(10)")
    faults.positive("lipschitz", lipschitz)
    if (lipschitz != 1.0 && layers.none { it is ConstrainedLayerSpec })
      faults.add(
        "lipschitz",
        "is $lipschitz but no layer is constrained",
        "take layers such as spectralDense(64), or leave it out",
      )
    val sound = faults.clean()
    layers.checkNumbers(faults.at("layers"))
    return if (sound) layers.shapesFrom(input, faults.at("layers"))?.last() else null
  }
}

private fun List<LayerSpec>.byPath(path: String): Map<String, LayerSpec> = buildMap {
  this@byPath.forEachIndexed { i, layer ->
    put("$path[$i]", layer)
    if (layer is BlockSpec)
      for ((name, branch) in layer.branches) putAll(branch.byPath("$path[$i].$name"))
  }
}

private fun List<LayerSpec>.plain(): List<LayerSpec> = map {
  when (it) {
    is ConstrainedLayerSpec -> it.plain
    is BlockSpec -> it.with { branch -> branch.plain() }
    else -> it
  }
}
