package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * Adds to the loss, while the radius grows, how much intervals widen from the input to each ReLU,
 * and how unevenly active and inactive ReLUs share mean and variance (Shi et al. 2021, section 4.2
 * and 4.3).
 *
 * @property weight at radius 0
 * @property tolerance what is within it costs nothing
 * @property radius of the boxes while the radius of the schedule is 0, in the units of the data
 * @property decays whether the weight falls to 0 as the radius grows; otherwise it stays
 * @property terms which parts count
 * @property lastEpoch after it the regulariser ends; null for the last epoch of the epsilon
 *   schedule
 */
@Serializable
public data class WarmUpRegularizer(
  val weight: Double = 0.5,
  val tolerance: Double = 0.5,
  val radius: Double = 1e-6,
  val decays: Boolean = true,
  val terms: List<RegularizerTerm> = listOf(RegularizerTerm.TIGHTNESS, RegularizerTerm.RELU),
  val lastEpoch: Int? = null,
) {
  internal fun check(faults: Faults) {
    faults.notNegative("weight", weight)
    faults.positive("tolerance", tolerance)
    faults.positive("radius", radius)
    if (terms.isEmpty()) faults.add("terms", "is empty", "give tightness, relu, or both")
    lastEpoch?.let { faults.positive("lastEpoch", it) }
  }
}

/** A part of the [WarmUpRegularizer]. */
@Serializable
public enum class RegularizerTerm {
  /** Intervals before a ReLU are not much wider than those of the input. */
  @SerialName("tightness") TIGHTNESS,

  /** Active and inactive ReLUs weigh the same, in mean and in variance. */
  @SerialName("relu") RELU,
}
