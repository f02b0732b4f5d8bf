package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

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
 * The mean over the whole image, times the root of its number of pixels: 1-Lipschitz. The output is
 * flat, a number a channel.
 */
@Serializable
@SerialName("scaledGlobalAveragePool2d")
public data object ScaledGlobalAveragePool2d : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    faults.rank(3, "scaledGlobalAveragePool2d()", input) { "put it before flatten()" }
  }

  override fun outputShape(input: Shape): Shape = Shape(input[2])
}

/**
 * The Euclidean length of each channel's numbers over the whole image: 1-Lipschitz. The output is
 * flat, a number a channel.
 */
@Serializable
@SerialName("scaledGlobalL2NormPool2d")
public data object ScaledGlobalL2NormPool2d : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    faults.rank(3, "scaledGlobalL2NormPool2d()", input) { "put it before flatten()" }
  }

  override fun outputShape(input: Shape): Shape = Shape(input[2])
}

/**
 * Squares of [factor] × [factor] pixels become channels: pixel `(i, j)` of channel `c` is channel
 * `c factor^2 + i factor + j`. Nothing is lost, and lengths are kept.
 */
@Serializable
@SerialName("invertibleDownSampling")
public data class InvertibleDownSampling(val factor: Int) : LayerSpec {
  override fun check(faults: Faults) {
    faults.positive("factor", factor)
  }

  override fun check(input: Shape, faults: Faults) {
    val layer = "invertibleDownSampling($factor)"
    faults.rank(3, layer, input) { "put it before flatten()" }
    if (input.rank == 3 && (input[0] % factor != 0 || input[1] % factor != 0))
      faults.add(
        "$layer takes a height and a width that are multiples of $factor but gets $input",
        "take a divisor of both, or another image size",
      )
  }

  override fun outputShape(input: Shape): Shape =
    Shape(input[0] / factor, input[1] / factor, input[2] * factor * factor)
}

/** The inverse of [InvertibleDownSampling]: channels become squares of pixels. */
@Serializable
@SerialName("invertibleUpSampling")
public data class InvertibleUpSampling(val factor: Int) : LayerSpec {
  override fun check(faults: Faults) {
    faults.positive("factor", factor)
    if (factor > LARGEST) faults.add("factor", "is $factor", "give $LARGEST at most")
  }

  override fun check(input: Shape, faults: Faults) {
    faults.rank(3, "invertibleUpSampling($factor)", input) { "put it before flatten()" }
    if (input.rank == 3) divides(factor * factor, "invertibleUpSampling($factor)", input, faults)
  }

  override fun outputShape(input: Shape): Shape =
    Shape(input[0] * factor, input[1] * factor, input[2] / factor / factor)

  private companion object {
    /** The square of a larger factor cannot be counted. */
    const val LARGEST = 46340
  }
}
