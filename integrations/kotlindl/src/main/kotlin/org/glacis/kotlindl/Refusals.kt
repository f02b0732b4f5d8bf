package org.glacis.kotlindl

import org.glacis.spec.InputException
import org.jetbrains.kotlinx.dl.api.core.SavingFormat
import org.jetbrains.kotlinx.dl.api.core.callback.Callback
import org.jetbrains.kotlinx.dl.api.core.callback.EarlyStopping
import org.jetbrains.kotlinx.dl.api.core.callback.TimeStopping

/** Both stop a model through a class that a [GlacisSequential] is not. */
internal fun refuseStopping(callbacks: List<Callback>) {
  callbacks.forEach {
    if (it is EarlyStopping || it is TimeStopping)
      throw InputException(
        "fit: the callback ${it::class.simpleName} can only stop KotlinDL's own models; " +
          "write a Callback that sets stopTraining = true of this model"
      )
  }
}

internal fun refuseFormat(format: SavingFormat, optimizerState: Boolean) {
  if (format != SavingFormat.TF_GRAPH_CUSTOM_VARIABLES || optimizerState)
    throw InputException(
      "save: the format $format${if (optimizerState) " with optimizer state" else ""} is KotlinDL's own; " +
        "leave it out for experiment.json and weights.npz"
    )
}

internal fun noActivations(model: String?): InputException =
  InputException("$model: activations of inner layers are not kept; call predict or predictSoftly")

internal fun positive(option: String, value: Int) {
  if (value < 1) throw InputException("$option is $value; give a whole number above 0")
}
