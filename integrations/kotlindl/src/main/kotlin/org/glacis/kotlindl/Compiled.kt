package org.glacis.kotlindl

import org.glacis.spec.DataSpec
import org.glacis.spec.Experiment
import org.glacis.spec.InMemory
import org.glacis.spec.InitializationSpec
import org.glacis.spec.ModelSpec
import org.glacis.spec.OptimizerSpec
import org.glacis.spec.Task
import org.glacis.spec.TrainingSpec

/** What `compile` was given, in our words. */
internal data class Compiled(val optimizer: OptimizerSpec, val objective: Objective) {

  /** All parts of a training as one declaration. */
  fun experiment(
    title: String,
    model: ModelSpec,
    initialization: InitializationSpec,
    robust: RobustTraining,
    epochs: Int,
    batch: Int,
  ): Experiment {
    val outputs = if (objective.task == Task.CLASSIFICATION) model.output.size else 1
    return Experiment(
      title,
      DataSpec(InMemory(title, model.input, outputs, objective.task), batch, validation = 0.0),
      robust.perturbation,
      model,
      TrainingSpec(
        epochs,
        robust.loss ?: objective.loss(robust.perturbs),
        robust.epsilon,
        optimizer,
        robust.learningRate,
        robust.gradientClip,
        initialization,
        robust.clipBox,
        robust.shuffle,
        robust.dropLast,
      ),
      seed = robust.seed,
    )
  }
}
