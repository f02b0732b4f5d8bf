package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * What the kernels of plain layers are moved back to after each step of training. Biases, and what
 * constrained layers compute their weights from, stay as they are. Nothing rests on it: a constant
 * is proved from the weights that training ends with.
 */
@Serializable
public sealed interface WeightConstraint {
  public fun check(faults: Faults)
}

/**
 * The norm (l2) of each layer is at most [norm]: a kernel whose matrix, by
 * [KernelLayerSpec.overlap], has a larger one is divided by it. An upper bound stands for the
 * largest singular value, at most 1 % above it.
 */
@Serializable
@SerialName("spectralNorm")
public data class SpectralNorm(val norm: Double = 1.0) : WeightConstraint {
  override fun check(faults: Faults) {
    faults.positive("norm", norm)
  }
}

/**
 * The length of each kernel, by [KernelLayerSpec.overlap], is at most [norm]; longer ones are
 * shortened to it. The norm (l2) of a layer is never above that.
 */
@Serializable
@SerialName("frobeniusNorm")
public data class FrobeniusNorm(val norm: Double = 1.0) : WeightConstraint {
  override fun check(faults: Faults) {
    faults.positive("norm", norm)
  }
}

/** Each weight is at least -[limit] and at most [limit]. */
@Serializable
@SerialName("weightClip")
public data class WeightClip(val limit: Double) : WeightConstraint {
  override fun check(faults: Faults) {
    faults.positive("limit", limit)
  }
}

/**
 * Each weight is clipped to `1 / (sqrt(n) scale)` on either side of 0, where its kernel has `n`
 * numbers: with a scale of 1 a kernel is never longer than 1.
 */
@Serializable
@SerialName("autoWeightClip")
public data class AutoWeightClip(val scale: Double = 1.0) : WeightConstraint {
  override fun check(faults: Faults) {
    faults.positive("scale", scale)
  }
}
