package org.glacis.spec

import kotlinx.serialization.Serializable

/**
 * Another loss that a run is compared with: the same data, network, training and seed, in a run of
 * its own below the run's directory.
 *
 * @property name of its folder and in tables: letters, digits, dots and dashes
 * @property attack of losses that need one; null for that of the training
 */
@Serializable
public data class Baseline(val name: String, val loss: LossSpec, val attack: AttackSpec? = null) {
  internal fun check(experiment: Experiment, faults: Faults) {
    if (!NAME.matches(name))
      faults.add("name", "is \"$name\"", "give letters, digits, dots and dashes, such as ERM")
    val train = experiment.train.over(this)
    loss.check(faults.at("loss"))
    loss.check(experiment.perturbation, faults.at("loss"))
    attack?.check(faults.at("attack"))
    if (loss.needsAttack && train.attack == null)
      faults.add(
        "attack",
        "is missing but $loss needs one",
        "give it an attack such as pgd(), or declare one in train",
      )
    loss.task?.let {
      if (it != experiment.task)
        faults.add(
          "loss",
          "is a loss for $it but the task is ${experiment.task}",
          "take a loss for ${experiment.task}",
        )
    }
  }

  private companion object {
    val NAME = Regex("[A-Za-z0-9][A-Za-z0-9.-]*")
  }
}

/** The same training with the loss of [baseline]. */
internal fun TrainingSpec.over(baseline: Baseline): TrainingSpec =
  copy(
    loss = baseline.loss,
    attack = if (baseline.loss.needsAttack) baseline.attack ?: attack else null,
  )
