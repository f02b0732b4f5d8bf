package org.glacis.spec

import kotlin.math.max
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * An attack that looks for the nearest point (l2) that is decided wrongly, wherever in the range of
 * the data it lies, not for the worst point of a set. In a certification what it finds counts where
 * it lies in the set; in a [CertificateValidation] its distance is compared with the proved radius.
 */
@Serializable
public sealed interface MinimumNormAttackSpec : AttackSpec {
  /** Whether it works only where data have a range. */
  public val needsRange: Boolean
    get() = false

  override fun check(set: PerturbationSet, faults: Faults) {
    if (set !is L2)
      faults.add(
        "is $this, which looks for the nearest point in l2, but the set is $set",
        "take pgd(..), or certify an l2 set",
      )
    else if (needsRange && set.range == null)
      faults.add(
        "is $this, which needs the range of the data, but the set is $set",
        "give the set a range, or take deepFool()",
      )
  }
}

/**
 * Carlini and Wagner 2017 (section VI.A), l2: `min ||x' - x||^2 + c * max(0, z_y - max_{j != y}
 * z_j + confidence)` over the logits `z` at `x'`, or with a [target] `t` the term `max(0, max_{j !=
 * t} z_j
 * - z_t + confidence)`. The points are `x' = middle + half * tanh(w)`, so that they stay in the
 *   range of the data; Adam moves `w` from the input. A binary search finds `c`: halfway down where
 *   a point was found, tenfold where none ever was, halfway up otherwise; with ten searches or more
 *   the last takes the least `c` that found one. The result is the nearest point of all that were
 *   seen.
 *
 * @property binarySearchSteps how many values of `c` are tried
 * @property steps of Adam for each
 * @property stepSize of Adam, in the space of `w`; by default 0.01 (Carlini and Wagner 2017) where
 *   there are 1,000 steps or more, so much more where there are fewer that they make the same way,
 *   10: a black pixel begins at `w = -7.25`
 * @property confidence by how much the wrong logit must be the largest
 * @property initialConstant the first `c`; by default 1e-3 (Carlini and Wagner 2017) for nine
 *   searches or more, 1 otherwise: a network that is 1-Lipschitz needs about twice the distance
 * @property abortEarly whether a search ends where a tenth of the steps did not lessen the
 *   objective by 0.01 %, sample by sample; by default where there are 1,000 steps or more
 * @property target the class to reach; null for any but the label. Samples of this class have no
 *   such point
 */
@Serializable
@SerialName("carliniWagner")
public data class CarliniWagner(
  val binarySearchSteps: Int = 4,
  val steps: Int = 100,
  val stepSize: Double = max(0.01, 10.0 / max(1, steps)),
  val confidence: Double = 0.0,
  val initialConstant: Double = if (binarySearchSteps >= 9) 1e-3 else 1.0,
  val abortEarly: Boolean = steps >= 1000,
  val target: Int? = null,
) : MinimumNormAttackSpec {
  override val needsRange: Boolean
    get() = true

  /** The same attack, to reach one class. */
  public fun withTarget(target: Int): CarliniWagner = copy(target = target)

  override fun check(faults: Faults) {
    faults.positive("binarySearchSteps", binarySearchSteps)
    faults.positive("steps", steps)
    faults.positive("stepSize", stepSize)
    faults.notNegative("confidence", confidence)
    faults.positive("initialConstant", initialConstant)
    target?.let { faults.notNegative("target", it) }
  }
}

/**
 * DeepFool for l2 (Moosavi-Dezfooli et al. 2016, algorithm 2): while the decision is right, the
 * smallest step to the boundary with one of the other classes `j` as it would be were the network
 * linear, `r += |f_j| / |w_j|^2 * w_j` with `f_j = z_j - z_y` and its gradient `w_j`. The points
 * are `x + (1 + overshoot) * r`, cut to the range of the data where there is one.
 *
 * @property steps at most so many
 * @property candidates the classes that are looked at, the label included: those of the largest
 *   logits at the input
 * @property overshoot how far beyond the boundary, as a share of the way
 */
@Serializable
@SerialName("deepFool")
public data class DeepFool(
  val steps: Int = 50,
  val candidates: Int = 10,
  val overshoot: Double = 0.02,
) : MinimumNormAttackSpec {
  override val needsOutput: Boolean
    get() = true

  override fun check(faults: Faults) {
    faults.positive("steps", steps)
    if (candidates < 2)
      faults.add("candidates", "is $candidates", "give 2 or more: the label is one of them")
    faults.notNegative("overshoot", overshoot)
  }
}
