package org.glacis.spec

import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * What to prove of the trained network, and how: the steps run in order, each on the samples that
 * are still undecided.
 *
 * @property limit how many test samples, from the first; null for all
 * @property validateCertificates how the proved radii are tested by attacks; null for not at all
 * @property heldOut the bound that the certified error is to have beyond the test samples; null for
 *   none
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
public data class CertificationSpec
@JvmOverloads
constructor(
  val perturbation: PerturbationSet,
  val steps: List<CertificationStep>,
  val limit: Int? = null,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val validateCertificates: CertificateValidation? = null,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val heldOut: HeldOut? = null,
) {
  /** @param trained the set of the experiment; null where it is at fault itself */
  internal fun check(input: Shape?, trained: PerturbationSet?, task: Task, faults: Faults) {
    val here = faults.at("perturbation")
    perturbation.check(input, here)
    if (trained != null && perturbation.range != trained.range && here.at("range").clean())
      here.add(
        "range",
        "is ${perturbation.range} but perturbation.range is ${trained.range}",
        "give both the range that the data have",
      )
    limit?.let { faults.positive("limit", it) }
    if (steps.isEmpty()) faults.add("steps", "is empty", "add a step, such as ibp()")
    steps.forEachIndexed { i, step ->
      val here = faults.at("steps").at("[$i]")
      step.check(here)
      if (step is Attack) step.attack.check(perturbation, here.at("attack"))
      val fits = if (perturbation is Linf) step is LinfStep else step is L2Step
      if (!fits)
        here.add(
          "is $step, which does not exist for ${perturbation.norm}",
          "take a step that certify(${perturbation.norm}(..)) { } offers, such as ibp()",
        )
    }
    validateCertificates?.check(perturbation, steps, faults.at("validateCertificates"))
    heldOut?.check(task, steps, faults.at("heldOut"))
  }
}

/** One method of a certification. */
@Serializable
public sealed interface CertificationStep {
  public fun check(faults: Faults) {}
}

/** A step that exists for l-inf sets. */
@Serializable public sealed interface LinfStep : CertificationStep

/** A step that exists for l2 sets. */
@Serializable public sealed interface L2Step : CertificationStep

/** Looks for a counterexample with [attack]; samples where it finds one are decided: not robust. */
@Serializable
@SerialName("attack")
public data class Attack(val attack: AttackSpec = Pgd()) : LinfStep, L2Step {
  override fun check(faults: Faults) {
    attack.checkOwnSet(faults.at("attack"))
  }
}

/**
 * Interval bounds of the margins, from the box clipped to the data range with the last affine layer
 * merged into the differences of the logits. For an l2 set it bounds the box around the ball, which
 * is sound and loose.
 */
@Serializable @SerialName("ibp") public data object Ibp : LinfStep, L2Step

/**
 * For l2 sets: from the outputs at the input itself and a proved Lipschitz constant of each
 * difference of two outputs, the radius of a ball in which the decision cannot change (Tsuzuku et
 * al. 2018, with the last layer's rows as in Leino et al. 2021). Proved from the final weights.
 */
@Serializable @SerialName("lipschitzMargin") public data object LipschitzMargin : L2Step

/**
 * Bounds of the margins by one backward pass of linear bounds over interval bounds of the hidden
 * values, from the box clipped to the data range (Zhang et al. 2020). Neither tighter nor looser
 * than [Ibp] in general, so take both; every layer needs linear bounds.
 */
@Serializable @SerialName("crownIbp") public data object CrownIbpBound : LinfStep
