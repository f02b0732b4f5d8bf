package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * `y = W x + b` on a flat input.
 *
 * @property units length of the output
 */
@Serializable
@SerialName("dense")
public data class Dense(val units: Int, val bias: Boolean = true) : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    faults.positive("units", units)
    faults.rank(1, "dense($units)", input) { "put flatten() before it" }
  }

  override fun outputShape(input: Shape): Shape = Shape(units)
}

/**
 * Slides [filters] square windows over a height × width × channels input (cross-correlation, as
 * every framework has it).
 *
 * @property kernel side of the window, in pixels
 * @property stride step between windows, in pixels
 */
@Serializable
@SerialName("conv2d")
public data class Conv2d(
  val filters: Int,
  val kernel: Int,
  val stride: Int = 1,
  val padding: Padding = Padding.Same,
  val bias: Boolean = true,
) : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    faults.positive("filters", filters)
    checkWindow("conv2d($filters, $kernel)", kernel, stride, padding, input, faults)
  }

  override fun outputShape(input: Shape): Shape = windowed(input, kernel, stride, padding, filters)
}

/**
 * The mean over square windows of each channel. Zeros of an explicit padding count as values, as in
 * PyTorch's default; windows of `same` divide by the numbers they really see, as in TensorFlow.
 *
 * @property pool side of the window, in pixels
 * @property stride step between windows; null stands for [pool]
 */
@Serializable
@SerialName("averagePool2d")
public data class AveragePool2d(
  val pool: Int,
  val stride: Int? = null,
  val padding: Padding = Padding.Valid,
) : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    checkWindow("averagePool2d($pool)", pool, stride ?: pool, padding, input, faults, "pool")
  }

  override fun outputShape(input: Shape): Shape =
    windowed(input, pool, stride ?: pool, padding, input[2])
}

/**
 * The largest number of each square window of each channel. Padding never wins: windows see only
 * real pixels.
 *
 * @property pool side of the window, in pixels
 * @property stride step between windows; null stands for [pool]
 */
@Serializable
@SerialName("maxPool2d")
public data class MaxPool2d(val pool: Int, val stride: Int? = null) : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    checkWindow("maxPool2d($pool)", pool, stride ?: pool, Padding.Valid, input, faults, "pool")
  }

  override fun outputShape(input: Shape): Shape =
    windowed(input, pool, stride ?: pool, Padding.Valid, input[2])
}

/** One axis out of all, row by row: height, then width, then channels. */
@Serializable
@SerialName("flatten")
public data object Flatten : LayerSpec {
  override fun check(input: Shape, faults: Faults) {}

  override fun outputShape(input: Shape): Shape = Shape(input.size)
}

/** The same numbers under another [shape]. */
@Serializable
@SerialName("reshape")
public data class Reshape(val shape: Shape) : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    if (shape.size != input.size)
      faults.add(
        "shape",
        "$shape has ${shape.size} numbers but the input $input has ${input.size}",
        "make them equal",
      )
  }

  override fun outputShape(input: Shape): Shape = shape
}

/**
 * While training, sets each number to zero with probability [rate] and multiplies the others by `1
 * / (1 - rate)`; nothing otherwise. One mask a sample serves the plain pass and the interval pass.
 */
@Serializable
@SerialName("dropout")
public data class Dropout(val rate: Double) : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    if (!(rate >= 0.0 && rate < 1.0))
      faults.add("rate", "is $rate", "give a number from 0 to below 1")
  }

  override fun outputShape(input: Shape): Shape = input
}

/**
 * `(x - mean) / deviation`, one number for all or one a channel (the last axis). A layer, so that
 * epsilon stays in the units of the data.
 */
@Serializable
@SerialName("normalize")
public data class Normalize(val mean: List<Double>, val deviation: List<Double>) : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    val last = input[input.rank - 1]
    for ((name, numbers) in listOf("mean" to mean, "deviation" to deviation)) {
      if (numbers.size != 1 && numbers.size != last)
        faults.add(
          name,
          "has ${numbers.size} numbers but the input $input has $last channels",
          "give 1 or $last numbers",
        )
      numbers.forEachIndexed { i, value -> faults.finite("$name[$i]", value) }
    }
    deviation.forEachIndexed { i, value -> faults.positive("deviation[$i]", value) }
  }

  override fun outputShape(input: Shape): Shape = input
}

/** `x + layers(x)`; both must have one shape. */
@Serializable
@SerialName("residual")
public data class Residual(val layers: List<LayerSpec>) : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    val output = layers.shapesFrom(input, faults.at("layers"))?.last() ?: return
    if (output != input)
      faults.add(
        "residual block turns $input into $output",
        "end the block with the shape it began with",
      )
  }

  override fun outputShape(input: Shape): Shape = input
}

/**
 * The shapes before the first layer, between the layers and after the last; null when a layer is at
 * fault, which [faults] then tells with its index.
 */
internal fun List<LayerSpec>.shapesFrom(input: Shape, faults: Faults): List<Shape>? {
  val shapes = mutableListOf(input)
  forEachIndexed { i, layer ->
    val here = faults.at("[$i]")
    layer.check(shapes.last(), here)
    if (!here.clean()) return null
    shapes += layer.outputShape(shapes.last())
  }
  return shapes
}

private fun checkWindow(
  layer: String,
  kernel: Int,
  stride: Int,
  padding: Padding,
  input: Shape,
  faults: Faults,
  name: String = "kernel",
) {
  faults.positive(name, kernel)
  faults.positive("stride", stride)
  if (padding is Padding.Explicit) {
    val sides = listOf(padding.top, padding.bottom, padding.left, padding.right)
    if (sides.any { it < 0 || it >= kernel })
      faults.add(
        "padding",
        "is $sides",
        "give four numbers from 0 to ${kernel - 1}, below the window's side",
      )
  }
  faults.rank(3, layer, input) {
    "put it before flatten(), or declare the input as (height, width, channels)"
  }
  if (!faults.clean()) return
  for (axis in 0..1) {
    if (padding.outputExtent(axis, input[axis], kernel, stride) < 1) {
      faults.add(
        name,
        "is $kernel but the input is $input",
        "take a window that fits into the image",
      )
      return
    }
  }
}

private fun windowed(input: Shape, kernel: Int, stride: Int, padding: Padding, channels: Int) =
  Shape(
    padding.outputExtent(0, input[0], kernel, stride),
    padding.outputExtent(1, input[1], kernel, stride),
    channels,
  )
