package org.glacis.runtime.report

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import java.nio.file.Path
import kotlin.io.path.deleteExisting
import kotlin.io.path.writeText
import org.glacis.spec.InputException

class RunFilesTest :
  FunSpec({
    val runs = RunFixture(tempdir().toPath())
    fun refused(run: Path) = shouldThrow<InputException> { RunFiles.read(run) }.message!!

    test("everything in a run directory is read") {
      val run = RunFiles.read(runs.classification())
      run.title() shouldBe "interval-digits"
      run.epsilon() shouldBe "0.02"
      run.metrics().epochs() shouldBe 3
      run.metrics().values("cleanAccuracy")[0].isNaN() shouldBe true
      run.certificates().size shouldBe 8
      run.certificates()[7].verdict() shouldBe Verdict.FALSIFIED
      run.curve().map { it.certified() } shouldBe listOf(0.875, 0.625, 0.25)
      run.className(2.0) shouldBe "<two>"
    }

    test("metrics and certificates may be missing") {
      val directory = runs.classification()
      directory.resolve("metrics.csv").deleteExisting()
      directory.resolve("certificates.csv").deleteExisting()
      val run = RunFiles.read(directory)
      run.metrics().epochs() shouldBe 0
      run.certificates().shouldBeEmpty()
    }

    test("a place that is no run directory is named, with the remedy") {
      val nowhere = runs.directory().resolve("nowhere")
      refused(nowhere) shouldBe
        "$nowhere: is no run directory; name one that `glacis run` has written, such as runs/interval-digits"
    }

    test("a run that has not ended is named, with the remedy") {
      val run = runs.classification()
      run.resolve("summary.json").deleteExisting()
      refused(run) shouldBe
        "${run.resolve("summary.json")}: is missing; the run has not ended; end it with `glacis run ... --resume`"
    }

    test("a broken file is named, with what was found and what was expected") {
      val broken =
        listOf(
          Triple("experiment.json", "", "not JSON"),
          Triple("summary.json", "{\"recipe\": ", "not JSON"),
          Triple("summary.json", "[1]", "expected a JSON object"),
          Triple(
            "summary.json",
            "{\"cleanAccuracy\": \"good\"}",
            "cleanAccuracy is \"good\", expected a number",
          ),
          Triple(
            "summary.json",
            "{\"certifiedAccuracy\": 93}",
            "certifiedAccuracy is 93.0, expected a fraction in [0, 1]",
          ),
          Triple(
            "summary.json",
            "{\"curve\": [{\"epsilon\": 0.1}]}",
            "curve[0] lacks epsilon or certified",
          ),
          Triple("summary.json", "{\"curve\": [3]}", "curve[0] is 3, expected an object"),
          Triple(
            "summary.json",
            "{\"confusion\": [[1, 2]]}",
            "confusion[0] is [1,2], expected a list of 1 counts",
          ),
          Triple("metrics.csv", "", "is empty, expected a header row"),
          Triple("metrics.csv", "step,loss\n1,2\n", "metrics.csv:1: has no column \"epoch\""),
          Triple(
            "metrics.csv",
            "epoch,loss\n1,2\n2,high\n",
            "metrics.csv:3: loss is \"high\", expected a number",
          ),
          Triple("metrics.csv", "epoch,loss\n1\n2,3\n", "metrics.csv:2: has 1 fields, expected 2"),
          Triple(
            "certificates.csv",
            "index,label,prediction,verdict\n0,1,1,fine\n",
            "certificates.csv:2: verdict is \"fine\", expected one of certified",
          ),
          Triple(
            "certificates.csv",
            "index,label,prediction\n0,,1\n",
            "certificates.csv:2: label is empty",
          ),
          Triple(
            "certificates.csv",
            "index,label,prediction,lower,upper\n0,1,1,3,2\n",
            "lower is 3.0, above upper 2.0",
          ),
        )
      for ((file, text, expected) in broken) {
        val run = runs.classification()
        run.resolve(file).writeText(text)
        val message = refused(run)
        message shouldStartWith run.resolve(file).toString()
        message shouldContain expected
      }
    }

    test("more certified than an attack leaves standing is refused: one of the two is wrong") {
      val curve = RunFixture.summary.replace("\"certified\": 0.25", "\"certified\": 0.55")
      refused(runs.classification(summary = curve)) shouldContain
        "curve[2] has certified accuracy 0.55 above attacked accuracy 0.5"
      val total = RunFixture.summary.replace("\"attackAccuracy\": 0.75", "\"attackAccuracy\": 0.6")
      refused(runs.classification(summary = total)) shouldContain
        "certified accuracy 0.625 above attacked accuracy 0.6"
    }

    test("a last line that was cut off by a kill is left out") {
      val run = runs.classification()
      run.resolve("metrics.csv").writeText("epoch,loss\n1,2.0\n2")
      RunFiles.read(run).metrics().epochs() shouldBe 1
    }

    test("quoted fields of a table may hold commas and quotes") {
      val csv = Csv.parse(Path.of("t.csv"), "a,b\n\"x, \"\"y\"\"\",1\n", listOf("a"))
      csv.rows().single().text("a") shouldBe "x, \"y\""
    }
  })
