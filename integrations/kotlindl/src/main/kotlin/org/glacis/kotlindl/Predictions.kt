package org.glacis.kotlindl

import org.jetbrains.kotlinx.dl.api.core.callback.Callback
import org.jetbrains.kotlinx.dl.dataset.Dataset

/**
 * Hands the inputs of [dataset] to [use], [size] at a time, and tells [callbacks]. Inputs alone:
 * labels are not asked, they may be missing.
 */
internal fun inBatches(
  dataset: Dataset,
  size: Int,
  callbacks: List<Callback>,
  use: (Array<FloatArray>) -> Unit,
) {
  positive("batchSize", size)
  callbacks.forEach { it.onPredictBegin() }
  for ((index, from) in (0 until dataset.xSize()).step(size).withIndex()) {
    callbacks.forEach { it.onPredictBatchBegin(index, size) }
    use(Array(minOf(size, dataset.xSize() - from)) { dataset.getX(from + it) })
    callbacks.forEach { it.onPredictBatchEnd(index, size) }
  }
  callbacks.forEach { it.onPredictEnd() }
}
