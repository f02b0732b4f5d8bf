@file:JvmName("LossSpecs")

package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** What training makes small. Losses add up by [plus] and [times]; weights may be schedules. */
@Serializable
public sealed interface LossSpec {
  /** What the loss is for; null when it serves both tasks. */
  public val task: Task?

  /** True when it needs the bounds of the output, not only the output. */
  public val needsBounds: Boolean

  /** True when it needs the points that [TrainingSpec.attack] finds. */
  public val needsAttack: Boolean
    get() = false

  /** True when it needs linear bounds of the margins, which not every layer has. */
  public val needsLines: Boolean
    get() = false

  /**
   * True when its last steps, at the full radius, need less than those before: they get a graph of
   * their own.
   */
  public val changesAtFullRadius: Boolean
    get() = false

  /** True when it is the mean of one number a sample, so that samples can be weighed. */
  public val isPerSample: Boolean
    get() = false

  /** What no sample's loss can exceed; null where it has no such limit. */
  public val worst: Double?
    get() = null

  /** The losses that it is made of, by their paths from here. */
  public val inner: Map<String, LossSpec>
    get() = emptyMap()

  /** The schedules that it has, by the names of their properties. */
  public val schedules: Map<String, ScheduleSpec>
    get() = emptyMap()

  public fun check(faults: Faults) {}

  /** Reports why this loss cannot be taken over [set]. */
  public fun check(set: PerturbationSet, faults: Faults) {}

  public operator fun plus(other: LossSpec): WeightedSum = WeightedSum(terms(this) + terms(other))

  private companion object {
    fun terms(loss: LossSpec) = (loss as? WeightedSum)?.terms ?: listOf(Term(loss))
  }
}

/** The different losses that are taken at the points of the attack. */
public fun LossSpec.attacked(): Set<LossSpec> =
  (this as? Adversarial)?.let { setOf(it.loss) }
    ?: inner.values.flatMapTo(linkedSetOf()) { it.attacked() }

/** A loss of the user's own; see [CustomLayerSpec]. */
@Serializable public abstract class CustomLossSpec : LossSpec

/** Cross-entropy of the logits at the clean inputs. */
@Serializable
@SerialName("crossEntropy")
public data object CrossEntropy : LossSpec {
  override val isPerSample: Boolean
    get() = true

  override val task: Task
    get() = Task.CLASSIFICATION

  override val needsBounds: Boolean
    get() = false
}

/**
 * Cross-entropy of the worst logits in the box: the lower bound for the label, the upper bounds for
 * the others (Gowal et al. 2018, eq. 11).
 *
 * @property elision bounds the differences of logits instead, with the last affine layer merged
 *   into them; tighter, a little dearer
 */
@Serializable
@SerialName("robustCrossEntropy")
public data class RobustCrossEntropy(val elision: Boolean = false) : LossSpec {
  override val isPerSample: Boolean
    get() = true

  override val task: Task
    get() = Task.CLASSIFICATION

  override val needsBounds: Boolean
    get() = true
}

/**
 * The mean over samples and outputs of `(upper - lower)^2`: trains narrow outputs, for either task.
 */
@Serializable
@SerialName("intervalWidth")
public data object IntervalWidth : LossSpec {
  override val task: Task?
    get() = null

  override val needsBounds: Boolean
    get() = true
}

/** The mean over samples and outputs of `(prediction - target)^2`. */
@Serializable
@SerialName("meanSquaredError")
public data object MeanSquaredError : LossSpec {
  override val isPerSample: Boolean
    get() = true

  override val task: Task
    get() = Task.REGRESSION

  override val needsBounds: Boolean
    get() = false
}

/**
 * The mean over samples and outputs of the largest `(prediction - target)^2` that the output
 * interval allows.
 */
@Serializable
@SerialName("robustMeanSquaredError")
public data object RobustMeanSquaredError : LossSpec {
  override val isPerSample: Boolean
    get() = true

  override val task: Task
    get() = Task.REGRESSION

  override val needsBounds: Boolean
    get() = true
}

/** `sum_i weight_i(step) * loss_i`. */
@Serializable
@SerialName("sum")
public data class WeightedSum(val terms: List<Term>) : LossSpec {
  override val isPerSample: Boolean
    get() = terms.all { it.loss.isPerSample }

  override val inner: Map<String, LossSpec>
    get() = terms.indices.associate { "terms[$it].loss" to terms[it].loss }

  override val task: Task?
    get() = terms.firstNotNullOfOrNull { it.loss.task }

  override val needsBounds: Boolean
    get() = terms.any { it.loss.needsBounds }

  override val needsAttack: Boolean
    get() = terms.any { it.loss.needsAttack }

  override val needsLines: Boolean
    get() = terms.any { it.loss.needsLines }

  override val changesAtFullRadius: Boolean
    get() = terms.any { it.loss.changesAtFullRadius }

  override fun check(set: PerturbationSet, faults: Faults) {
    terms.forEachIndexed { i, term ->
      term.loss.check(set, faults.at("terms").at("[$i]").at("loss"))
    }
  }

  override fun check(faults: Faults) {
    if (terms.isEmpty()) faults.add("terms", "is empty", "add at least one loss")
    val tasks = terms.mapNotNull { it.loss.task }.distinct()
    if (tasks.size > 1)
      faults.add(
        "terms",
        "mixes losses for ${tasks.joinToString(" and ")}",
        "take losses for one task",
      )
    terms.forEachIndexed { i, term ->
      term.weight.check(faults.at("terms").at("[$i]").at("weight"))
      term.loss.check(faults.at("terms").at("[$i]").at("loss"))
    }
  }
}

/** One loss of a sum and its weight. */
@Serializable public data class Term(val loss: LossSpec, val weight: ScheduleSpec = Constant(1.0))

/** The loss with a fixed weight. */
public operator fun Double.times(loss: LossSpec): WeightedSum =
  WeightedSum(listOf(Term(loss, Constant(this))))

/** The loss with a weight that changes in training. */
public operator fun ScheduleSpec.times(loss: LossSpec): WeightedSum =
  WeightedSum(listOf(Term(loss, this)))
