@file:JvmName("KotlinDlLayers")

package org.glacis.kotlindl

import org.glacis.spec.AveragePool2d
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.Dropout
import org.glacis.spec.Elu
import org.glacis.spec.Faults
import org.glacis.spec.Flatten
import org.glacis.spec.InputException
import org.glacis.spec.LayerSpec
import org.glacis.spec.LeakyRelu
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.Padding
import org.glacis.spec.Relu
import org.glacis.spec.Shape
import org.glacis.spec.Sigmoid
import org.glacis.spec.Softplus
import org.glacis.spec.Tanh
import org.glacis.spec.Task
import org.jetbrains.kotlinx.dl.api.core.activation.Activations
import org.jetbrains.kotlinx.dl.api.core.layer.Layer
import org.jetbrains.kotlinx.dl.api.core.layer.TrainableLayer
import org.jetbrains.kotlinx.dl.api.core.layer.activation.ELU
import org.jetbrains.kotlinx.dl.api.core.layer.activation.LeakyReLU
import org.jetbrains.kotlinx.dl.api.core.layer.activation.ReLU
import org.jetbrains.kotlinx.dl.api.core.layer.activation.Softmax
import org.jetbrains.kotlinx.dl.api.core.layer.convolutional.Conv2D
import org.jetbrains.kotlinx.dl.api.core.layer.convolutional.ConvPadding
import org.jetbrains.kotlinx.dl.api.core.layer.core.ActivationLayer
import org.jetbrains.kotlinx.dl.api.core.layer.core.Dense as KotlinDlDense
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input
import org.jetbrains.kotlinx.dl.api.core.layer.pooling.AvgPool2D
import org.jetbrains.kotlinx.dl.api.core.layer.pooling.MaxPool2D
import org.jetbrains.kotlinx.dl.api.core.layer.regularization.Dropout as KotlinDlDropout
import org.jetbrains.kotlinx.dl.api.core.layer.reshaping.Flatten as KotlinDlFlatten
import org.jetbrains.kotlinx.dl.api.core.regularizer.Regularizer

/**
 * The Glacis model that a list of KotlinDL layers describes. An activation that is a property of a
 * KotlinDL layer becomes a layer of its own; `Linear` becomes none.
 *
 * A softmax at the end becomes none as well when [task] is classification: outputs of a Glacis
 * model are logits, their order is the same, and every loss here takes logits. Initializers are no
 * part of a model: see [initializationSpec].
 *
 * Taken: `Input`, `Dense`, `Conv2D`, `AvgPool2D`, `MaxPool2D`, `Flatten`, `Dropout`, `ReLU`,
 * `LeakyReLU`, `ELU`, `ActivationLayer` and `Softmax`, with the activations `Linear`, `Relu`,
 * `Elu`, `SoftPlus`, `Sigmoid` and `Tanh`.
 *
 * @param layers begin with an `Input`, which gives the shape of one sample
 * @param name of the architecture, for tables
 * @throws InputException with every layer and every option that has no counterpart, by name, and
 *   every layer that does not fit the shape before it
 */
@JvmOverloads
public fun modelSpec(
  layers: List<Layer>,
  name: String = "",
  task: Task = Task.CLASSIFICATION,
): ModelSpec = LayerConversion(layers, task).convert(name).spec

/**
 * A converted list of layers.
 *
 * @property shapes what leaves each KotlinDL layer, the `Input` included
 * @property parts the Glacis layers that each KotlinDL layer became
 */
internal class ConvertedLayers(
  val spec: ModelSpec,
  val shapes: List<Shape>,
  val parts: List<List<LayerSpec>>,
)

/** `Dense "dense_1"`. A layer's own toString fails before KotlinDL has built it. */
internal fun described(layer: Layer): String = "${layer::class.simpleName} \"${layer.name}\""

/** The decimal that was written: 0.1f is 0.1. */
internal fun Float.decimal(): Double = toString().toDouble()

/** Walks the layers with the shape between them and collects all faults. */
internal class LayerConversion(private val layers: List<Layer>, private val task: Task) {
  private val faults = Faults()

  fun convert(name: String): ConvertedLayers {
    val first = layers.firstOrNull()
    val input = first as? Input ?: throw InputException(noInput(first))
    val start = Shape(input.packedDims.map(Math::toIntExact))
    if (start.rank !in 1..3 || start.extents.any { it < 1 })
      faults
        .at("layers[0]")
        .add(
          "${described(input)} has the shape $start",
          "give 1 to 3 extents above 0, such as Input(28, 28, 1)",
        )
    var shape: Shape? = start.takeIf { faults.clean() }
    val shapes = mutableListOf(start)
    val parts = mutableListOf<List<LayerSpec>>(emptyList())
    for (i in 1..layers.lastIndex) {
      val here = faults.at("layers[$i]")
      val converted = converted(layers[i], shape, i == layers.lastIndex, here)
      converted.forEach { it.check(here) }
      for (layer in converted) shape =
        shape?.takeIf { here.clean() }?.let { through(layer, it, here) }
      if (!here.clean()) shape = null
      shape?.let { shapes += it }
      parts += converted
    }
    if (layers.size == 1)
      faults.add("layers", "end with ${described(input)}", "add layers, such as Dense(10)")
    if (!faults.clean())
      throw InputException(Faults.describe("the list of KotlinDL layers", faults.all()))
    return ConvertedLayers(ModelSpec(start, parts.flatten(), name), shapes, parts)
  }

  private fun noInput(first: Layer?): String {
    val found =
      if (first == null) "there are no KotlinDL layers" else "first is ${described(first)}"
    return "layers[0]: $found; begin with the shape of a sample, such as Input(28, 28, 1)"
  }

  private fun through(layer: LayerSpec, input: Shape, faults: Faults): Shape? {
    layer.check(input, faults)
    return if (faults.clean()) layer.outputShape(input) else null
  }

  private fun converted(
    layer: Layer,
    input: Shape?,
    last: Boolean,
    faults: Faults,
  ): List<LayerSpec> {
    if (layer is TrainableLayer && !layer.isTrainable)
      faults.add(
        "${described(layer)} is frozen (isTrainable = false)",
        "train all layers; Glacis freezes none",
      )
    return when (layer) {
      is KotlinDlDense -> dense(layer, last, faults)
      is Conv2D -> convolution(layer, last, faults)
      is AvgPool2D -> averagePool(layer, faults)
      is MaxPool2D -> maxPool(layer, input, faults)
      is KotlinDlFlatten -> listOf(Flatten)
      is KotlinDlDropout -> listOf(Dropout(layer.rate.decimal()))
      is ReLU -> relu(layer, faults)
      is LeakyReLU -> listOf(LeakyRelu(layer.alpha.decimal()))
      is ELU -> elu(layer, faults)
      is ActivationLayer -> activation(layer.activation, layer, last, faults)
      is Softmax -> softmax(layer, input, last, faults)
      is Input -> {
        faults.add("${described(layer)} stands behind the first place", "leave it out")
        emptyList()
      }
      else -> {
        faults.add("${described(layer)} has no counterpart", "take $SUPPORTED_LAYERS")
        emptyList()
      }
    }
  }

  private fun dense(layer: KotlinDlDense, last: Boolean, faults: Faults): List<LayerSpec> {
    val regularizers =
      listOf(layer.kernelRegularizer, layer.biasRegularizer, layer.activityRegularizer)
    refuseRegularizers(layer, regularizers, faults)
    return listOf(Dense(layer.outputSize, layer.useBias)) +
      activation(layer.activation, layer, last, faults)
  }

  private fun convolution(layer: Conv2D, last: Boolean, faults: Faults): List<LayerSpec> {
    val regularizers =
      listOf(layer.kernelRegularizer, layer.biasRegularizer, layer.activityRegularizer)
    refuseRegularizers(layer, regularizers, faults)
    if (layer.dilations.any { it != 1 })
      faults.add(
        "${described(layer)} has dilations ${layer.dilations.toList()}",
        "leave dilations at 1; Glacis has none",
      )
    val kernel = square(layer, "kernelSize", layer.kernelSize, faults)
    val stride = square(layer, "strides", layer.strides, faults)
    val padding = padding(layer, layer.padding, faults)
    if (kernel == null || stride == null || padding == null) return emptyList()
    return listOf(Conv2d(layer.filters, kernel, stride, padding, layer.useBias)) +
      activation(layer.activation, layer, last, faults)
  }

  private fun averagePool(layer: AvgPool2D, faults: Faults): List<LayerSpec> {
    val pool = square(layer, "poolSize", layer.poolSize, faults)
    val stride = square(layer, "strides", layer.strides, faults)
    val padding = padding(layer, layer.padding, faults)
    if (pool == null || stride == null || padding == null) return emptyList()
    return listOf(AveragePool2d(pool, stride.takeIf { it != pool }, padding))
  }

  private fun maxPool(layer: MaxPool2D, input: Shape?, faults: Faults): List<LayerSpec> {
    val pool = square(layer, "poolSize", layer.poolSize, faults)
    val stride = square(layer, "strides", layer.strides, faults)
    val padding = padding(layer, layer.padding, faults)
    if (pool == null || stride == null || padding == null) return emptyList()
    if (padding == Padding.Same && (input == null || pads(input, pool, stride))) {
      faults.add(
        "${described(layer)} has padding SAME${if (input == null) "" else ", which pads its input $input"}",
        "take ConvPadding.VALID; Glacis pools the maximum of real pixels only",
      )
      return emptyList()
    }
    return listOf(MaxPool2d(pool, stride.takeIf { it != pool }))
  }

  private fun pads(input: Shape, window: Int, stride: Int) =
    input.rank != 3 ||
      window < 1 ||
      stride < 1 ||
      (0..1).any { Padding.Same.amounts(it, input[it], window, stride) != (0 to 0) }

  private fun relu(layer: ReLU, faults: Faults): List<LayerSpec> {
    val slope = layer.negativeSlope.decimal()
    if (layer.maxValue != null)
      faults.add("${described(layer)} has maxValue ${layer.maxValue}", "leave it out")
    if (layer.threshold != 0f)
      faults.add("${described(layer)} has threshold ${layer.threshold}", "leave it at 0")
    return listOf(if (slope == 0.0) Relu else LeakyRelu(slope))
  }

  private fun elu(layer: ELU, faults: Faults): List<LayerSpec> {
    if (layer.alpha != 1f)
      faults.add("${described(layer)} has alpha ${layer.alpha}", "leave it at 1")
    return listOf(Elu)
  }

  private fun softmax(
    layer: Softmax,
    input: Shape?,
    last: Boolean,
    faults: Faults,
  ): List<LayerSpec> {
    if (layer.axis.any { it != -1 && it != input?.rank })
      faults.add("${described(layer)} has axis ${layer.axis}", "leave it at the last axis, -1")
    return activation(Activations.Softmax, layer, last, faults)
  }

  private fun activation(
    activation: Activations,
    owner: Layer,
    last: Boolean,
    faults: Faults,
  ): List<LayerSpec> =
    when (activation) {
      Activations.Linear -> emptyList()
      Activations.Relu -> listOf(Relu)
      Activations.Elu -> listOf(Elu)
      Activations.SoftPlus -> listOf(Softplus)
      Activations.Sigmoid -> listOf(Sigmoid)
      Activations.Tanh -> listOf(Tanh)
      else -> {
        if (activation == Activations.Softmax && !last)
          faults.add(
            "${described(owner)} has the activation Softmax before the end",
            "Softmax may only end a classifier",
          )
        else if (activation == Activations.Softmax && task != Task.CLASSIFICATION)
          faults.add(
            "${described(owner)} has the activation Softmax but the task is $task",
            "end with Activations.Linear",
          )
        else if (activation != Activations.Softmax)
          faults.add(
            "${described(owner)} has the activation $activation, which has no counterpart",
            "take $SUPPORTED_ACTIVATIONS",
          )
        emptyList()
      }
    }

  /** The side of a square window or step, given as (side, side) or (1, side, side, 1). */
  private fun square(layer: Layer, option: String, values: IntArray, faults: Faults): Int? {
    val sides =
      when {
        values.size == 2 -> values.toList()
        values.size == 4 && values[0] == 1 && values[3] == 1 -> values.slice(1..2)
        else -> emptyList()
      }
    if (sides.distinct().size == 1) return sides[0]
    faults.add(
      "${described(layer)} has $option ${values.toList()}",
      "make it square, within height and width; Glacis has square windows and steps",
    )
    return null
  }

  private fun padding(layer: Layer, padding: ConvPadding, faults: Faults): Padding? =
    when (padding) {
      ConvPadding.SAME -> Padding.Same
      ConvPadding.VALID -> Padding.Valid
      else -> {
        faults.add("${described(layer)} has padding $padding", "take SAME or VALID")
        null
      }
    }

  private fun refuseRegularizers(layer: Layer, regularizers: List<Regularizer?>, faults: Faults) {
    listOf("kernelRegularizer", "biasRegularizer", "activityRegularizer")
      .zip(regularizers)
      .filter { it.second != null }
      .forEach { (option, regularizer) ->
        faults.add(
          "${described(layer)} has $option ${regularizer!!::class.simpleName}",
          "leave it out; Glacis has no weight penalties",
        )
      }
  }

  private companion object {
    const val SUPPORTED_LAYERS =
      "Input, Dense, Conv2D, AvgPool2D, MaxPool2D, Flatten, Dropout, ReLU, LeakyReLU, ELU, " +
        "ActivationLayer, or Softmax at the end"
    const val SUPPORTED_ACTIVATIONS =
      "Linear, Relu, Elu, SoftPlus, Sigmoid, Tanh, or Softmax at the end"
  }
}
