package org.glacis.spec

import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A loss for classification over a perturbation set. */
@Serializable
public sealed interface RobustLossSpec : LossSpec {
  override val task: Task
    get() = Task.CLASSIFICATION

  override val needsBounds: Boolean
    get() = true
}

/**
 * A loss at the points that the attack finds (Madry et al. 2018, eq. 2.1).
 *
 * @property loss a loss of single samples at their inputs. For another than cross-entropy the
 *   attack makes that one large: [AttackObjective.LOSS]
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
@SerialName("adversarial")
public data class Adversarial(
  @EncodeDefault(EncodeDefault.Mode.NEVER) val loss: LossSpec = CrossEntropy
) : LossSpec {
  override val task: Task?
    get() = loss.task

  override val inner: Map<String, LossSpec>
    get() = if (loss == CrossEntropy) emptyMap() else mapOf("loss" to loss)

  override val isPerSample: Boolean
    get() = true

  override val worst: Double?
    get() = loss.worst

  override fun toString(): String =
    if (loss == CrossEntropy) "Adversarial" else "Adversarial(loss=$loss)"

  override fun check(faults: Faults) {
    val inner = faults.at("loss")
    if (!loss.isPerSample || loss.needsBounds || loss.needsAttack)
      inner.add(
        "is $loss, which is no loss of single samples at their inputs",
        "take one that is, such as meanSquaredError()",
      )
    loss.check(inner)
  }

  override val needsBounds: Boolean
    get() = false

  override val needsAttack: Boolean
    get() = true
}

/**
 * `kappa` times the clean cross-entropy plus `1 - kappa` times that of the worst margins which
 * interval bounds allow, the last affine layer merged into the margins (Gowal et al. 2018, eq. 12).
 *
 * @property kappa share of the clean cross-entropy; 0 to 1
 */
@Serializable
@SerialName("ibp")
public data class IbpLoss(val kappa: ScheduleSpec = Constant(0.0)) : RobustLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val schedules: Map<String, ScheduleSpec>
    get() = mapOf("kappa" to kappa)

  override fun check(faults: Faults) {
    checkShare(kappa, faults.at("kappa"))
  }
}

/**
 * As [IbpLoss], with margins from one backward pass of linear bounds over interval bounds of the
 * hidden values (Zhang et al. 2020).
 *
 * @property mixing whether margins are `f * crown + (1 - f) * interval` with `f` falling from 1 to
 *   0 as the radius grows to its full size, as the authors train; otherwise those of the backward
 *   pass alone
 * @property fusion bounds the cross-entropy with one backward row instead of one a class (Xu et al.
 *   2020, section 3.3); cost does not depend on the number of classes
 */
@Serializable
@SerialName("crownIbp")
public data class CrownIbp(
  val kappa: ScheduleSpec = Constant(0.0),
  val mixing: Boolean = true,
  val fusion: Boolean = false,
) : RobustLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val needsLines: Boolean
    get() = true

  override val changesAtFullRadius: Boolean
    get() = mixing

  override val schedules: Map<String, ScheduleSpec>
    get() = mapOf("kappa" to kappa)

  override fun check(faults: Faults) {
    checkShare(kappa, faults.at("kappa"))
    if (fusion && mixing)
      faults.add(
        "fusion",
        "is true and so is mixing, but a fused bound has no margins to mix",
        "set one of them to false",
      )
  }
}

/**
 * Cross-entropy of `alpha * bounds + (1 - alpha) * adversarial margins` (De Palma et al. 2024,
 * CC-IBP).
 *
 * @property alpha 0 is adversarial training, 1 interval training
 */
@Serializable
@SerialName("ccIbp")
public data class CcIbp(val alpha: Double) : ExpressiveLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val coefficient: String
    get() = "alpha"

  override val share: Double
    get() = alpha

  override fun check(faults: Faults) {
    checkCoefficient(alpha, faults)
  }
}

/**
 * `alpha * interval loss + (1 - alpha) * adversarial loss` (De Palma et al. 2024, MTL-IBP).
 *
 * @property alpha 0 is adversarial training, 1 interval training
 */
@Serializable
@SerialName("mtlIbp")
public data class MtlIbp(val alpha: Double) : ExpressiveLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val coefficient: String
    get() = "alpha"

  override val share: Double
    get() = alpha

  override fun check(faults: Faults) {
    checkCoefficient(alpha, faults)
  }
}

/**
 * `interval loss ^ alpha * adversarial loss ^ (1 - alpha)`, of the means over the batch (De Palma
 * et al. 2024, Exp-IBP).
 *
 * @property alpha 0 is adversarial training, 1 interval training
 */
@Serializable
@SerialName("expIbp")
public data class ExpIbp(val alpha: Double) : ExpressiveLossSpec {
  override val coefficient: String
    get() = "alpha"

  override val share: Double
    get() = alpha

  override fun check(faults: Faults) {
    checkCoefficient(alpha, faults)
  }
}

/**
 * The interval loss of a small box around the adversarial point: its radius is [lambda] times that
 * of the attack, its centre the point, moved into the attack's box by as much (Mueller et al.
 * 2023). Where the range of the data cuts the attack's box, the small one may stick out of it, as
 * in the authors' code. For l-inf sets: in a ball there is no such box.
 *
 * @property lambda share of the radius; 0 is adversarial training, 1 interval training
 */
@Serializable
@SerialName("sabr")
public data class Sabr(val lambda: Double) : ExpressiveLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val coefficient: String
    get() = "lambda"

  override val share: Double
    get() = lambda

  override fun check(faults: Faults) {
    checkCoefficient(lambda, faults)
  }

  override fun check(set: PerturbationSet, faults: Faults) {
    if (set !is Linf)
      faults.add(
        "is $this, but a small box around a point of ${set.norm} need not lie in it",
        "take linf(..), or another loss",
      )
  }
}

/** A loss with one coefficient between adversarial (0) and interval training (1). */
@Serializable
public sealed interface ExpressiveLossSpec : RobustLossSpec {
  /** The name of the coefficient's property. */
  public val coefficient: String

  /** The coefficient. */
  public val share: Double

  override val needsAttack: Boolean
    get() = true
}

private fun ExpressiveLossSpec.checkCoefficient(value: Double, faults: Faults) {
  if (!(value in 0.0..1.0)) faults.add(coefficient, "is $value", "give a number from 0 to 1")
}

private fun checkShare(share: ScheduleSpec, faults: Faults) {
  share.check(faults)
  if (faults.clean() && (share.least < 0.0 || share.greatest > 1.0))
    faults.add("goes from ${share.least} to ${share.greatest}", "give values from 0 to 1")
}
