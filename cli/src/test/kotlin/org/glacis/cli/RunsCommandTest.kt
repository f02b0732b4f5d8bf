package org.glacis.cli

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.FileTime
import org.glacis.evidence.Json
import org.glacis.runtime.RunDirectory

/** Sets when the state of a run was last written. */
private fun date(file: Path, date: String) {
  Files.setLastModifiedTime(file, FileTime.from(java.time.Instant.parse(date)))
}

class RunsCommandTest :
  FunSpec({
    test("runs are listed from their directories, the newest first") {
      val directory = tempdir().toPath()
      val runs = Files.createDirectories(directory.resolve("runs"))
      Shared.finished.toFile().copyRecursively(runs.resolve("old").toFile())
      date(runs.resolve("old/summary.json"), "2026-01-01T10:00:00Z")
      interrupted(directory, "epoch  3/12", *SHORT, "--out", "runs/deep/part").code shouldBe 3
      val broken = Files.createDirectories(runs.resolve("broken"))
      Files.writeString(broken.resolve("experiment.json"), "{")
      Files.createDirectories(runs.resolve("empty"))

      val outcome = glacis(directory, "runs")
      outcome.code shouldBe 0
      val lines = outcome.out.trimEnd().lines()
      lines.size shouldBe 3
      lines[0] shouldContain Regex("^run +recipe +state +seed +epochs +set +clean +attacked")
      lines[1] shouldContain
        Regex("^deep/part +short-digits +interrupted at epoch 4 of 12 +0 +3 +- +- +- +- +20")
      lines[2] shouldContain
        Regex("^old +short-digits +finished +0 +12 +linf\\(0\\.02\\)( +\\d+\\.\\d\\d %){3} +20")
      outcome.err shouldContain "cannot be read: broken: "
      outcome.err shouldContain "experiment.json"

      val said = glacis(directory, "runs", "runs", "--json").out
      val json = Json.parse(said, "said") as Map<*, *>
      (json["unreadable"] as Map<*, *>).keys shouldBe setOf("broken")
      val listed = (json["runs"] as List<*>).map { it as Map<*, *> }
      listed.map { it["state"] } shouldContainExactly listOf("interrupted", "finished")
      val summary = RunDirectory.open(runs.resolve("old")).summary()
      for (figure in listOf("cleanAccuracy", "attackAccuracy", "certifiedAccuracy", "epsilon")) {
        listed[1][figure] shouldBe summary[figure]
      }
      listed[1]["date"] shouldBe "2026-01-01T10:00:00Z"
    }

    test("a run that a fault stopped is shown as failed") {
      val directory = tempdir().toPath()
      val fast = arrayOf(*SHORT, "--set", "train.optimizer.learningRate=1e38")
      glacis(directory, *fast, "--out", "runs/nan").code shouldBe 1
      glacis(directory, "runs").out shouldContain
        Regex("nan +short-digits +failed at epoch 1 of 12")
      val json = Json.parse(glacis(directory, "runs", "--json").out, "said") as Map<*, *>
      val run = (json["runs"] as List<*>).single() as Map<*, *>
      run["state"] shouldBe "failed"
      run["fault"].toString() shouldContain "train.optimizer.learningRate"
      // A finished run has no fault, whatever was before.
      Files.copy(
        directory.resolve("runs/nan/failure.json"),
        finishedRun()
          .also { it.toFile().copyRecursively(directory.resolve("other").toFile()) }
          .let { directory.resolve("other/run/failure.json") },
      )
      glacis(directory, "runs", "other").out shouldContain Regex("run +short-digits +finished")
    }

    test("where there are no runs, it says so") {
      val directory = tempdir().toPath()
      glacis(directory, "runs") shouldBe Outcome(0, "no runs below $directory/runs\n", "")
      val outcome = glacis(directory, "runs", "elsewhere")
      outcome.code shouldBe 2
      outcome.err shouldBe
        "$directory/elsewhere: no such directory; give one that holds runs, such as runs\n"
      outcome.out shouldNotContain "no runs"
    }
  })
