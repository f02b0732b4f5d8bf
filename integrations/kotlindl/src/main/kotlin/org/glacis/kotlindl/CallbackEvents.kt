package org.glacis.kotlindl

import org.glacis.runtime.graph.Weights
import org.glacis.runtime.train.EpochRecord
import org.glacis.runtime.train.StepMetrics
import org.glacis.runtime.train.TrainingListener
import org.jetbrains.kotlinx.dl.api.core.callback.Callback
import org.jetbrains.kotlinx.dl.api.core.history.BatchTrainingEvent
import org.jetbrains.kotlinx.dl.api.core.history.EpochTrainingEvent
import org.jetbrains.kotlinx.dl.api.core.history.TrainingHistory
import org.jetbrains.kotlinx.dl.api.core.metric.Metrics

/**
 * Tells KotlinDL callbacks what a Glacis training does, in KotlinDL's order and with its counting:
 * epochs from 1, batches from 0.
 *
 * @param batch samples of a full batch
 * @param stops true when a callback wants training to end; looked at after each call
 * @param stop ends training before the next step
 * @param onTraining measures the network on training samples: for metrics that steps do not measure
 * @param onValidation the same on validation samples; null when there are none
 */
internal class CallbackEvents(
  private val callbacks: List<Callback>,
  private val metrics: List<Metrics>,
  private val batch: Int,
  private val stops: () -> Boolean,
  private val stop: () -> Unit,
  private val onTraining: (Weights) -> Measurement,
  private val onValidation: ((Weights) -> Measurement)?,
) : TrainingListener {
  val history = TrainingHistory()
  private var epochs = 0
  private var steps = 0
  private var epoch = 0
  private var weights: Weights? = null
  private val losses = mutableListOf<Double>()
  private val values = mutableListOf<List<Double>>()
  private val counts = mutableListOf<Int>()

  /** The weights at the end of an epoch. */
  fun seen(weights: Weights) {
    this.weights = weights
  }

  override fun started(firstEpoch: Int, epochs: Int, stepsPerEpoch: Int) {
    this.epochs = epochs
    steps = stepsPerEpoch
    tell { onTrainBegin() }
    begin(firstEpoch)
  }

  override fun stepDone(epoch: Int, step: Int, metrics: StepMetrics) {
    val event =
      BatchTrainingEvent(epoch, step - 1, metrics.loss().toDouble(), this.metrics.map(metrics::of))
    losses += event.lossValue
    values += event.metricValues
    counts += metrics.samples()
    history.appendBatch(event)
    tell { onTrainBatchEnd(step - 1, batch, event, history) }
    if (step < steps) beginBatch(step)
  }

  override fun epochDone(record: EpochRecord) {
    end(record.epoch)
    if (record.epoch < epochs) begin(record.epoch + 1)
  }

  /** Training is over and left [weights]; an epoch that was cut short is told of. */
  fun ended(weights: Weights) {
    if (losses.isNotEmpty()) {
      seen(weights)
      end(epoch)
    }
    tell { onTrainEnd(history) }
  }

  private fun begin(next: Int) {
    if (stops()) return
    epoch = next
    tell { onEpochBegin(next, history) }
    beginBatch(0)
  }

  private fun beginBatch(index: Int) {
    if (!stops()) tell { onTrainBatchBegin(index, batch, history) }
  }

  private fun end(done: Int) {
    val at = checkNotNull(weights) { "an epoch ended before its weights were seen" }
    val means = metrics.indices.map { k -> mean(values.map { it[k] }) }
    val measured = if (means.any { it.isNaN() }) onTraining(at).metrics else emptyMap()
    val validation = onValidation?.invoke(at)
    val event =
      EpochTrainingEvent(
        done,
        mean(losses),
        metrics.mapIndexed { k, metric ->
          means[k].takeUnless { it.isNaN() } ?: measured.of(metric)
        },
        validation?.loss ?: Double.NaN,
        metrics.map { validation?.metrics.of(it) },
      )
    losses.clear()
    values.clear()
    counts.clear()
    history.appendEpoch(event)
    tell { onEpochEnd(done, event, history) }
  }

  /** The mean over the samples of the epoch. */
  private fun mean(ofBatches: List<Double>): Double =
    ofBatches.indices.sumOf { ofBatches[it] * counts[it] } / counts.sum()

  private fun tell(event: Callback.() -> Unit) {
    callbacks.forEach { it.event() }
    if (stops()) stop()
  }
}

/** NaN for what was not measured, as KotlinDL's histories have it. */
private fun Map<Metrics, Double>?.of(metric: Metrics): Double = this?.get(metric) ?: Double.NaN

private fun StepMetrics.of(metric: Metrics): Double {
  val name =
    when (metric) {
      Metrics.ACCURACY -> "accuracy"
      Metrics.MSE -> "meanSquaredError"
      else -> return Double.NaN
    }
  val at = names().indexOf(name)
  return if (at < 0) Double.NaN else values()[at].toDouble()
}
