package org.glacis.spec

import kotlin.math.ceil
import kotlin.math.sqrt
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * Slides [filters] windows along a length × channels input (cross-correlation).
 *
 * @property kernel length of the window
 * @property stride step between windows
 * @property padding an explicit one is `[before, after, 0, 0]`
 */
@Serializable
@SerialName("conv1d")
public data class Conv1d(
  val filters: Int,
  val kernel: Int,
  val stride: Int = 1,
  val padding: Padding = Padding.Same,
  val bias: Boolean = true,
) : KernelLayerSpec {
  override val overlap: Double
    get() = sqrt(ceil(kernel.toDouble() / stride))

  override fun check(faults: Faults) {
    faults.positive("filters", filters)
    checkWindow("kernel", kernel, stride, padding, faults)
    if (padding is Padding.Explicit && (padding.left != 0 || padding.right != 0))
      faults.add(
        "padding",
        "has ${padding.left} on the left and ${padding.right} on the right",
        "a sequence has one axis; give [before, after, 0, 0]",
      )
  }

  override fun check(input: Shape, faults: Faults) {
    faults.rank(2, "conv1d($filters, $kernel)", input) {
      "put it before flatten(), or declare the input as (length, channels)"
    }
    if (input.rank == 2) checkFits("kernel", kernel, stride, padding, input, 1, faults)
  }

  override fun outputShape(input: Shape): Shape =
    Shape(padding.outputExtent(0, input[0], kernel, stride), filters)
}

/**
 * The adjoint of a convolution over height × width × [filters] images, which has [kernel], [stride]
 * and [padding] and gives this layer's input: each input pixel adds a window of weights to the
 * output. With `same` and `circular` the output is [stride] times as large; with `valid` it is the
 * smallest whose windows are those of the input.
 *
 * @property kernel side of the window, in pixels
 * @property stride step between windows, in pixels of the output
 */
@Serializable
@SerialName("conv2dTranspose")
public data class Conv2dTranspose(
  val filters: Int,
  val kernel: Int,
  val stride: Int = 1,
  val padding: Padding = Padding.Same,
  val bias: Boolean = true,
) : KernelLayerSpec {
  override val overlap: Double
    get() = ceil(kernel.toDouble() / stride)

  override fun check(faults: Faults) {
    faults.positive("filters", filters)
    checkWindow("kernel", kernel, stride, padding, faults)
  }

  override fun check(input: Shape, faults: Faults) {
    faults.rank(3, "conv2dTranspose($filters, $kernel)", input) {
      "put it before flatten(), or declare the input as (height, width, channels)"
    }
    if (input.rank != 3) return
    val output = outputShape(input)
    if (output[0] < 1 || output[1] < 1)
      faults.add(
        "padding",
        "takes all from the output, which would be $output",
        "take away less, or a larger window",
      )
    else if (padding == Padding.Circular)
      checkFits("kernel", kernel, stride, padding, output, 2, faults)
  }

  override fun outputShape(input: Shape): Shape =
    Shape(extent(0, input[0]), extent(1, input[1]), filters)

  private fun extent(axis: Int, places: Int): Int {
    if (padding == Padding.Same || padding == Padding.Circular) return stride * places
    val (before, after) = padding.amounts(axis, places, kernel, stride)
    return (places - 1) * stride + kernel - before - after
  }
}
