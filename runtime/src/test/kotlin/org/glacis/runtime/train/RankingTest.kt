package org.glacis.runtime.train

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.dsl.diabetes
import org.glacis.dsl.experiment
import org.glacis.dsl.linf
import org.glacis.dsl.meanSquaredError
import org.glacis.spec.EarlyStopping
import org.glacis.spec.Experiment
import org.glacis.spec.Linear
import org.glacis.spec.Monitored
import org.glacis.spec.ValidationSpec

private fun experiment(
  monitor: Monitored = Monitored.CERTIFIED,
  fullFrom: Int = 1,
  stopping: EarlyStopping? = null,
): Experiment =
  toy(
    epochs = 20,
    validation = 0.2,
    watching = {
      copy(
        epsilon = Linear(start = fullFrom, length = 0),
        validation = ValidationSpec(monitor = monitor),
        earlyStopping = stopping,
      )
    },
  )

private fun epoch(number: Int, clean: Double, certified: Double, loss: Double = 1.0) =
  EpochRecord(
    number,
    mapOf("valLoss" to loss, "valAccuracy" to clean, "valCertifiedAccuracy" to certified),
  )

private fun Experiment.best(history: List<EpochRecord>) =
  Ranking(this).best(history).map { it.epoch() }

/** What early stopping says after each epoch, where the certified share is as given. */
private fun stops(stopping: EarlyStopping, vararg certified: Double, fullFrom: Int = 1) =
  Ranking(experiment(stopping = stopping, fullFrom = fullFrom)).let { ranking ->
    val history = certified.mapIndexed { i, share -> epoch(i + 1, 0.9, share) }
    history.indices.map { ranking.isStopped(history.take(it + 1)) }
  }

class RankingTest :
  FunSpec({
    val history = listOf(epoch(1, 0.9, 0.1, 0.3), epoch(2, 0.5, 0.5, 0.1), epoch(3, 0.3, 0.6, 0.2))

    test("epochs are ranked by the figure that is monitored") {
      experiment(Monitored.CLEAN).best(history) shouldBe listOf(1, 2, 3)
      experiment(Monitored.CERTIFIED).best(history) shouldBe listOf(3, 2, 1)
      experiment(Monitored.HARMONIC).best(history) shouldBe listOf(2, 3, 1)
      experiment(Monitored.LOSS).best(history) shouldBe listOf(2, 3, 1)
    }

    test("of epochs with one figure the better clean one is first, then the earlier") {
      experiment().best(listOf(epoch(1, 0.8, 0.5), epoch(2, 0.9, 0.5), epoch(3, 0.9, 0.5))) shouldBe
        listOf(2, 3, 1)
    }

    test("epochs before the radius is full, and those that were not measured, do not count") {
      experiment(Monitored.CLEAN, fullFrom = 2).best(history) shouldBe listOf(2, 3)
      experiment().best(history + EpochRecord(4, mapOf("loss" to 0.1))) shouldBe listOf(3, 2, 1)
      experiment().best(emptyList()) shouldBe emptyList()
    }

    test("a figure that is no number is the worst") {
      experiment(Monitored.LOSS).best(history + epoch(4, 1.0, 1.0, Double.NaN)) shouldBe
        listOf(2, 3, 1, 4)
    }

    test("in regression less is better") {
      val regression =
        experiment("regression") {
          data(diabetes) { validation = 0.1 }
          perturbation = linf(0.1, null)
          model {
            input(10)
            dense(1)
          }
          train(10) { loss = meanSquaredError() }
        }
      fun epoch(number: Int, clean: Double, certified: Double) =
        EpochRecord(
          number,
          mapOf(
            "valLoss" to 1.0,
            "valMeanAbsoluteError" to clean,
            "valCertifiedMeanAbsoluteError" to certified,
          ),
        )
      regression.best(listOf(epoch(1, 0.1, 0.9), epoch(2, 0.2, 0.8), epoch(3, 0.1, 0.8))) shouldBe
        listOf(3, 2, 1)
    }

    test("training stops after so many measurements without an improvement") {
      stops(EarlyStopping(2), 0.1, 0.2, 0.2, 0.1) shouldBe listOf(false, false, false, true)
      stops(EarlyStopping(2), 0.1, 0.1, 0.2, 0.1, 0.1) shouldBe
        listOf(false, false, false, false, true)
      stops(EarlyStopping(1, minDelta = 0.05), 0.1, 0.2, 0.24) shouldBe listOf(false, false, true)
    }

    test("it does not stop while the radius grows, nor where nothing is declared") {
      stops(EarlyStopping(1), 0.3, 0.2, 0.1, 0.2, 0.2, fullFrom = 3) shouldBe
        listOf(false, false, false, false, true)
      Ranking(experiment()).isStopped(List(9) { epoch(it + 1, 0.1, 0.1) }) shouldBe false
    }
  })
