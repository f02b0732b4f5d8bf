package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * A layer with weights whose Lipschitz constant (l2) is held at a share of that of the network
 * while it trains. After training it is frozen to a plain layer whose constant is proved from its
 * weights.
 */
@Serializable
public sealed interface ConstrainedLayerSpec : LayerSpec {
  /** The plain layer that does the same with the constrained weights. */
  public val plain: LayerSpec
}

/**
 * A dense layer whose matrix is made orthogonal: all singular values 1 (Anil et al. 2019).
 *
 * @property units length of the output
 */
@Serializable
@SerialName("spectralDense")
public data class SpectralDense(
  val units: Int,
  val bias: Boolean = true,
  val orthogonalization: Orthogonalization = Bjorck(),
) : ConstrainedLayerSpec {
  override val plain: Dense
    get() = Dense(units, bias)

  override fun check(faults: Faults) {
    plain.check(faults)
    orthogonalization.check(faults.at("orthogonalization"))
  }

  override fun check(input: Shape, faults: Faults) {
    faults.rank(1, "spectralDense($units)", input) { "put flatten() before it" }
  }

  override fun outputShape(input: Shape): Shape = plain.outputShape(input)
}

/**
 * A convolution whose kernel, as a matrix of (window · channels) × filters, is made orthogonal and
 * divided by the root of the largest number of windows that see one pixel, `ceil(kernel /
 * stride)^2`: its norm is at most 1 for every image size (reshaped kernel orthogonalisation).
 *
 * @property kernel side of the window, in pixels
 */
@Serializable
@SerialName("spectralConv2d")
public data class SpectralConv2d(
  val filters: Int,
  val kernel: Int,
  val stride: Int = 1,
  val padding: Padding = Padding.Same,
  val bias: Boolean = true,
  val orthogonalization: Orthogonalization = Bjorck(),
) : ConstrainedLayerSpec {
  override val plain: Conv2d
    get() = Conv2d(filters, kernel, stride, padding, bias)

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
 * A dense layer whose matrix is divided by its Frobenius norm or, for [disjointNeurons], each
 * unit's weights by their Euclidean length: then each output by itself is 1-Lipschitz, all together
 * only `sqrt(units)`.
 */
@Serializable
@SerialName("frobeniusDense")
public data class FrobeniusDense(
  val units: Int,
  val disjointNeurons: Boolean = true,
  val bias: Boolean = true,
) : ConstrainedLayerSpec {
  override val plain: Dense
    get() = Dense(units, bias)

  override fun check(faults: Faults) {
    plain.check(faults)
  }

  override fun check(input: Shape, faults: Faults) {
    faults.rank(1, "frobeniusDense($units)", input) { "put flatten() before it" }
  }

  override fun outputShape(input: Shape): Shape = plain.outputShape(input)
}

/**
 * The mean over windows that do not overlap, times the side of the window: 1-Lipschitz.
 *
 * @property pool side of the window, in pixels
 */
@Serializable
@SerialName("scaledAveragePool2d")
public data class ScaledAveragePool2d(val pool: Int) : LayerSpec {
  override fun check(faults: Faults) {
    faults.positive("pool", pool)
  }

  override fun check(input: Shape, faults: Faults) {
    AveragePool2d(pool).check(input, faults)
  }

  override fun outputShape(input: Shape): Shape = AveragePool2d(pool).outputShape(input)
}

/**
 * The Euclidean length of each channel's numbers in windows that do not overlap: 1-Lipschitz.
 *
 * @property pool side of the window, in pixels
 */
@Serializable
@SerialName("scaledL2NormPool2d")
public data class ScaledL2NormPool2d(val pool: Int) : LayerSpec {
  override fun check(faults: Faults) {
    faults.positive("pool", pool)
  }

  override fun check(input: Shape, faults: Faults) {
    AveragePool2d(pool).check(input, faults)
  }

  override fun outputShape(input: Shape): Shape = AveragePool2d(pool).outputShape(input)
}

/**
 * Sorts each group of [size] neighbouring numbers of the last axis, the least first (Anil et al.
 * 2019): 1-Lipschitz, and its gradient keeps its length.
 */
@Serializable
@SerialName("groupSort")
public data class GroupSort(val size: Int = 2) : LayerSpec {
  override fun check(faults: Faults) {
    if (size < 2) faults.add("size", "is $size", "give 2 or more")
  }

  override fun check(input: Shape, faults: Faults) {
    divides(size, "groupSort($size)", input, faults)
  }

  override fun outputShape(input: Shape): Shape = input
}

/** Sorts the last axis, the least first: 1-Lipschitz. */
@Serializable
@SerialName("fullSort")
public data object FullSort : LayerSpec {
  override fun outputShape(input: Shape): Shape = input
}

/**
 * The larger and the smaller of channel `j` and channel `j + C / 2`, in this order: [GroupSort] of
 * 2 up to the order of the channels, and faster.
 */
@Serializable
@SerialName("maxMin")
public data object MaxMin : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    divides(2, "maxMin()", input, faults)
  }

  override fun outputShape(input: Shape): Shape = input
}

/** `|x|`: 1-Lipschitz. */
@Serializable @SerialName("absolute") public data object Absolute : ActivationSpec

private fun divides(size: Int, layer: String, input: Shape, faults: Faults) {
  val channels = input[input.rank - 1]
  if (channels % size != 0)
    faults.add(
      "$layer takes groups of $size but the last axis of the input $input has $channels",
      "give the layer before it a multiple of $size",
    )
}
