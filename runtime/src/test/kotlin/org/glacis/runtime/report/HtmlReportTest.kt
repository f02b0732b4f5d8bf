package org.glacis.runtime.report

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldBeUnique
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import kotlin.io.path.deleteExisting
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.name
import kotlin.io.path.readText
import kotlin.io.path.writeText
import org.glacis.spec.InputException
import org.glacis.spec.Shape

class HtmlReportTest :
  FunSpec({
    val runs = RunFixture(tempdir().toPath())
    val page = HtmlReport.write(runs.classification(), RunFixture.pictures).readText()

    fun figures(html: String) =
      Regex("""<figure id="fig-([a-z]+)"""").findAll(html).map { it.groupValues[1] }.toList()

    test("the page of a run has every figure") {
      figures(page) shouldContainExactly
        listOf("band", "margins", "loss", "accuracy", "width", "schedules", "confusion")
    }

    test("the page states what was proved, by what, and for how many samples") {
      page shouldContain
        "For 5 of 8 test samples, the decision is right and proved to stay so under every perturbation of l∞ norm at most 0.02."
      page shouldContain "ibp: interval bounds of the margins"
      page shouldContain "pgd(steps = 40)"
      page shouldContain "<td>ibpBoxUnclipped</td>"
    }

    test("margins and ReLUs over the epochs are drawn where they were measured") {
      val run = runs.classification()
      run
        .resolve("metrics.csv")
        .writeText(
          """
          epoch,loss,cleanAccuracy,certifiedAccuracy,attackAccuracy,marginP5,marginP25,marginP50,marginP75,marginP95,deadRelus,unstableRelus,activeRelus,propagationTightness
          1,2.1,0.7,0.2,0.6,-3.0,-1.5,-0.5,0.5,1.0,0.1,0.5,0.4,0.05
          2,1.2,,,,,,,,,,,,
          3,0.9,0.9,0.7,0.8,-1.0,0.2,0.5,1.5,2.0,0.2,0.2,0.3,0.4
          """
            .trimIndent() + "\n"
        )
      val html = HtmlReport.write(run, null).readText()
      figures(html) shouldContainExactly
        listOf("band", "margins", "loss", "accuracy", "quantiles", "relus", "confusion")
      for (text in listOf("monitored, attacked", "tightness", "unstable")) html shouldContain text
    }

    test("settings, environment, data and the declaration stand in the page") {
      for (text in
        listOf(
          "adam(learningRate = 0.001)",
          "train.warmStart",
          "2.18.0",
          "SHA-256 09f66e6d",
          "CC BY 4.0",
          "<summary>experiment.json</summary>",
          "512.0 MB",
        )) page shouldContain text
    }

    test("names from files are escaped everywhere") {
      page shouldContain "&lt;two&gt;"
      page shouldNotContain "<two>"
      page shouldContain "one &amp; only"
      val run =
        runs.classification(
          summary =
            RunFixture.summary.replace(
              "\"recipe\": \"interval-digits\"",
              "\"recipe\": \"<img src=x onerror='1'>&\"",
            )
        )
      val hostile = HtmlReport.write(run, null).readText()
      hostile shouldNotContain "<img src=x"
      hostile shouldContain "<h1>&lt;img src=x onerror=&#39;1&#39;&gt;&amp;</h1>"
    }

    test("a page loads nothing and runs nothing") {
      val pages = listOf(page, HtmlReport.write(runs.seeds(), null).readText())
      for (html in pages) {
        Regex("""(?:src|href|action|data)\s*=\s*["']?(?!data:image/png|#)[^\s>"']+""")
          .findAll(html)
          .map { it.value }
          .toList()
          .shouldBeEmpty()
        Regex("""url\((?!#)[^)]*""").findAll(html).map { it.value }.toList().shouldBeEmpty()
        for (word in
          listOf(
            "http://",
            "https://",
            "<script",
            "<link",
            "@import",
            "javascript:",
          )) html shouldNotContain word
      }
    }

    test(
      "a page names its language, fits a phone, follows the reader's colours and can be printed"
    ) {
      for (text in
        listOf(
          "<html lang=\"en\">",
          "width=device-width",
          "prefers-color-scheme: dark",
          "@media print",
        )) page shouldContain text
    }

    test("no two elements of a page share an id, and every picture has words") {
      Regex(""" id="([^"]+)"""").findAll(page).map { it.groupValues[1] }.toList().shouldBeUnique()
      Regex("<img [^>]*>")
        .findAll(page)
        .map { it.value }
        .filterNot { "alt=\"Sample " in it }
        .toList()
        .shouldBeEmpty()
      // The schedules' panels are elements of their own inside the figure that has the words.
      Regex("<svg [^>]*>")
        .findAll(page)
        .map { it.value }
        .filterNot { "aria-labelledby" in it || "plt-container" in it }
        .toList()
        .shouldBeEmpty()
    }

    test("the same files give the same page") {
      val run = runs.classification()
      val once = HtmlReport.write(run, RunFixture.pictures).readText()
      HtmlReport.write(run, RunFixture.pictures).readText() shouldBe once
      run.listDirectoryEntries().map { it.name }.sorted() shouldBe
        listOf("certificates.csv", "experiment.json", "metrics.csv", "report.html", "summary.json")
    }

    test("samples that are no pictures are listed in a table") {
      val table =
        object : Pictures {
          override fun pixels(index: Int) = FloatArray(10)

          override fun shape() = Shape(10)
        }
      val html = HtmlReport.write(runs.classification(), table).readText()
      html shouldNotContain "<img"
      html shouldContain "<caption>Worst: the least certified margins</caption>"
    }

    test("a run with little to show is shown with what there is") {
      val run = runs.classification(summary = "{}")
      run.resolve("metrics.csv").deleteExisting()
      run.resolve("certificates.csv").deleteExisting()
      val html = HtmlReport.write(run, null).readText()
      html shouldContain "<h1>interval-digits</h1>"
      figures(html).shouldBeEmpty()
    }

    test("a regression shows its errors and intervals") {
      val html = HtmlReport.write(runs.regression(), null).readText()
      html shouldContain "the mean absolute error over 3 test samples is proved to be at most 0.75"
      figures(html) shouldContainExactly listOf("intervals", "loss")
    }

    test("a directory of seeds shows mean and spread") {
      val html = HtmlReport.write(runs.seeds(), null).readText()
      html shouldContain "62.50 % <small>± 1.50</small>"
      html shouldContain "62.50 ± 1.50 %"
      html shouldContain "<th scope=\"row\">seed-1</th>"
    }

    test("runs stand side by side with what tells them apart") {
      val first = runs.classification(runs.directory().resolve("narrow"))
      val second = runs.classification(runs.directory().resolve("wide"))
      second
        .resolve("experiment.json")
        .writeText(RunFixture.experiment.replace("\"epochs\": 3", "\"epochs\": 5"))
      val seeds = runs.seeds()
      val html =
        HtmlReport.compare(
            listOf(first, second, seeds),
            runs.directory().resolve("new/compare.html"),
          )
          .readText()
      figures(html) shouldContainExactly
        listOf("band", "loss", "clean", "certified", "width", "epsilon")
      html shouldContain "<td>train.epochs</td><td>3</td><td>5</td><td>3</td>"
      html shouldContain "${seeds.name} (mean)"
    }

    test("nothing to compare, or seeds without runs, is refused") {
      shouldThrow<InputException> {
          HtmlReport.compare(emptyList(), runs.directory().resolve("c.html"))
        }
        .message shouldContain "no run directories"
      val empty = runs.directory().apply { resolve("seeds.json").writeText("{\"runs\": []}") }
      shouldThrow<InputException> { HtmlReport.write(empty, null) }.message shouldContain
        "lists no runs"
    }

    test("numbers read as a reader wants them") {
      Format.number(0.02) shouldBe "0.02"
      Format.number(1e-8) shouldBe "1e-8"
      Format.number(44755.2) shouldBe "44,755"
      Format.number(-0.123456) shouldBe "-0.12346"
      Format.number(0.0) shouldBe "0"
      Format.number(2.5e9 + 0.5) shouldBe "2.5e9"
      Format.seconds(0.31) shouldBe "310 ms"
      Format.seconds(3725.0) shouldBe "62 min 05 s"
      Format.bytes(812e6) shouldBe "812.0 MB"
      Format.percent(0.93614, 10_000.0) shouldBe "93.61 %"
      Format.rough(0.0032409) shouldBe "0.0032"
    }
  })
