package org.glacis.kotlindl

import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import org.glacis.runtime.TrainedModel
import org.glacis.runtime.data.Samples
import org.glacis.spec.Task
import org.jetbrains.kotlinx.dl.api.core.metric.Metrics

/** Means over some samples: the clean loss of the task, and the metrics asked for. */
internal class Measurement(val loss: Double, val metrics: Map<Metrics, Double>)

/** The samples as batches of at most [size]: the index of the first of each, and the inputs. */
internal fun batches(samples: Samples, size: Int): Sequence<Pair<Int, Array<FloatArray>>> =
  (0 until samples.size()).step(size).asSequence().map { from ->
    from to Array(minOf(size, samples.size() - from)) { samples.input(from + it) }
  }

/** Measures [model] at [samples], batch by batch; [around] is told of each before and after. */
internal fun measure(
  model: TrainedModel,
  samples: Samples,
  batch: Int,
  objective: Objective,
  around: BatchWitness = BatchWitness.NONE,
): Measurement {
  var loss = 0.0
  val sums = DoubleArray(objective.metrics.size)
  for ((index, part) in batches(samples, batch).withIndex()) {
    val (from, inputs) = part
    around.before(index)
    val rows = model.predict(inputs)
    val losses = rows.indices.map { lossAt(rows[it], samples, from + it) }
    val values =
      objective.metrics.map { metric ->
        rows.indices.sumOf { metricAt(metric, rows[it], samples, from + it) }
      }
    loss += losses.sum()
    values.forEachIndexed { k, value -> sums[k] += value }
    around.after(index, losses.average(), values.map { it / rows.size })
  }
  return Measurement(
    loss / samples.size(),
    objective.metrics.withIndex().associate { (k, metric) -> metric to sums[k] / samples.size() },
  )
}

/** Hears of each batch of a measurement, which count from 0. */
internal interface BatchWitness {
  fun before(batch: Int)

  fun after(batch: Int, loss: Double, metrics: List<Double>)

  companion object {
    val NONE =
      object : BatchWitness {
        override fun before(batch: Int) {}

        override fun after(batch: Int, loss: Double, metrics: List<Double>) {}
      }
  }
}

/** Cross-entropy in nats, or the squared error. */
private fun lossAt(outputs: DoubleArray, samples: Samples, i: Int): Double =
  if (samples.task() == Task.CLASSIFICATION) {
    val most = outputs.max()
    most + ln(outputs.sumOf { exp(it - most) }) - outputs[samples.labels()[i]]
  } else {
    metricAt(Metrics.MSE, outputs, samples, i)
  }

private fun metricAt(metric: Metrics, outputs: DoubleArray, samples: Samples, i: Int): Double {
  if (metric == Metrics.ACCURACY) {
    val best = outputs.indices.maxBy { outputs[it] }
    return if (best == samples.labels()[i]) 1.0 else 0.0
  }
  val error = outputs[0] - samples.targets()[i]
  return if (metric == Metrics.MSE) error * error else abs(error)
}
