package org.glacis.spec

import kotlin.math.ceil
import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * `y = W x + b` on a flat input.
 *
 * @property units length of the output
 */
@Serializable
@SerialName("dense")
public data class Dense(val units: Int, val bias: Boolean = true) : KernelLayerSpec {
  override val overlap: Double
    get() = 1.0

  override fun check(faults: Faults) {
    faults.positive("units", units)
  }

  override fun check(input: Shape, faults: Faults) {
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
 * @property groups how many equal parts channels and filters have, in their order: the filters of a
 *   part see its channels alone, and the weights are kernel × kernel × (channels / groups) ×
 *   filters. It is computed as one convolution with zeros between the groups: fewer weights, but
 *   time and memory of a step as without groups
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
@SerialName("conv2d")
public data class Conv2d
@JvmOverloads
constructor(
  val filters: Int,
  val kernel: Int,
  val stride: Int = 1,
  val padding: Padding = Padding.Same,
  val bias: Boolean = true,
  @EncodeDefault(EncodeDefault.Mode.NEVER) override val groups: Int = 1,
) : KernelLayerSpec {
  override val overlap: Double
    get() = ceil(kernel.toDouble() / stride)

  override fun check(faults: Faults) {
    faults.positive("filters", filters)
    checkWindow("kernel", kernel, stride, padding, faults)
    checkGroups(groups, filters, faults)
  }

  override fun check(input: Shape, faults: Faults) {
    checkFits("conv2d($filters, $kernel)", "kernel", kernel, stride, padding, input, faults)
    checkGroups(groups, input, faults)
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
  override fun check(faults: Faults) {
    checkWindow("pool", pool, stride ?: 1, padding, faults)
    if (padding == Padding.Circular)
      faults.add("padding", "is circular", "give same, valid or numbers; only convolutions wrap")
  }

  override fun check(input: Shape, faults: Faults) {
    checkFits("averagePool2d($pool)", "pool", pool, stride ?: pool, padding, input, faults)
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
  override fun check(faults: Faults) {
    checkWindow("pool", pool, stride ?: 1, Padding.Valid, faults)
  }

  override fun check(input: Shape, faults: Faults) {
    checkFits("maxPool2d($pool)", "pool", pool, stride ?: pool, Padding.Valid, input, faults)
  }

  override fun outputShape(input: Shape): Shape =
    windowed(input, pool, stride ?: pool, Padding.Valid, input[2])
}

/** One axis out of all, row by row: height, then width, then channels. */
@Serializable
@SerialName("flatten")
public data object Flatten : LayerSpec {
  override fun outputShape(input: Shape): Shape = Shape(input.size)
}

/** The same numbers under another [shape]. */
@Serializable
@SerialName("reshape")
public data class Reshape(val shape: Shape) : LayerSpec {
  override fun check(faults: Faults) {
    faults.extents("shape", shape)
  }

  override fun check(input: Shape, faults: Faults) {
    if (shape.size != input.size)
      faults.add(
        "shape",
        "is $shape with ${shape.size} numbers but the input $input has ${input.size}",
        "give extents with the product ${input.size}",
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
  override fun check(faults: Faults) {
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
  override fun check(faults: Faults) {
    mean.forEachIndexed { i, value -> faults.finite("mean[$i]", value) }
    deviation.forEachIndexed { i, value -> faults.positive("deviation[$i]", value) }
  }

  override fun check(input: Shape, faults: Faults) {
    val last = input[input.rank - 1]
    for ((name, numbers) in listOf("mean" to mean, "deviation" to deviation)) {
      if (numbers.size != 1 && numbers.size != last)
        faults.add(
          name,
          "has ${numbers.size} numbers but the last axis of the input $input has $last",
          if (last == 1) "give 1 number" else "give 1 or $last numbers",
        )
    }
  }

  override fun outputShape(input: Shape): Shape = input
}

/**
 * Batch normalisation of each channel (the last axis): `gamma (x - mean) / sqrt(variance + epsilon)
 * + beta` (Ioffe and Szegedy 2015). After training, mean and variance are the running ones; which
 *   ones a training step takes for its passes is [TrainingSpec.batchNorm].
 *
 * @property momentum the share of a batch's statistics in the new running ones, as in PyTorch; the
 *   running variance takes the unbiased one
 */
@Serializable
@SerialName("batchNorm")
public data class BatchNorm(override val momentum: Double = 0.1, val epsilon: Double = 1e-5) :
  RunningSpec {
  override fun check(faults: Faults) {
    super.check(faults)
    faults.positive("epsilon", epsilon)
  }
}

/** Reports what is wrong with each layer by itself, whatever its input is. */
internal fun List<LayerSpec>.checkNumbers(faults: Faults) {
  forEachIndexed { i, layer -> layer.check(faults.at("[$i]")) }
}

/**
 * The shapes before the first layer, between the layers and after the last; null from the first
 * layer on that is at fault, which [faults] then tells with its index.
 */
internal fun List<LayerSpec>.shapesFrom(input: Shape, faults: Faults): List<Shape>? {
  val shapes = mutableListOf(input)
  forEachIndexed { i, layer ->
    val here = faults.at("[$i]")
    if (!here.clean()) return null
    layer.check(shapes.last(), here)
    if (!here.clean()) return null
    val output = layer.outputShape(shapes.last())
    if (output.isTooLarge) {
      here.add(
        "turns ${shapes.last()} into $output",
        "make it smaller; a sample has at most ${Int.MAX_VALUE} numbers",
      )
      return null
    }
    shapes += output
  }
  return shapes
}
