package org.glacis.dsl

import org.glacis.spec.Attack
import org.glacis.spec.AttackSpec
import org.glacis.spec.CertificateValidation
import org.glacis.spec.CertificationSpec
import org.glacis.spec.CertificationStep
import org.glacis.spec.CrownIbpBound
import org.glacis.spec.EventOrder
import org.glacis.spec.HeldOut
import org.glacis.spec.Ibp
import org.glacis.spec.L2
import org.glacis.spec.L2Step
import org.glacis.spec.Linf
import org.glacis.spec.LinfStep
import org.glacis.spec.LipschitzMargin
import org.glacis.spec.MinimumNormAttackSpec
import org.glacis.spec.Pgd

/**
 * Receives the steps that prove robustness in an l-inf set, in order; only methods that exist for
 * l-inf are offered.
 */
@GlacisDsl
public class LinfCertification internal constructor(private val set: Linf) {
  private val steps = mutableListOf<CertificationStep>()
  private var heldOut: HeldOut? = null

  /** Use only so many test samples, from the first. */
  public var limit: Int? = null

  public fun limit(samples: Int): LinfCertification = apply { limit = samples }

  /** Looks for counterexamples first; what it finds needs no proof. */
  @JvmOverloads
  public fun attack(attack: AttackSpec = Pgd()): LinfCertification = add(Attack(attack))

  /** Keeps attacks that look for the nearest point in l2 from being taken for a step. */
  @Deprecated("it looks for the nearest point in l2", level = DeprecationLevel.ERROR)
  @JvmSynthetic
  public fun attack(attack: MinimumNormAttackSpec): Nothing =
    error("$attack looks for the nearest point in l2")

  /** Interval bounds of the margins. */
  public fun ibp(): LinfCertification = add(Ibp)

  /** Backward linear bounds of the margins over interval bounds of the hidden values. */
  public fun crownIbp(): LinfCertification = add(CrownIbpBound)

  /**
   * Bounds the certified error on the law that the test samples come from: it fails with
   * probability [delta] at most over their draw, if at most a share [alpha] of them is corrupted.
   * See [HeldOut].
   */
  @JvmOverloads
  public fun heldOut(
    delta: Double = 0.01,
    alpha: Double = 0.0,
    order: EventOrder = EventOrder.SAMPLE_THEN_CORRUPT,
  ): LinfCertification = apply { heldOut = HeldOut(delta, alpha, order) }

  /** The door for a step this builder has no verb for. */
  public fun add(step: LinfStep): LinfCertification = apply { steps += step }

  internal fun build() = CertificationSpec(set, steps.toList(), limit, heldOut = heldOut)
}

/**
 * Receives the steps that prove robustness in an l2 ball, in order; only methods that exist for l2
 * are offered.
 */
@GlacisDsl
public class L2Certification internal constructor(private val set: L2) {
  private val steps = mutableListOf<CertificationStep>()
  private var heldOut: HeldOut? = null
  private var validation: CertificateValidation? = null

  /** Use only so many test samples, from the first. */
  public var limit: Int? = null

  public fun limit(samples: Int): L2Certification = apply { limit = samples }

  /** Looks for counterexamples first; what it finds needs no proof. */
  @JvmOverloads public fun attack(attack: AttackSpec = Pgd()): L2Certification = add(Attack(attack))

  /** Margins of the outputs against proved Lipschitz constants. */
  public fun lipschitzMargin(): L2Certification = add(LipschitzMargin)

  /** Interval bounds over the box around the ball: sound and loose. */
  public fun ibp(): L2Certification = add(Ibp)

  /**
   * Tests the proved radii of the first [samples] rightly decided samples by [attacks]: one that
   * finds a wrongly decided point inside a radius fails the run.
   */
  @JvmSynthetic
  public fun validateCertificates(vararg attacks: AttackSpec, samples: Int = 500): L2Certification =
    validateCertificates(samples, *attacks)

  /** The same, for Java. */
  public fun validateCertificates(samples: Int, vararg attacks: AttackSpec): L2Certification =
    apply {
      validation = CertificateValidation(attacks.toList(), samples)
    }

  /** Keeps the loss of this name from being taken for a step. */
  @Deprecated("linear bounds exist for l-inf sets alone", level = DeprecationLevel.ERROR)
  @JvmSynthetic
  public fun crownIbp(): Nothing = error("linear bounds exist for l-inf sets alone")

  /**
   * Bounds the certified error on the law that the test samples come from: it fails with
   * probability [delta] at most over their draw, if at most a share [alpha] of them is corrupted.
   * See [HeldOut].
   */
  @JvmOverloads
  public fun heldOut(
    delta: Double = 0.01,
    alpha: Double = 0.0,
    order: EventOrder = EventOrder.SAMPLE_THEN_CORRUPT,
  ): L2Certification = apply { heldOut = HeldOut(delta, alpha, order) }

  /** The door for a step this builder has no verb for. */
  public fun add(step: L2Step): L2Certification = apply { steps += step }

  internal fun build() = CertificationSpec(set, steps.toList(), limit, validation, heldOut)
}
