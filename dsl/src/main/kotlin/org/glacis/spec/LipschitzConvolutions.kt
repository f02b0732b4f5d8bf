package org.glacis.spec

import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * A convolution whose kernel, as a matrix of (window · channels) × filters, is made orthogonal and
 * divided by the root of the largest number of windows that see one pixel, `ceil(kernel /
 * stride)^2`: its norm is at most 1 for every image size (reshaped kernel orthogonalisation).
 *
 * @property kernel side of the window, in pixels
 * @property groups as in [Conv2d]; the matrix of each group, (window · channels / groups) ×
 *   (filters / groups), is made orthogonal by itself
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
@SerialName("spectralConv2d")
public data class SpectralConv2d
@JvmOverloads
constructor(
  val filters: Int,
  val kernel: Int,
  val stride: Int = 1,
  val padding: Padding = Padding.Same,
  val bias: Boolean = true,
  override val orthogonalization: Orthogonalization = Bjorck(),
  @EncodeDefault(EncodeDefault.Mode.NEVER) val groups: Int = 1,
) : SpectralLayerSpec {
  override val plain: Conv2d
    get() = Conv2d(filters, kernel, stride, padding, bias, groups)

  override fun check(faults: Faults) {
    plain.check(faults)
    orthogonalization.check(faults.at("orthogonalization"))
  }

  override fun check(input: Shape, faults: Faults) {
    plain.check(input, faults)
  }

  override fun outputShape(input: Shape): Shape = plain.outputShape(input)
}

/**
 * A convolution whose kernel is divided by its Frobenius norm or, for [disjointNeurons], each
 * filter's weights by their Euclidean length, and by the root of the largest number of windows that
 * see one pixel, `ceil(kernel / stride)^2`. As a whole it is 1-Lipschitz; with disjoint neurons
 * each output channel by itself is, all together only `sqrt(filters)`.
 *
 * @property kernel side of the window, in pixels
 */
@Serializable
@SerialName("frobeniusConv2d")
public data class FrobeniusConv2d(
  val filters: Int,
  val kernel: Int,
  val stride: Int = 1,
  val padding: Padding = Padding.Same,
  val disjointNeurons: Boolean = false,
  val bias: Boolean = true,
) : ConstrainedLayerSpec {
  override val plain: Conv2d
    get() = Conv2d(filters, kernel, stride, padding, bias)

  override fun check(faults: Faults) {
    plain.check(faults)
  }

  override fun check(input: Shape, faults: Faults) {
    plain.check(input, faults)
  }

  override fun outputShape(input: Shape): Shape = plain.outputShape(input)
}

/**
 * A transposed convolution whose adjoint, an ordinary convolution, has an orthogonal matrix of
 * (window · filters) × channels, divided by the root of the largest number of windows that see one
 * pixel, `ceil(kernel / stride)^2`: an operator and its adjoint have one norm, at most 1.
 *
 * @property kernel side of the window, in pixels
 */
@Serializable
@SerialName("spectralConv2dTranspose")
public data class SpectralConv2dTranspose(
  val filters: Int,
  val kernel: Int,
  val stride: Int = 1,
  val padding: Padding = Padding.Same,
  val bias: Boolean = true,
  override val orthogonalization: Orthogonalization = Bjorck(),
) : SpectralLayerSpec {
  override val plain: Conv2dTranspose
    get() = Conv2dTranspose(filters, kernel, stride, padding, bias)

  override fun check(faults: Faults) {
    plain.check(faults)
    orthogonalization.check(faults.at("orthogonalization"))
  }

  override fun check(input: Shape, faults: Faults) {
    plain.check(input, faults)
  }

  override fun outputShape(input: Shape): Shape = plain.outputShape(input)
}

/**
 * A convolution over sequences whose kernel, as a matrix of (window · channels) × filters, is made
 * orthogonal and divided by the root of the largest number of windows that see one place,
 * `ceil(kernel / stride)`: its norm is at most 1 for every length.
 *
 * @property kernel length of the window
 */
@Serializable
@SerialName("spectralConv1d")
public data class SpectralConv1d(
  val filters: Int,
  val kernel: Int,
  val stride: Int = 1,
  val padding: Padding = Padding.Same,
  val bias: Boolean = true,
  override val orthogonalization: Orthogonalization = Bjorck(),
) : SpectralLayerSpec {
  override val plain: Conv1d
    get() = Conv1d(filters, kernel, stride, padding, bias)

  override fun check(faults: Faults) {
    plain.check(faults)
    orthogonalization.check(faults.at("orthogonalization"))
  }

  override fun check(input: Shape, faults: Faults) {
    plain.check(input, faults)
  }

  override fun outputShape(input: Shape): Shape = plain.outputShape(input)
}
