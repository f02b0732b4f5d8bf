package org.glacis.runtime.report

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldNotContain
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.io.StringReader
import javax.xml.parsers.DocumentBuilderFactory
import kotlin.io.path.readText
import org.glacis.spec.InputException
import org.xml.sax.InputSource

/** Eight samples with the radii 0.5, 1 (twice) and 2; one is right without a radius. */
private const val RADII =
  """"radiusCurve": [
    { "epsilon": 0.0, "certified": 0.5, "samples": 8 }, { "epsilon": 0.5, "certified": 0.375, "samples": 8 },
    { "epsilon": 1.0, "certified": 0.125, "samples": 8 }, { "epsilon": 2.0, "certified": 0.0, "samples": 8 } ]"""

private fun summary(attack: String) =
  """{"recipe": "hkr-digits", "task": "classification", "norm": "l2", "epsilon": 0.25, "samples": 8,
    "cleanAccuracy": 0.625, "certifiedAccuracy": 0.5, "meanCertifiedRadius": 0.5625, $attack $RADII}"""

private fun attacked(samples: Int) =
  """"curve": [ { "epsilon": 0.0, "certified": 0.5, "attacked": 0.625, "samples": $samples },
    { "epsilon": 0.25, "certified": 0.5, "attacked": 0.5, "samples": $samples },
    { "epsilon": 1.25, "certified": 0.125, "attacked": 0.25, "samples": $samples },
    { "epsilon": 5.0, "certified": 0.0, "attacked": 0.375, "samples": $samples } ],"""

class RadiusCurveTest :
  FunSpec({
    val runs = RunFixture(tempdir().toPath())
    fun figure(attack: String) =
      RadiusCurve.figure(RunFiles.read(runs.classification(summary = summary(attack))))
        .orElseThrow()

    test("certified accuracy is a staircase from 0 to the largest radius") {
      val steps = corners(figure("").svg(), "rgb(0,114,178)")
      val left = steps.first().first
      val width = steps.last().first - left
      val bottom = steps.last().second
      // Clean accuracy, 5 of 8, tells how high the whole is.
      val unit = (bottom - corners(figure("").svg(), "rgb(61,68,77)").first().second) / 0.625
      val seen = steps.map { (x, y) -> 2 * (x - left) / width to (bottom - y) / unit }
      val expected =
        listOf(
          0.0 to 0.5,
          0.5 to 0.5,
          0.5 to 0.375,
          1.0 to 0.375,
          1.0 to 0.125,
          2.0 to 0.125,
          2.0 to 0.0,
        )
      seen.size shouldBe expected.size
      seen.zip(expected).forEach { (found, wanted) ->
        found.first shouldBe (wanted.first plusOrMinus 1e-3)
        found.second shouldBe (wanted.second plusOrMinus 1e-3)
      }
    }

    test("the upper edge is what withstood an attack, and never rises") {
      val steps = corners(figure(attacked(8)).svg(), "rgb(213,94,0)").map { it.second }
      steps.zipWithNext().forEach { (a, b) -> (b >= a) shouldBe true }
      steps.distinct().size shouldBe 3
      figure(attacked(8)).svg() shouldContain "under attack (upper edge)"
      figure(attacked(8)).description() shouldContain "neither proved nor broken"
    }

    test("an attack on other samples is named, and nothing is shaded") {
      figure(attacked(4)).svg() shouldContain "under attack, first 4 samples"
      figure(attacked(4)).description() shouldNotContain "shaded"
    }

    test("the report of a run with radii has this figure instead of the band") {
      val directory = runs.classification(summary = summary(attacked(8)))
      val page = HtmlReport.write(directory, null).readText()
      val figures = Regex("""<figure id="fig-([a-z]+)"""").findAll(page).map { it.groupValues[1] }
      figures.toList() shouldContain "radii"
      figures.toList() shouldNotContain "band"
      page shouldContain "Average certified radius"
      page shouldContain "The area under it is the average certified radius, 0.5625."
    }

    test("runs without radii have none") {
      RadiusCurve.figure(RunFiles.read(runs.classification())).isEmpty shouldBe true
    }

    test("a point without certified accuracy is refused with its path") {
      val broken = """{"radiusCurve": [ { "epsilon": 0.0, "samples": 8 } ]}"""
      shouldThrow<InputException> { RunFiles.read(runs.classification(summary = broken)) }
        .message shouldContain "radiusCurve[0] lacks epsilon or certified"
    }
  })

/** The corners of the longest path drawn in [stroke], each once. */
private fun corners(svg: String, stroke: String): List<Pair<Double, Double>> {
  val document =
    DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(InputSource(StringReader(svg)))
  val nodes = document.getElementsByTagName("path")
  return (0 until nodes.length)
    .map { nodes.item(it).attributes }
    .filter { it.getNamedItem("stroke")?.nodeValue == stroke }
    .map { Regex("""[ML](-?[0-9.]+) (-?[0-9.]+)""").findAll(it.getNamedItem("d").nodeValue) }
    .map { path ->
      path.map { it.groupValues[1].toDouble() to it.groupValues[2].toDouble() }.toList()
    }
    .maxBy { it.size }
    .distinct()
}
