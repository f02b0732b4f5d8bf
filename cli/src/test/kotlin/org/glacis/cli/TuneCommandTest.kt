package org.glacis.cli

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Files
import java.nio.file.Path
import org.glacis.dsl.digits
import org.glacis.dsl.experiment
import org.glacis.dsl.linf
import org.glacis.dsl.mtlIbp
import org.glacis.dsl.pgd
import org.glacis.dsl.sabr
import org.glacis.evidence.Json
import org.glacis.runtime.RunDirectory
import org.glacis.spec.Experiment
import org.glacis.spec.LossSpec
import org.glacis.spec.Selection

/** Two epochs, so that a sweep takes a second or two. */
private fun quick(coefficient: LossSpec, share: Double = 0.0): Experiment =
  experiment("quick") {
    data(digits) {
      batch = 128
      validation = share
    }
    perturbation = linf(0.02)
    model { input(8, 8, 1).flatten().dense(20).relu().dense(10) }
    train(epochs = 2) {
      loss = coefficient
      attack = pgd(1, 1.0)
    }
    certify(linf(0.02)) { attack(pgd(40)).ibp() }
  }

private fun tuned(directory: Path): Map<*, *> {
  val file = directory.resolve("tune.json")
  return Json.parse(Files.readString(file), file.toString()) as Map<*, *>
}

private fun points(directory: Path) =
  (tuned(directory)["points"] as List<*>).map { it as Map<*, *> }

class TuneCommandTest :
  FunSpec({
    fun folder(loss: LossSpec = mtlIbp(0.1), share: Double = 0.0): Path {
      val directory = tempdir().toPath()
      Files.writeString(directory.resolve("quick.json"), quick(loss, share).toJson())
      return directory
    }

    val three = arrayOf("tune", "quick.json", "--alpha", "0.01..1", "--points", "3", "--out", "t")

    test("a sweep trains each value, measures it on validation samples and draws the front") {
      val directory = folder()
      val outcome = glacis(directory, *three)
      outcome.err shouldBe ""
      outcome.code shouldBe 0
      outcome.out shouldContain "keeps no validation samples back: 0.1 of the training samples are"
      outcome.out shouldContain "point 2 of 3: train.loss.alpha = 0.1\n"
      outcome.out shouldContain
        Regex("\n +0\\.1 +\\d+\\.\\d\\d % +\\d+\\.\\d\\d % +\\*? +point-2\n")
      val tune = directory.resolve("t")
      val all = tuned(tune)
      all["formatVersion"] shouldBe 1L
      all["recipe"] shouldBe "quick"
      all["path"] shouldBe "train.loss.alpha"
      all["scale"] shouldBe "logarithmic"
      all["validation"] shouldBe 0.1
      all["finished"] shouldBe true
      points(tune).map { it["value"] } shouldContainExactly listOf(0.01, 0.1, 1.0)
      points(tune).map { it["front"] } shouldContain true
      for (point in points(tune)) {
        val run = RunDirectory.open(tune.resolve(point["run"] as String))
        run.experiment().train.loss shouldBe mtlIbp(point["value"] as Double)
        run.experiment().train.validation.select shouldBe Selection.LAST
        val last = metrics(run.path()).map { it.split(",") }.let { it[0].zip(it.last()).toMap() }
        last["valAccuracy"] shouldBe point["clean"].toString()
        last["valCertifiedAccuracy"] shouldBe point["certified"].toString()
      }
      val page = Files.readString(tune.resolve("tune.html"))
      page shouldContain "<figure id=\"fig-front\">"
      page shouldContain "<figure id=\"fig-against\">"
      page shouldContain "<td>point-3</td>"
    }

    test("test samples are not looked at: no point has certificates or a figure of them") {
      val directory = folder(share = 0.2)
      val outcome = glacis(directory, *three)
      outcome.code shouldBe 0
      outcome.out shouldNotContain "keeps no validation samples back"
      val run = RunDirectory.open(directory.resolve("t/point-1"))
      run.experiment().certify shouldBe emptyList()
      run.experiment().data.validation shouldBe 0.2
      Files.exists(run.path().resolve("certificates.csv")) shouldBe false
      run.summary().keys.filter { "Accuracy" in it } shouldBe emptyList()
      (run.summary()["selection"] as Map<*, *>)["select"] shouldBe "best"
    }

    test("an interrupted sweep exits with 3, says how to go on, and makes only what is missing") {
      val directory = folder()
      val whole = directory.resolve("whole")
      val stop = arrayOf(*three, "--threads", "1")
      glacis(directory, *three.dropLast(1).toTypedArray(), "whole", "--threads", "1").code shouldBe
        0
      val stopped = interrupted(directory, "point 2 of 3", *stop)
      stopped.code shouldBe 3
      stopped.err shouldBe
        "interrupted; the state is saved. Go on with\n" +
          "  glacis tune quick.json --alpha 0.01..1 --points 3 --out ${directory.resolve("t")} --resume\n"
      tuned(directory.resolve("t"))["finished"] shouldBe false
      val first = files(directory.resolve("t/point-1"))
      val resumed = glacis(directory, *stop, "--resume")
      resumed.err shouldBe ""
      resumed.code shouldBe 0
      files(directory.resolve("t/point-1")) shouldBe first
      points(directory.resolve("t")) shouldBe points(whole)
    }

    test("a resumed sweep must be the one that was begun") {
      val directory = folder()
      interrupted(directory, "point 2 of 3", *three).code shouldBe 3
      val other = three.map { if (it == "0.01..1") "0.02..1" else it }.toTypedArray()
      val outcome = glacis(directory, *other, "--resume")
      outcome.code shouldBe 2
      outcome.err shouldBe
        "${directory.resolve("t/point-1")}: was made with another range or other settings; give those that it was begun with, or another --out\n"
      glacis(directory, *three).err shouldContain "is not empty, and nothing is overwritten"
    }

    test("several seeds a point give means and spreads") {
      val directory = folder()
      val outcome = glacis(directory, *three, "--points", "2", "--seeds", "0,1")
      outcome.err shouldContain "should be specified only once"
      val two = three.map { if (it == "3") "2" else it }.toTypedArray()
      glacis(directory, *two, "--seeds", "0,1").code shouldBe 0
      val point = points(directory.resolve("t"))[0]
      val clean =
        listOf("0", "1").map { seed ->
          val rows = metrics(directory.resolve("t/point-1/seed-$seed")).map { it.split(",") }
          rows[0].zip(rows.last()).toMap().getValue("valAccuracy").toDouble()
        }
      point["clean"] shouldBe clean.average()
      point["cleanSpread"] shouldBe clean.max() - clean.min()
    }

    test("a value at which training breaks is recorded, and the next is tried") {
      val directory = folder()
      val outcome =
        glacis(
          directory,
          *arrayOf("tune", "quick.json", "--over", "train.optimizer.learningRate=1e-3..1e38"),
          *arrayOf("--points", "2", "--out", "t"),
        )
      outcome.code shouldBe 0
      outcome.out shouldContain "point-2 failed: train.loss: "
      points(directory.resolve("t"))[1]["clean"] shouldBe null
      points(directory.resolve("t"))[1]["fault"] shouldNotBe null
      Files.readString(directory.resolve("t/tune.html")) shouldContain "failed: train.loss"
    }

    test("the coefficient is found whatever its name, and whole numbers stay whole") {
      val directory = folder(sabr(0.4))
      val sabr =
        glacis(directory, "tune", "quick.json", "--alpha", "0..1", "--points", "2", "--out", "t")
      sabr.code shouldBe 0
      tuned(directory.resolve("t"))["path"] shouldBe "train.loss.lambda"
      tuned(directory.resolve("t"))["scale"] shouldBe "linear"
      val wide =
        glacis(
          directory,
          *arrayOf("tune", "quick.json", "--over", "model.layers[1].units=4..30"),
          *arrayOf("--points", "3", "--out", "wide"),
        )
      wide.code shouldBe 0
      points(directory.resolve("wide")).map { it["value"] } shouldContainExactly
        listOf(4.0, 11.0, 30.0)
    }

    test("a search for a rate stops where the loss explodes, and names the steepest descent") {
      val directory = folder()
      val command = arrayOf("tune", "quick.json", "--find-rate", "1e-5..1e4", "--out", "rate")
      val outcome = glacis(directory, *command, "--set", "data.batch=32")
      outcome.err shouldBe ""
      outcome.code shouldBe 0
      outcome.out shouldContain "the loss explodes after the last of them; it falls most steeply at"
      val file = directory.resolve("rate/rate.json")
      val found = Json.parse(Files.readString(file), file.toString()) as Map<*, *>
      val rates = (found["rates"] as List<*>).map { it as Double }
      rates
        .zipWithNext()
        .map { (a, b) -> b / a }
        .forEach { it shouldBe (Math.pow(1e9, 1.0 / 44) plusOrMinus 1e-9) }
      (found["losses"] as List<*>).size shouldBe rates.size
      // Adam trains this network between these rates.
      ((found["suggested"] as Double) in 1e-4..1.0) shouldBe true
      Files.readString(directory.resolve("rate/rate.html")) shouldContain "fig-rate"
      Files.readString(directory.resolve("quick.json")) shouldBe quick(mtlIbp(0.1)).toJson()
    }
  })
