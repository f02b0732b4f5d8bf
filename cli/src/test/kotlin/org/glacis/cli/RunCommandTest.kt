package org.glacis.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import org.glacis.evidence.Json
import org.glacis.recipes.Recipes
import org.glacis.runtime.RunDirectory

class RunCommandTest :
  FunSpec({
    fun directory(): Path = tempdir().toPath()

    fun summary(run: Path) = RunDirectory.open(run).summary()

    test("a run trains, certifies, prints its figures and leaves its files") {
      val directory = finishedRun()
      val run = directory.resolve("run")
      Files.list(run).use { all -> all.map { it.fileName.toString() }.toList() } shouldContainAll
        listOf(
          "experiment.json",
          "metrics.csv",
          "summary.json",
          "certificates.csv",
          "certificates",
          "weights.npz",
          "checkpoint",
          "report.html",
        )
      (summary(run)["cleanAccuracy"] as Double) shouldBeGreaterThan 0.5
      Files.readAllLines(run.resolve("metrics.csv")).size shouldBe 13
    }

    test("without --out runs are numbered, and none is touched by the next") {
      val directory = directory()
      val settings =
        arrayOf(
          "run",
          DIGITS_FILE,
          "--set",
          "train.epochs=1",
          "--set",
          """train.epsilon={"type":"constant","value":1.0}""",
        )
      val first = glacis(directory, *settings)
      first.code shouldBe 0
      first.out shouldContain "epoch 1/1  loss "
      first.out shouldContain "clean accuracy"
      first.out shouldContain "run directory  ${directory.resolve("runs/short-digits")}"
      val before = files(directory)
      glacis(directory, *settings).code shouldBe 0
      files(directory) shouldContainAll before
      Files.exists(directory.resolve("runs/short-digits-2/summary.json")) shouldBe true
    }

    test("published figures stand beside the measured ones") {
      val directory = finishedRun()
      val run = directory.resolve("run")
      val recipe = Recipes.get("interval-mnist").experiment().withSeed(7)
      Files.writeString(run.resolve("experiment.json"), recipe.toJson())
      val outcome = glacis(directory, "run", "run", "--resume")
      outcome.code shouldBe 0
      outcome.out shouldContain Regex("clean accuracy +\\d+\\.\\d\\d % +96\\.00 %  Aidge")
    }

    test("nothing was published for an experiment that only bears a recipe's name") {
      val directory = directory()
      val settings =
        listOf(
          "name=interval-mnist",
          "train.epochs=1",
          """train.epsilon={"type":"constant","value":1.0}""",
        )
      val outcome =
        glacis(
          directory,
          *listOf("run", DIGITS_FILE, "--out", "run").toTypedArray(),
          *settings.flatMap { listOf("--set", it) }.toTypedArray(),
        )
      outcome.code shouldBe 0
      outcome.out shouldNotContain "Aidge"
      summary(directory.resolve("run")).containsKey("published") shouldBe false
    }

    test("a recipe is certified by linear bounds too, and the figures say what they add") {
      val directory = directory()
      val settings =
        listOf(
          "train.epochs=2",
          """train.epsilon={"type":"constant","value":1.0}""",
          """train.learningRate={"type":"constant","value":1.0}""",
          "train.regularizer=null",
          "certify[0].limit=40",
        )
      val outcome =
        glacis(
          directory,
          *listOf("run", "mtl-ibp-digits", "--out", "run", "--threads", "1").toTypedArray(),
          *settings.flatMap { listOf("--set", it) }.toTypedArray(),
        )
      withClue(outcome.err) { outcome.code shouldBe 0 }
      outcome.out shouldContain Regex("by crownIbp +\\d")
      val found = summary(directory.resolve("run"))
      val by = found["certifiedAccuracyBy"] as Map<*, *>
      by["crownIbp"] shouldBe found["certifiedAccuracy"]
      (by["crownIbp"] as Double) shouldBeGreaterThanOrEqual (by["ibp"] as Double)
      Files.readString(directory.resolve("run/report.html")) shouldContain "<td>crownIbp</td>"
    }

    test("an interrupted run exits with 3, says how to go on, and ends with the same numbers") {
      val directory = directory()
      val whole = glacis(directory, *SHORT, "--out", "whole")
      whole.code shouldBe 0
      val stopped = interrupted(directory, "epoch  7/12", *SHORT, "--out", "part")
      stopped.code shouldBe 3
      stopped.err shouldBe
        "interrupted; the state is saved. Go on with\n" +
          "  glacis run ${directory.resolve("part")} --resume\n"
      Files.exists(directory.resolve("part/summary.json")) shouldBe false
      val resumed = glacis(directory, "run", "part", "--resume", "--threads", "1")
      resumed.code shouldBe 0
      resumed.out shouldContain "begins with epoch 8"
      resumed.out shouldNotContain "epoch  7/12"
      metrics(directory.resolve("part")) shouldBe metrics(directory.resolve("whole"))
      Files.readString(directory.resolve("part/certificates.csv")) shouldBe
        Files.readString(directory.resolve("whole/certificates.csv"))
      summary(directory.resolve("part"))["certifiedAccuracy"] shouldBe
        summary(directory.resolve("whole"))["certifiedAccuracy"]
    }

    test("a finished run has nothing to go on with, and is left as it is") {
      val directory = finishedRun()
      val before = files(directory)
      val outcome = glacis(directory, "run", "--resume", "--out", "run")
      outcome.code shouldBe 0
      outcome.out shouldContain "the run is finished, there is nothing to go on with"
      outcome.out shouldContain "certified accuracy"
      files(directory) shouldBe before
    }

    test("a process that is told to end stores its state within a step and exits with 3") {
      val directory = directory()
      val slow = SHORT.toList() + listOf("--set", "data.batch=4")
      val whole = glacis(directory, *slow.toTypedArray(), "--out", "whole")
      whole.code shouldBe 0
      val process = process(directory, slow + listOf("--out", "part"))
      process.inputReader().useLines { lines -> lines.first { it.startsWith("epoch  3/12") } }
      process.toHandle().destroy() // leaves the streams open
      process.waitFor(60, TimeUnit.SECONDS) shouldBe true
      process.exitValue() shouldBe 3
      glacis(directory, "run", "part", "--resume", "--threads", "1").code shouldBe 0
      metrics(directory.resolve("part")) shouldBe metrics(directory.resolve("whole"))
    }

    test("a process that is killed goes on from its last epoch") {
      val directory = directory()
      val slow = SHORT.toList() + listOf("--set", "data.batch=4")
      val whole = glacis(directory, *slow.toTypedArray(), "--out", "whole")
      whole.code shouldBe 0
      val process = process(directory, slow + listOf("--out", "part"))
      process.inputReader().useLines { lines -> lines.first { it.startsWith("epoch  3/12") } }
      process.destroyForcibly().waitFor(60, TimeUnit.SECONDS) shouldBe true
      glacis(directory, "run", "part", "--resume", "--threads", "1").code shouldBe 0
      metrics(directory.resolve("part")) shouldBe metrics(directory.resolve("whole"))
    }

    test("an interruption says what is saved, and how to go on with that") {
      val run = directory().resolve("run")
      val nothing = "interrupted before training began; nothing is saved. Give the command again"
      Interrupts.state(run, listOf(run), "glacis run") shouldBe nothing
      Files.createDirectories(run.resolve("checkpoint"))
      Interrupts.state(run, listOf(run), "glacis run run --resume") shouldBe
        "interrupted before a state was saved. Begin again with\n  glacis run run --resume"
      Files.createFile(run.resolve("checkpoint/last.npz"))
      val saved = "interrupted; the state is saved. Go on with\n  glacis run run --resume"
      Interrupts.state(run, listOf(run), "glacis run run --resume") shouldBe saved
      val seeds = listOf(run.resolveSibling("seed-0"), run)
      Interrupts.state(run.parent, seeds, "glacis run run --resume") shouldBe saved
    }

    test("a process that is told to end says what its files bear out, however early that is") {
      val directory = directory()
      for (wait in listOf(1, 2)) {
        val out = "part$wait"
        val process = process(directory, listOf(*SHORT, "--out", out))
        val part = directory.resolve(out)
        // First as soon as there is a directory, then as soon as there is a declaration in it.
        val sign = if (wait == 1) part else part.resolve("experiment.json")
        while (process.isAlive && !Files.exists(sign)) Thread.sleep(1)
        process.toHandle().destroy() // leaves the streams open
        process.waitFor(60, TimeUnit.SECONDS) shouldBe true
        process.exitValue() shouldBe 3
        val said = process.errorStream.reader().readText()
        if (Files.exists(part.resolve("checkpoint/last.npz")))
          said shouldContain "the state is saved"
        else said shouldContain Regex("nothing is saved|before a state was saved")
      }
    }

    test("several seeds give a directory each, and their mean and spread") {
      val directory = directory()
      val outcome = glacis(directory, *SHORT, "--seeds", "0,1", "--out", "all")
      outcome.code shouldBe 0
      outcome.out shouldContain "2 runs, seeds 0, 1; spread is the largest minus the smallest"
      outcome.out shouldContain Regex("clean accuracy +\\d+\\.\\d\\d % +\\d+\\.\\d\\d %")
      val file = directory.resolve("all/seeds.json")
      val seeds = Json.parse(Files.readString(file), file.toString()) as Map<*, *>
      val clean =
        listOf("seed-0", "seed-1").map {
          summary(directory.resolve("all/$it"))["cleanAccuracy"] as Double
        }
      seeds["recipe"] shouldBe "short-digits"
      seeds["seeds"] shouldBe listOf(0L, 1L)
      seeds["runs"] shouldBe listOf("seed-0", "seed-1")
      (seeds["mean"] as Map<*, *>)["cleanAccuracy"] shouldBe clean.average()
      (seeds["spread"] as Map<*, *>)["cleanAccuracy"] shouldBe clean.max() - clean.min()
      (seeds["mean"] as Map<*, *>).keys shouldContainAll
        listOf("certifiedAccuracyBy.ibp", "certifiedAccuracyBy.ibpBoxUnclipped", "trainSeconds")
      Files.exists(directory.resolve("all/report.html")) shouldBe true
    }

    test("several seeds that were interrupted go on where they were") {
      val directory = directory()
      val stopped = interrupted(directory, "epoch  2/12", *SHORT, "--seeds", "4,5", "--out", "all")
      stopped.code shouldBe 3
      stopped.err shouldContain
        "glacis run $DIGITS_FILE --seeds 4,5 --out ${directory.resolve("all")} --resume"
      val resumed = glacis(directory, *SHORT, "--seeds", "4,5", "--out", "all", "--resume")
      resumed.code shouldBe 0
      Files.exists(directory.resolve("all/seed-5/summary.json")) shouldBe true
    }

    test("a script, its JSON and a run directory name the same experiment") {
      val directory = directory()
      Files.writeString(
        directory.resolve("tiny.glacis.kts"),
        """
        experiment("tiny") {
          data(digits) { batch = 64 }
          perturbation = linf(0.02)
          model { input(8, 8, 1); flatten(); dense(10) }
          train(epochs = 1) { loss = robustCrossEntropy() }
          certify(linf(0.02)) { ibp() }
        }
        """
          .trimIndent(),
      )
      glacis(directory, "run", "tiny.glacis.kts", "--out", "a").code shouldBe 0
      Files.copy(directory.resolve("a/experiment.json"), directory.resolve("tiny.json"))
      glacis(directory, "run", "tiny.json", "--out", "b").code shouldBe 0
      glacis(directory, "run", "a", "--out", "c").code shouldBe 0
      val experiment = RunDirectory.open(directory.resolve("a")).experiment()
      RunDirectory.open(directory.resolve("b")).experiment() shouldBe experiment
      RunDirectory.open(directory.resolve("c")).experiment() shouldBe experiment
    }

    test("a regression is certified by intervals") {
      val directory = directory()
      val outcome = glacis(directory, "run", "interval-diabetes", "--out", "run")
      outcome.code shouldBe 0
      outcome.out shouldContain Regex("certified mean absolute error +\\d")
    }
  })
