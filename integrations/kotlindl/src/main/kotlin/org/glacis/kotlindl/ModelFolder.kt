package org.glacis.kotlindl

import java.nio.file.Files
import java.nio.file.Path
import org.glacis.runtime.Glacis
import org.glacis.runtime.TrainedModel
import org.glacis.spec.Experiment
import org.glacis.spec.InputException
import org.jetbrains.kotlinx.dl.api.core.WritingMode

/** A folder with a network: `experiment.json` and `weights.npz`. */
internal class ModelFolder(private val folder: Path) {
  private val experiment = folder.resolve("experiment.json")
  private val weights = folder.resolve("weights.npz")

  fun write(network: TrainedModel, mode: WritingMode) {
    if (mode == WritingMode.FAIL_IF_EXISTS)
      listOf(experiment, weights).find(Files::exists)?.let {
        throw InputException("save: $it exists; give another folder or WritingMode.OVERRIDE")
      }
    Files.createDirectories(folder)
    Files.writeString(experiment, network.experiment().toJson())
    network.save(weights)
  }

  /** The network of the declared layers with the weights that lie here. */
  fun read(declared: Experiment): TrainedModel {
    val loaded = Glacis.load(declared, weights)
    try {
      val inside = declared.perturbation.range?.run { (least + most) / 2 } ?: 0.0
      loaded.predict(arrayOf(FloatArray(declared.model.input.size) { inside.toFloat() }))
    } catch (e: RuntimeException) {
      loaded.close()
      throw InputException(
        "loadWeights: $folder does not hold the weights of these layers (${e.message}); " +
          "build the model from the layers that were saved",
        e,
      )
    }
    return loaded
  }
}
