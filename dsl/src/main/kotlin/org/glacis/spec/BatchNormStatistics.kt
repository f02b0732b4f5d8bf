package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * Which mean and variance batch normalisation takes in a training step.
 *
 * @property of for the adversarial pass and the bounds
 * @property attack for the passes inside the attack: those of the clean batch, or the running ones
 * @property detached whether gradients stop at mean and variance in the bounds
 * @property reestimated whether each epoch ends with a pass over the training samples after which
 *   the running statistics are the plain means of those of its clean batches; where weights are
 *   averaged, those of the averaged network too
 */
@Serializable
public data class BatchNormStatistics
@JvmOverloads
constructor(
  val of: StatisticsOf = StatisticsOf.ADVERSARIAL,
  val attack: StatisticsOf = StatisticsOf.POPULATION,
  val detached: Boolean = false,
  val reestimated: Boolean = false,
) {
  internal fun check(faults: Faults) {
    if (attack == StatisticsOf.ADVERSARIAL)
      faults.add(
        "attack",
        "is adversarial, but there is no adversarial batch before the attack",
        "take clean or population",
      )
  }
}

/** Where mean and variance come from. */
@Serializable
public enum class StatisticsOf {
  /** The clean batch: running statistics move once a step (CTBench). */
  @SerialName("clean") CLEAN,

  /**
   * The adversarial batch, or the clean one where no attack is declared: running statistics move
   * with the clean and then with the adversarial batch (De Palma et al. 2024).
   */
  @SerialName("adversarial") ADVERSARIAL,

  /** The running statistics, after they have moved with the clean batch. */
  @SerialName("population") POPULATION,
}
