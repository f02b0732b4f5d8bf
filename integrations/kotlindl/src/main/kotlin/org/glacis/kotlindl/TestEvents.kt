package org.glacis.kotlindl

import org.jetbrains.kotlinx.dl.api.core.callback.Callback
import org.jetbrains.kotlinx.dl.api.core.history.BatchEvent
import org.jetbrains.kotlinx.dl.api.core.history.History

/** Tells KotlinDL callbacks of the batches of an evaluation. */
internal class TestEvents(
  private val callbacks: List<Callback>,
  private val size: Int,
  private val history: History,
) : BatchWitness {
  override fun before(batch: Int) {
    callbacks.forEach { it.onTestBatchBegin(batch, size, history) }
  }

  override fun after(batch: Int, loss: Double, metrics: List<Double>) {
    val event = BatchEvent(batch, loss, metrics)
    history.appendBatch(event)
    callbacks.forEach { it.onTestBatchEnd(batch, size, event, history) }
  }
}
