package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A search for a point of the perturbation set that is decided wrongly. */
@Serializable
public sealed interface AttackSpec {
  public fun check(faults: Faults) {}
}

/** An attack of the user's own; see [CustomLayerSpec]. */
@Serializable public abstract class CustomAttackSpec : AttackSpec

/**
 * Projected gradient ascent of the cross-entropy (Madry et al. 2018) in an l-inf box: a uniformly
 * random start, sign steps, projection to the set, the worst point seen is kept.
 *
 * @property stepSize as a share of the half width of the (clipped) box, so 0.1 crosses it in 20
 *   steps
 * @property restarts how often it begins anew from another random point
 */
@Serializable
@SerialName("pgd")
public data class Pgd(val steps: Int = 40, val stepSize: Double = 0.1, val restarts: Int = 1) :
  AttackSpec {
  override fun check(faults: Faults) {
    faults.positive("steps", steps)
    faults.positive("stepSize", stepSize)
    faults.positive("restarts", restarts)
  }
}
