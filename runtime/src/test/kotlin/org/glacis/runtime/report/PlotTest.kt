package org.glacis.runtime.report

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.io.StringReader
import javax.xml.parsers.DocumentBuilderFactory
import org.glacis.spec.InputException
import org.xml.sax.InputSource

class PlotTest :
  FunSpec({
    val runs = RunFixture(tempdir().toPath())
    val run = RunFiles.read(runs.classification())
    val band = Plot.certifiedBand(run.curve(), 0.875, 0.02).orElseThrow()

    test("the band's lower edge is never above its upper edge") {
      val certified = heights(band.svg(), "rgb(0,114,178)")
      val attacked = heights(band.svg(), "rgb(213,94,0)")
      certified shouldHaveSize attacked.size
      // SVG counts downwards.
      certified.zip(attacked).forEach { (low, high) -> low shouldBeGreaterThanOrEqual high }
    }

    test("the band names both edges and what lies between, and nothing is called robust accuracy") {
      band.svg() shouldContain "certified (lower edge)"
      band.svg() shouldContain "under attack (upper edge)"
      band.svg() shouldContain "epsilon (units of the input)"
      band.description() shouldContain "neither proved nor broken"
      band.svg() shouldNotContain "robust accuracy"
    }

    test("a band whose edges are crossed is refused") {
      val crossed = listOf(CurvePoint(0.0, 0.9, 0.9, 10), CurvePoint(0.1, 0.8, 0.7, 10))
      shouldThrow<InputException> { Plot.certifiedBand(crossed, 0.9, Double.NaN) }
        .message shouldContain "at epsilon 0.1"
    }

    test("without an attack the upper edge is clean accuracy, and says so") {
      val curve = listOf(CurvePoint(0.0, 0.9, Double.NaN, 10), CurvePoint(0.1, 0.8, Double.NaN, 10))
      Plot.certifiedBand(curve, 0.9, Double.NaN).orElseThrow().svg() shouldContain
        "clean (upper edge)"
      Plot.certifiedBand(curve, null, Double.NaN).isEmpty shouldBe true
    }

    test(
      "training has a figure for loss, accuracy, output width and schedules, with units on the axes"
    ) {
      val figures = Plot.trainingCurves(run.metrics()).associateBy { it.id() }
      figures.keys.toList() shouldContainExactly listOf("loss", "accuracy", "width", "schedules")
      figures.getValue("accuracy").svg() shouldContain "monitored, certified"
      figures.getValue("accuracy").svg() shouldContain "100 %"
      figures.getValue("schedules").svg() shouldContain "learning rate"
      figures.values.forEach { it.svg() shouldContain "epoch" }
    }

    test("validation has curves of its own, over the epochs in which it was measured") {
      val measured = doubleArrayOf(Double.NaN, 0.5, Double.NaN, 0.75)
      val metrics =
        Metrics(
          mapOf(
            "epoch" to doubleArrayOf(1.0, 2.0, 3.0, 4.0),
            "loss" to doubleArrayOf(2.0, 1.0, 0.5, 0.4),
            "valLoss" to measured,
            "valAccuracy" to measured,
            "valCertifiedAccuracy" to measured,
          )
        )
      val figures = Plot.trainingCurves(metrics).associateBy { it.id() }
      figures.getValue("loss").svg() shouldContain "validation, clean"
      figures.getValue("accuracy").svg() shouldContain "validation, clean"
      figures.getValue("accuracy").svg() shouldContain "validation, certified"
      figures.getValue("accuracy").svg() shouldNotContain "monitored"
    }

    test("what was not measured has no figure") {
      Plot.trainingCurves(
          Metrics(mapOf("epoch" to doubleArrayOf(1.0, 2.0), "loss" to doubleArrayOf(2.0, 1.0)))
        )
        .map { it.id() } shouldBe listOf("loss")
      Plot.trainingCurves(Metrics.NONE) shouldBe emptyList()
      Plot.confusion(emptyList(), emptyList()).isEmpty shouldBe true
      Plot.marginHistogram(emptyList()).isEmpty shouldBe true
      Plot.intervals(run.certificates()).isEmpty shouldBe true
    }

    test("confusion shows every count that is not zero, and the names of the classes escaped") {
      val svg = Plot.confusion(run.confusion(), run.classNames()).orElseThrow().svg()
      texts(svg).filter { it.toIntOrNull() != null } shouldContainExactly listOf("3", "2", "1", "2")
      texts(svg).filter { it == "<two>" } shouldHaveSize 2
    }

    test("margins are counted by verdict") {
      val svg = Plot.marginHistogram(run.certificates()).orElseThrow().svg()
      Verdict.entries.forEach { svg shouldContain it.word() }
      svg shouldContain "certified margin (logits)"
    }

    test("an interval figure counts the targets inside") {
      val figure = Plot.intervals(RunFiles.read(runs.regression()).certificates()).orElseThrow()
      figure.description() shouldContain "for 2 of 3 samples"
    }

    test(
      "figures are well-formed, titled, scalable and free of scripts, and the same data give the same text"
    ) {
      val figures =
        Plot.trainingCurves(run.metrics()) +
          band +
          Plot.confusion(run.confusion(), run.classNames()).orElseThrow() +
          Plot.marginHistogram(run.certificates()).orElseThrow()
      figures.forEach {
        val root = parse(it.svg()).documentElement
        root.hasAttribute("viewBox") shouldBe true
        root.hasAttribute("width") shouldBe false
        root.getElementsByTagName("title").item(0).textContent shouldBe it.title()
        it.svg() shouldNotContain "<script"
        it.svg() shouldNotContain "user-select"
      }
      Plot.certifiedBand(run.curve(), 0.875, 0.02).orElseThrow() shouldBe band
    }
  })

private fun parse(svg: String) =
  DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(InputSource(StringReader(svg)))

private fun texts(svg: String): List<String> {
  val nodes = parse(svg).getElementsByTagName("text")
  return (0 until nodes.length).map { nodes.item(it).textContent.trim() }
}

/** The y coordinates of the longest path drawn in [stroke]. */
private fun heights(svg: String, stroke: String): List<Double> {
  val nodes = parse(svg).getElementsByTagName("path")
  val paths =
    (0 until nodes.length)
      .map { nodes.item(it).attributes }
      .filter { it.getNamedItem("stroke")?.nodeValue == stroke }
  val points =
    paths
      .map {
        Regex("""[ML](-?[0-9.]+) (-?[0-9.]+)""").findAll(it.getNamedItem("d").nodeValue).toList()
      }
      .maxBy { it.size }
  return points.map { it.groupValues[2].toDouble() }
}
