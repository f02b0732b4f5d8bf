package org.glacis.spec

import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** Whether data were sampled and then corrupted, or the other way round. */
@Serializable
public enum class EventOrder {
  /** Samples are drawn, then a share of them is corrupted ("HD" in the source). */
  @SerialName("sampleThenCorrupt") SAMPLE_THEN_CORRUPT,

  /** The law is corrupted, then samples are drawn ("HR" in the source); a second run each step. */
  @SerialName("corruptThenSample") CORRUPT_THEN_SAMPLE,
}

/**
 * The largest expected [loss] over all laws that the samples of a batch leave possible, where up to
 * a share of them may be corrupted and the others are a sample (Bennouna, Lucas and Van Parys
 * 2023). It weighs samples, the more the larger their loss is; the weights are exact and count as
 * constants in the gradient (envelope theorem).
 *
 * The worst loss is the largest that [loss] can have, where it has one ([Clipped]), else the
 * largest of the batch.
 *
 * @property loss a mean over samples; over perturbed inputs it makes the risk robust to these too:
 *   at the points of an attack, or, as a theorem, a certified bound such as [IbpLoss]
 * @property alpha the share of samples that may be corrupted, 0 to 1. It is pessimism, not a search
 *   for outliers: samples with large losses count more, not less
 * @property r the radius, in nats, of the neighbourhood that stands for sampling; 0 or above
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
@SerialName("holisticRobust")
public data class HolisticRobust(
  val loss: LossSpec = CrossEntropy,
  val alpha: Double = 0.0,
  val r: Double = 0.0,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val order: EventOrder = EventOrder.SAMPLE_THEN_CORRUPT,
) : LossSpec {
  override val task: Task?
    get() = loss.task

  override val inner: Map<String, LossSpec>
    get() = mapOf("loss" to loss)

  override val needsBounds: Boolean
    get() = loss.needsBounds

  override val needsAttack: Boolean
    get() = loss.needsAttack

  override val needsLines: Boolean
    get() = loss.needsLines

  override val changesAtFullRadius: Boolean
    get() = loss.changesAtFullRadius

  /** The same risk of another loss. */
  public fun over(other: LossSpec): HolisticRobust = copy(loss = other)

  override fun check(set: PerturbationSet, faults: Faults) {
    loss.check(set, faults.at("loss"))
  }

  override fun check(faults: Faults) {
    if (!(alpha in 0.0..1.0)) faults.add("alpha", "is $alpha", "give a share from 0 to 1")
    faults.notNegative("r", r)
    val inner = faults.at("loss")
    if (!loss.isPerSample)
      inner.add(
        "is $loss, which is no mean of a loss of each sample",
        "take one that is, such as crossEntropy(), adversarial(), ibp() or meanSquaredError()",
      )
    loss.check(inner)
  }
}

/**
 * [loss] of each sample, but [limit] at most: a loss that is bounded, as risks and certificates
 * need it.
 *
 * @property loss a mean over samples
 * @property limit above 0
 */
@Serializable
@SerialName("clipped")
public data class Clipped(val limit: Double, val loss: LossSpec = CrossEntropy) : LossSpec {
  override val task: Task?
    get() = loss.task

  override val inner: Map<String, LossSpec>
    get() = mapOf("loss" to loss)

  override val needsBounds: Boolean
    get() = loss.needsBounds

  override val needsAttack: Boolean
    get() = loss.needsAttack

  override val needsLines: Boolean
    get() = loss.needsLines

  override val changesAtFullRadius: Boolean
    get() = loss.changesAtFullRadius

  override val isPerSample: Boolean
    get() = true

  override val worst: Double
    get() = limit

  override fun check(set: PerturbationSet, faults: Faults) {
    loss.check(set, faults.at("loss"))
  }

  override fun check(faults: Faults) {
    faults.positive("limit", limit)
    val inner = faults.at("loss")
    if (!loss.isPerSample)
      inner.add(
        "is $loss, which is no mean of a loss of each sample",
        "take one that is, such as crossEntropy() or meanSquaredError()",
      )
    loss.check(inner)
  }
}
