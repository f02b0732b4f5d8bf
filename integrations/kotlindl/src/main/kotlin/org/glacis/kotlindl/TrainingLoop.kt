package org.glacis.kotlindl

import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Device
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.train.Interruption
import org.glacis.runtime.train.Monitor
import org.glacis.runtime.train.Progress
import org.glacis.runtime.train.Trainer
import org.glacis.runtime.train.TrainingProgram
import org.glacis.spec.Experiment

/**
 * One training in memory, which shows the weights after each epoch, so that KotlinDL's histories
 * get a validation loss.
 *
 * @param start weights to go on from; null for new ones
 */
internal class TrainingLoop(
  private val experiment: Experiment,
  private val samples: Samples,
  private val device: Device,
  private val start: Weights?,
) {
  /** The weights as they stand at the end, or when [interruption] was requested. */
  fun run(events: CallbackEvents, interruption: Interruption): Weights =
    TrainingProgram(experiment, samples, device.checked(), 0).use { program ->
      program.initialize()
      if (start != null) program.load(Weights(program.state().entries() + start.entries()))
      val monitor = Monitor { _, weights ->
        emptyMap<String, Double>().also { events.seen(weights) }
      }
      Trainer(experiment, samples, program, monitor, null, listOf(events), interruption)
        .run(Progress.atStartOf(1, emptyList()))
      program.weights()
    }
}
