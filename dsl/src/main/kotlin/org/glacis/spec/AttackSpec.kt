package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A search for a point of the perturbation set that is decided wrongly. */
@Serializable
public sealed interface AttackSpec {
  /** The attack's set is so many times as wide as that of the bounds; in training only. */
  public val epsilonFactor: Double
    get() = 1.0

  /** Whether it looks at what the network says at the input itself. */
  public val needsOutput: Boolean
    get() = false

  public fun check(faults: Faults) {}

  /** Adds a fault where it cannot attack [set]. */
  public fun check(set: PerturbationSet, faults: Faults) {}
}

/**
 * An attack of the user's own. Register its serializer with a [SpecExtension] and its lowering with
 * the runtime; then it works in training and in certifications like any other.
 */
@Serializable public abstract class CustomAttackSpec : AttackSpec

/**
 * Projected gradient ascent (Madry et al. 2018): a start, sign steps (l-inf) or steps along the
 * gradient (l2), each followed by projection to the set. With one step the result is its end point,
 * with more the point of the largest objective. A certification takes the point that is decided
 * most wrongly of all that were seen.
 *
 * @property stepSize as a share of the half width of the (clipped) box, or of the radius of a ball:
 *   0.1 crosses it in 20 steps, 10 goes from anywhere to a corner
 * @property restarts how often it begins anew from another random point
 * @property randomStart whether it begins at a uniformly random point of the set; otherwise at the
 *   input, once
 * @property objective what it makes large
 * @property decay factor of the step size after each of [decayAt]
 * @property decayAt shares of the steps done, such as 0.5, 0.8 and 0.9
 * @property epsilonFactor the attack's set is so many times as wide as that of the bounds; in
 *   training only
 */
@Serializable
@SerialName("pgd")
public data class Pgd(
  val steps: Int = 40,
  val stepSize: Double = 0.1,
  val restarts: Int = 1,
  val randomStart: Boolean = true,
  val objective: AttackObjective = AttackObjective.CROSS_ENTROPY,
  val decay: Double = 1.0,
  val decayAt: List<Double> = emptyList(),
  override val epsilonFactor: Double = 1.0,
) : AttackSpec {
  override val needsOutput: Boolean
    get() = objective == AttackObjective.KL

  /** The size of step [index] (from 0). */
  public fun stepSize(index: Int): Double {
    var size = stepSize
    for (share in decayAt) if (index >= share * steps) size *= decay
    return size
  }

  override fun check(faults: Faults) {
    faults.positive("steps", steps)
    faults.positive("stepSize", stepSize)
    faults.positive("restarts", restarts)
    if (restarts > 1 && !randomStart)
      faults.add(
        "restarts",
        "is $restarts but every start is the input",
        "give 1, or set randomStart to true",
      )
    if (objective == AttackObjective.KL && !randomStart)
      faults.add(
        "objective",
        "is kl but every start is the input, where the divergence has no slope",
        "set randomStart to true, or take another objective",
      )
    if (!(decay > 0.0 && decay <= 1.0))
      faults.add("decay", "is $decay", "give a number above 0, 1 at most")
    decayAt.forEachIndexed { i, share ->
      if (!(share > 0.0 && share < 1.0))
        faults.add("decayAt[$i]", "is $share", "give a share of the steps between 0 and 1")
    }
    faults.positive("epsilonFactor", epsilonFactor)
  }
}

/** What an attack makes large. */
@Serializable
public enum class AttackObjective {
  /** The cross-entropy of the label. */
  @SerialName("crossEntropy") CROSS_ENTROPY,

  /** The largest other logit minus the label's. */
  @SerialName("margin") MARGIN,

  /** The Kullback-Leibler divergence from the class probabilities of the clean input. */
  @SerialName("kl") KL,

  /** The loss in `adversarial(loss)`, whatever it is, of a regression too; in training only. */
  @SerialName("loss") LOSS,
}
