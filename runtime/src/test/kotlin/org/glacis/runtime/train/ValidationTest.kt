package org.glacis.runtime.train

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.floats.plusOrMinus
import io.kotest.matchers.maps.shouldNotContainKey
import io.kotest.matchers.ranges.shouldBeIn
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path
import org.glacis.runtime.Glacis
import org.glacis.runtime.Run
import org.glacis.runtime.RunDirectory
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.graph.WeightsFile
import org.glacis.spec.AveragingSpec
import org.glacis.spec.Constant
import org.glacis.spec.EarlyStopping
import org.glacis.spec.Experiment
import org.glacis.spec.InputException
import org.glacis.spec.Monitored
import org.glacis.spec.Selection
import org.glacis.spec.TrainingSpec
import org.glacis.spec.ValidationSpec
import org.tensorflow.proto.Event

private fun watched(
  validation: ValidationSpec = ValidationSpec(),
  epochs: Int = 6,
  share: Double = 0.2,
  change: TrainingSpec.() -> TrainingSpec = { this },
): Experiment =
  toy(
    epochs = epochs,
    validation = share,
    watching = { copy(epsilon = Constant(1.0), validation = validation).change() },
  )

private fun run(experiment: Experiment, out: Path): Run =
  Glacis.run(experiment, TOY_OPTIONS.withOut(out))

private fun selection(run: Run) = run.summary().getValue("selection") as Map<*, *>

private fun rows(out: Path): List<Map<String, String>> {
  val lines = Files.readAllLines(out.resolve("metrics.csv")).map { it.split(",") }
  return lines.drop(1).map { lines[0].zip(it).toMap() }
}

private fun bestFiles(out: Path): List<String> =
  Files.list(out.resolve("checkpoint")).use { all ->
    all.map { it.fileName.toString() }.filter { it.startsWith("best") }.sorted().toList()
  }

private fun weights(out: Path) = WeightsFile.read(out.resolve("weights.npz")).bits()

/** The weights as they stand after so many steps. */
private fun after(steps: Int, experiment: Experiment, folder: Path): Weights {
  val interruption = Interruption()
  Glacis.run(
    experiment,
    TOY_OPTIONS.withOut(folder)
      .withInterruption(interruption)
      .withListener(StopAfter(steps, interruption)),
  )
  val state = Checkpoint(folder.resolve("checkpoint")).read().variables()
  return Weights(state.entries().filterKeys { !it.startsWith("slots/") })
}

/** The tag of each histogram of an event file, and how many values it counts. */
private fun histograms(bytes: ByteArray): List<Pair<String, Double>> {
  val data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
  return buildList {
    while (data.hasRemaining()) {
      val event = ByteArray(data.getLong().toInt())
      data.getInt()
      data.get(event)
      data.getInt()
      Event.parseFrom(event)
        .summary
        .valueList
        .filter { it.hasHisto() }
        .forEach { add(it.tag to it.histo.num) }
    }
  }
}

class ValidationTest :
  FunSpec({
    fun folder() = tempdir().toPath().resolve("run")

    test("the selected network is the best on samples that training never saw") {
      val out = folder()
      val experiment = watched(ValidationSpec(keepBest = 2))
      val run = run(experiment, out)
      val scores = rows(out).map { it["valCertifiedAccuracy"] to it["valAccuracy"] }
      val ranked =
        scores.indices.sortedWith(
          compareByDescending<Int> { scores[it].first!!.toDouble() }
            .thenByDescending { scores[it].second!!.toDouble() }
        )
      val epoch = ranked[0] + 1
      bestFiles(out) shouldBe ranked.take(2).map { "best-epoch-${it + 1}.npz" }.sorted()
      weights(out) shouldBe WeightsFile.read(out.resolve("checkpoint/best-epoch-$epoch.npz")).bits()
      selection(run).filterKeys {
        it in setOf("epoch", "select", "monitor", "stoppedEarly", "why")
      } shouldBe
        mapOf(
          "epoch" to epoch,
          "select" to "best",
          "why" to
            "epoch $epoch has the best figure (certified) on 9 validation samples among the 6 measured at the full radius",
          "monitor" to "certified",
          "stoppedEarly" to false,
        )
      val held = TOY_DATA.split(0.2, experiment.seed).validation()
      Glacis.load(out).use { model ->
        val figures = model.evaluate(held, experiment.perturbation)
        figures.get("ibp") shouldBe scores[epoch - 1].first!!.toDouble()
        figures.get("cleanAccuracy") shouldBe scores[epoch - 1].second!!.toDouble()
        val loss = rows(out)[epoch - 1].getValue("valLoss").toDouble()
        figures.get("crossEntropy") shouldBe (loss plusOrMinus 1e-5)
      }
    }

    test("trained in memory, the same network is selected") {
      val out = folder()
      val experiment = watched(ValidationSpec(monitor = Monitored.LOSS))
      run(experiment, out)
      Glacis.train(experiment, TOY_OPTIONS).use { it.weights().bits() shouldBe weights(out) }
    }

    test("the last network is taken where the declaration says so, or nothing was kept back") {
      for (experiment in
        listOf(watched(ValidationSpec(select = Selection.LAST)), watched(share = 0.0))) {
        val out = folder()
        val run = run(experiment, out)
        val state = Checkpoint(out.resolve("checkpoint")).read().variables()
        weights(out) shouldBe state.bits().filterKeys { !it.startsWith("slots/") }
        selection(run)["epoch"] shouldBe 6
        selection(run)["select"] shouldBe "last"
      }
    }

    test("an epoch tells what bounds do in the network, for a reader and for TensorBoard") {
      val out = folder()
      val experiment = watched()
      val run = run(experiment, out)
      for (row in rows(out)) {
        fun figure(name: String) = row.getValue(name).toDouble()
        for (share in listOf("deadRelus", "unstableRelus", "activeRelus", "propagationTightness")) {
          figure(share) shouldBeIn 0.0..1.0
        }
        figure("valAttackAccuracy") shouldBeIn
          figure("valCertifiedAccuracy") - 1e-9..figure("valAccuracy") + 1e-9
        val quantiles = listOf(5, 25, 50, 75, 95).map { figure("marginP$it") }
        quantiles shouldBe quantiles.sorted()
      }
      val relus = (run.summary()["relus"] as List<*>).map { it as Map<*, *> }
      relus.map { it["layer"] to it["neurons"] } shouldBe
        listOf("model.layers[1]" to 12, "model.layers[4]" to 8)
      val epoch = selection(run)["epoch"] as Int
      relus.sumOf { it["unstable"] as Double * it["neurons"] as Int } / 20 shouldBe
        (rows(out)[epoch - 1].getValue("unstableRelus").toDouble() plusOrMinus 1e-9)
      val events =
        Files.list(out).use { all ->
          all.filter { it.fileName.toString().startsWith("events.out") }.findFirst().get()
        }
      histograms(Files.readAllBytes(events)) shouldBe List(6) { "margins" to 9.0 }
    }

    test("without validation samples the columns say that training samples were measured") {
      val out = folder()
      run(watched(share = 0.0), out)
      rows(out)[0] shouldNotContainKey "valAccuracy"
      rows(out)[0].keys.filter { it in setOf("cleanAccuracy", "certifiedAccuracy") } shouldBe
        listOf("cleanAccuracy", "certifiedAccuracy")
      bestFiles(out) shouldBe emptyList()
    }

    test("epochs between two measurements have no figures; the last is always measured") {
      val out = folder()
      run(watched(ValidationSpec(every = 4)), out)
      rows(out).filter { it.getValue("valAccuracy") != "" }.map { it["epoch"] } shouldContainExactly
        listOf("4", "6")
    }

    test("training ends early, is finished then, and says so") {
      val out = folder()
      val experiment =
        watched(epochs = 40) { copy(earlyStopping = EarlyStopping(2, minDelta = 1.0)) }
      val recorder = Recorder()
      val run = Glacis.run(experiment, TOY_OPTIONS.withOut(out).withListener(recorder))
      run.finished() shouldBe true
      recorder.interrupted shouldBe false
      recorder.epochs.size shouldBe 3
      run.summary()["epochs"] shouldBe 3
      selection(run)["stoppedEarly"] shouldBe true
    }

    test("a run that was killed after its early end is finished by resuming, without a step") {
      val out = folder()
      val experiment =
        watched(epochs = 40) { copy(earlyStopping = EarlyStopping(2, minDelta = 1.0)) }
      val whole = run(experiment, out)
      Files.delete(out.resolve("summary.json"))
      val recorder = Recorder()
      val again =
        Glacis.run(experiment, TOY_OPTIONS.withOut(out).withResume(true).withListener(recorder))
      recorder.losses.size shouldBe 0
      selection(again) shouldBe selection(whole)
    }

    test("averaged weights are the mean of those after each step that counts") {
      val plain = watched(share = 0.0, epochs = 4)
      val averaged = watched(share = 0.0, epochs = 4) { copy(averaging = AveragingSpec(3, 4)) }
      val out = folder()
      run(averaged, out)
      // 6 steps an epoch: steps 16, 20 and 24 count.
      val counted = listOf(16, 20, 24).map { after(it, plain, folder()) }
      WeightsFile.read(out.resolve("weights.npz")).entries().forEach { (path, entry) ->
        entry.values.forEachIndexed { i, value ->
          val mean = counted.sumOf { it.get(path).values[i].toDouble() } / 3
          value shouldBe (mean.toFloat() plusOrMinus 1e-6f)
        }
      }
    }

    test("the averaged network is the one that is measured and selected") {
      val out = folder()
      val experiment = watched { copy(averaging = AveragingSpec(2)) }
      val epoch = selection(run(experiment, out))["epoch"] as Int
      val kept = WeightsFile.read(out.resolve("checkpoint/best-epoch-$epoch.npz")).bits()
      weights(out) shouldBe kept
      val last = Checkpoint(out.resolve("checkpoint")).read().progress().average()
      if (epoch == 6) last.mean().bits() shouldBe kept
      last.count() shouldBe 25
    }

    test("an average of fewer steps than one is refused before training") {
      val out = folder()
      shouldThrow<InputException> {
          run(watched(share = 0.0) { copy(averaging = AveragingSpec(6, 7)) }, out)
        }
        .message shouldBe
        "train.averaging.every is 7 but from epoch 6 on there are only 6 steps; lower it, or begin earlier"
      RunDirectory.hasState(out) shouldBe false
    }
  })
