package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A layer that keeps running statistics of the batches that it saw while it was trained. */
@Serializable
public sealed interface RunningSpec : LayerSpec {
  /** The share of a batch's statistics in the new running ones. */
  public val momentum: Double

  override fun check(faults: Faults) {
    if (!(momentum > 0.0 && momentum <= 1.0))
      faults.add("momentum", "is $momentum", "give a number above 0, 1 at most")
  }

  override fun outputShape(input: Shape): Shape = input
}

/**
 * Each channel less its mean over height and width, plus a learnable shift a channel: a projection,
 * and so 1-Lipschitz.
 */
@Serializable
@SerialName("layerCentering")
public data class LayerCentering(val bias: Boolean = true) : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    faults.rank(3, "layerCentering()", input) {
      "put it before flatten(), or take batchCentering()"
    }
  }

  override fun outputShape(input: Shape): Shape = input
}

/**
 * Each channel less its mean over the batch, plus a learnable shift a channel: 1-Lipschitz. After
 * training the mean is the running one.
 */
@Serializable
@SerialName("batchCentering")
public data class BatchCentering(override val momentum: Double = 0.1) : RunningSpec

/**
 * Each channel less its mean over the batch, all divided by the largest of the channels' standard
 * deviations, plus a learnable shift a channel. After training mean and variances are the running
 * ones, and the Lipschitz constant is 1 / that deviation: it counts in every certificate. A largest
 * variance below 1e-5 divides by nothing.
 */
@Serializable
@SerialName("batchLipNorm")
public data class BatchLipNorm(override val momentum: Double = 0.1) : RunningSpec
