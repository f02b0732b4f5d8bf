package org.glacis.spec

import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.Serializable

/**
 * A bound of the certified error on the law that the test samples come from: with a probability of
 * at least `1 - delta` over their draw, at most a share of it is not certified. It follows from the
 * number of samples that are not, by the inverse of the Bernoulli divergence (Chernoff); it takes
 * for granted that the samples are independent and served neither training nor any choice.
 *
 * @property delta the probability with which the bound may fail, above 0 and up to 1
 * @property alpha the share of corrupted test samples that is tolerated, 0 to 1
 * @property order whether test samples were corrupted after they were drawn, or the law before
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
public data class HeldOut
@JvmOverloads
constructor(
  val delta: Double = 0.01,
  val alpha: Double = 0.0,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val order: EventOrder = EventOrder.SAMPLE_THEN_CORRUPT,
) {
  /** Faults of the numbers, and where [steps] prove nothing that could be counted. */
  public fun check(task: Task, steps: List<CertificationStep>, faults: Faults) {
    if (!(delta > 0.0 && delta <= 1.0))
      faults.add("delta", "is $delta", "give a probability above 0, up to 1, such as 0.01")
    if (!(alpha in 0.0..1.0)) faults.add("alpha", "is $alpha", "give a share from 0 to 1")
    if (task != Task.CLASSIFICATION)
      faults.add("counts samples that are not certified, but the task is $task", "leave it out")
    else if (steps.isNotEmpty() && steps.all { it is Attack })
      faults.add("counts certified samples, but no step proves any", "add a step such as ibp()")
  }
}
