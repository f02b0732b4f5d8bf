package org.glacis.kotlindl

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import org.jetbrains.kotlinx.dl.api.core.callback.Callback
import org.jetbrains.kotlinx.dl.api.core.callback.EarlyStopping
import org.jetbrains.kotlinx.dl.api.core.callback.TerminateOnNaN
import org.jetbrains.kotlinx.dl.api.core.callback.TimeStopping
import org.jetbrains.kotlinx.dl.api.core.history.BatchEvent
import org.jetbrains.kotlinx.dl.api.core.history.BatchTrainingEvent
import org.jetbrains.kotlinx.dl.api.core.history.EpochTrainingEvent
import org.jetbrains.kotlinx.dl.api.core.history.History
import org.jetbrains.kotlinx.dl.api.core.history.TrainingHistory
import org.jetbrains.kotlinx.dl.api.core.loss.Losses
import org.jetbrains.kotlinx.dl.api.core.metric.Metrics
import org.jetbrains.kotlinx.dl.api.core.optimizer.Adam

/** Writes down all that it hears. */
private class Log(private val after: (String) -> Unit = {}) : Callback() {
  val lines = mutableListOf<String>()

  private fun log(line: String) {
    lines += line
    after(line)
  }

  override fun onTrainBegin() = log("train begins")

  override fun onTrainEnd(logs: TrainingHistory) =
    log("train ends after ${logs.epochHistory.size} epochs, ${logs.batchHistory.size} batches")

  override fun onEpochBegin(epoch: Int, logs: TrainingHistory) = log("epoch $epoch begins")

  override fun onEpochEnd(epoch: Int, event: EpochTrainingEvent, logs: TrainingHistory) =
    log("epoch $epoch ends as ${event.epochIndex}")

  override fun onTrainBatchBegin(batch: Int, batchSize: Int, logs: TrainingHistory) =
    log("batch $batch of $batchSize begins")

  override fun onTrainBatchEnd(
    batch: Int,
    batchSize: Int,
    event: BatchTrainingEvent,
    logs: TrainingHistory,
  ) = log("batch $batch of $batchSize ends as ${event.epochIndex}/${event.batchIndex}")

  override fun onTestBegin() = log("test begins")

  override fun onTestEnd(logs: History) = log("test ends at ${logs.lastBatchEvent().batchIndex}")

  override fun onTestBatchBegin(batch: Int, batchSize: Int, logs: History) =
    log("test batch $batch of $batchSize begins")

  override fun onTestBatchEnd(batch: Int, batchSize: Int, event: BatchEvent?, logs: History) =
    log("test batch $batch of $batchSize ends as ${event?.batchIndex}")

  override fun onPredictBegin() = log("predict begins")

  override fun onPredictEnd() = log("predict ends")

  override fun onPredictBatchBegin(batch: Int, batchSize: Int) = log("predict batch $batch begins")

  override fun onPredictBatchEnd(batch: Int, batchSize: Int) = log("predict batch $batch ends")
}

class CallbacksTest :
  FunSpec({
    fun compiled() =
      smallModel().apply {
        compile(Adam(), Losses.SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS, Metrics.ACCURACY)
      }

    test("callbacks hear of training in KotlinDL's order") {
      val log = Log()
      compiled().use { model -> model.fit(points(10), epochs = 2, batchSize = 6, callback = log) }
      log.lines shouldContainExactly
        listOf(
          "train begins",
          "epoch 1 begins",
          "batch 0 of 6 begins",
          "batch 0 of 6 ends as 1/0",
          "batch 1 of 6 begins",
          "batch 1 of 6 ends as 1/1",
          "epoch 1 ends as 1",
          "epoch 2 begins",
          "batch 0 of 6 begins",
          "batch 0 of 6 ends as 2/0",
          "batch 1 of 6 begins",
          "batch 1 of 6 ends as 2/1",
          "epoch 2 ends as 2",
          "train ends after 2 epochs, 4 batches",
        )
    }

    test("callbacks hear of tests and predictions") {
      val log = Log()
      compiled().use { model ->
        model.fit(points(10), epochs = 1, batchSize = 10)
        model.evaluate(points(5), batchSize = 4, callback = log)
        model.predict(points(5), batchSize = 5, callback = log)
        model.predictSoftly(points(5), batchSize = 5, callback = log)
      }
      val prediction =
        listOf("predict begins", "predict batch 0 begins", "predict batch 0 ends", "predict ends")
      log.lines shouldContainExactly
        listOf(
          "test begins",
          "test batch 0 of 4 begins",
          "test batch 0 of 4 ends as 0",
          "test batch 1 of 4 begins",
          "test batch 1 of 4 ends as 1",
          "test ends at 1",
        ) + prediction + prediction
    }

    test("a callback ends training after a batch; the epoch that was cut short is told of") {
      compiled().use { model ->
        val log = Log { if (it == "batch 1 of 4 ends as 2/1") model.stopTraining = true }
        val history = model.fit(points(12), epochs = 5, batchSize = 4, callback = log)
        log.lines.takeLast(3) shouldContainExactly
          listOf(
            "batch 1 of 4 ends as 2/1",
            "epoch 2 ends as 2",
            "train ends after 2 epochs, 5 batches",
          )
        history.epochHistory[1].lossValue shouldBe
          (history.batchHistory
            .filter { event -> event.epochIndex == 2 }
            .map { event -> event.lossValue }
            .average() plusOrMinus 1e-9)
        model.trained.classify(arrayOf(floatArrayOf(0f, 1f))).size shouldBe 1
      }
    }

    test("a callback ends training after an epoch, and the next fit begins anew") {
      compiled().use { model ->
        val log = Log { if (it.startsWith("epoch 1 ends")) model.stopTraining = true }
        model.fit(points(12), epochs = 5, batchSize = 12, callback = log).epochHistory.size shouldBe
          1
        log.lines.last() shouldBe "train ends after 1 epochs, 1 batches"
        model.fit(points(12), epochs = 3, batchSize = 12).epochHistory.size shouldBe 3
      }
    }

    test("callbacks that can only stop KotlinDL's own models are refused by name") {
      compiled().use { model ->
        refused("the callback EarlyStopping can only stop KotlinDL's own models", "stopTraining") {
          model.fit(points(4), 1, 4, EarlyStopping())
        }
        refused("the callback TimeStopping") { model.fit(points(4), 1, 4, TimeStopping(1)) }
        model.fit(points(4), 1, 4, TerminateOnNaN())
      }
    }
  })
