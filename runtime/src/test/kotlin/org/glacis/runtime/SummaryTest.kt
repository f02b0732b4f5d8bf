package org.glacis.runtime

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.maps.shouldNotContainKey
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Files
import java.nio.file.Path
import java.util.Locale
import kotlin.random.Random
import org.glacis.evidence.Json
import org.glacis.runtime.data.Dataset
import org.glacis.runtime.data.Samples
import org.glacis.runtime.train.TOY_DATA
import org.glacis.runtime.train.TOY_OPTIONS
import org.glacis.runtime.train.toy
import org.glacis.spec.Adam
import org.glacis.spec.Attack
import org.glacis.spec.CertificationSpec
import org.glacis.spec.DataSpec
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.Ibp
import org.glacis.spec.InMemory
import org.glacis.spec.L2
import org.glacis.spec.Linf
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.ModelSpec
import org.glacis.spec.Pgd
import org.glacis.spec.Relu
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.glacis.spec.TrainingSpec

private val BLOCKS =
  listOf(
    CertificationSpec(Linf(Epsilon(0.05)), listOf(Attack(Pgd(5, 0.25, 1)), Ibp)),
    CertificationSpec(L2(Epsilon(0.03)), listOf(Ibp), limit = 20),
    CertificationSpec(Linf(Epsilon(listOf(0.01, 0.02, 0.03, 0.04))), listOf(Ibp)),
  )

private val PUBLISHED =
  listOf(
    PublishedFigure("cleanAccuracy", 0.9875, "Somebody 2020, table 1"),
    PublishedFigure("certifiedAccuracyBy.ibpBox", 0.5, "Somebody & others"),
    PublishedFigure("meanCertifiedRadius", 0.25, "Somebody 2021"),
  )

private fun table(file: Path) = Files.readAllLines(file).map { it.split(",") }

class SummaryTest :
  FunSpec({
    val out = tempdir().toPath().resolve("run")
    val run =
      Glacis.run(toy().copy(certify = BLOCKS), TOY_OPTIONS.withOut(out).withPublished(PUBLISHED))
    val summary = RunDirectory.open(out).summary()

    @Suppress("UNCHECKED_CAST") val blocks = summary["certifications"] as List<Map<String, Any>>

    test("the summary has an entry for each certify block, with its set and its steps") {
      blocks.map { it["norm"] } shouldBe listOf("linf", "l2", "linf")
      blocks.map { it["epsilon"] } shouldBe listOf(0.05, 0.03, listOf(0.01, 0.02, 0.03, 0.04))
      blocks.map { it["range"] } shouldBe List(3) { listOf(0.0, 1.0) }
      val (attack, ibp) = blocks[0]["steps"] as List<*>
      (attack as Map<*, *>)["type"] shouldBe "attack"
      val pgd = attack["attack"] as Map<*, *>
      listOf("type", "steps", "stepSize", "restarts").map { pgd[it] } shouldBe
        listOf("pgd", 5L, 0.25, 1L)
      ibp shouldBe mapOf("type" to "ibp")
      blocks[1]["steps"] shouldBe listOf(mapOf("type" to "ibp"))
    }

    test("each entry says what was found, as the rows of its file count it") {
      blocks.map { it["certificates"] } shouldBe
        listOf("certificates.csv", "certificates-2.csv", "certificates-3.csv")
      blocks.map { it["samples"] } shouldBe listOf(30L, 20L, 30L)
      for ((block, certification) in blocks.zip(run.certifications())) {
        val rows = table(out.resolve(block["certificates"] as String))
        val verdicts = rows.drop(1).map { it[rows[0].indexOf("verdict")] }
        val counts = block["verdicts"] as Map<*, *>
        counts.keys shouldBe setOf("certified", "falsified", "misclassified", "unknown")
        for ((verdict, count) in counts) verdicts.count { it == verdict } shouldBe
          (count as Long).toInt()
        block["cleanAccuracy"] shouldBe certification.cleanAccuracy()
        block["certifiedAccuracy"] shouldBe certification.certifiedAccuracy()
        (block["certifiedAccuracyBy"] as Map<*, *>)["ibpBox"] shouldBe
          certification.evaluation().get("ibpBox")
        block["seconds"] shouldBe certification.seconds()
      }
      val seconds = run.certifications().sumOf { it.seconds() }
      // The order of the sum is free.
      summary["certifySeconds"] as Double shouldBe (seconds plusOrMinus 1e-12 * seconds)
    }

    test("the figures at the top are those of the first block") {
      for (key in
        listOf(
          "norm",
          "epsilon",
          "samples",
          "cleanAccuracy",
          "attackAccuracy",
          "certifiedAccuracy",
          "certifiedAccuracyBy",
          "meanOutputWidth",
        )) summary[key] shouldBe blocks[0].getValue(key)
    }

    test("what no step yields is absent: no accuracy under attack, no radius") {
      blocks[1] shouldNotContainKey "attackAccuracy"
      for (block in blocks + listOf(summary)) block shouldNotContainKey "meanCertifiedRadius"
      for (file in blocks.map { it["certificates"] as String }) {
        table(out.resolve(file))[0] shouldContainExactly
          listOf("index", "label", "prediction", "verdict", "method", "margin")
      }
      val alone = tempdir().toPath().resolve("l2")
      Glacis.run(toy().copy(certify = listOf(BLOCKS[1])), TOY_OPTIONS.withOut(alone))
      RunDirectory.open(alone).summary() shouldNotContainKey "meanCertifiedRadius"
      Files.readString(alone.resolve("report.html")) shouldNotContain "radius"
    }

    test("a step that bounds nothing leaves the margin empty, not 0") {
      val attacked = tempdir().toPath().resolve("attacked")
      val spec = CertificationSpec(Linf(Epsilon(0.05)), listOf(Attack(Pgd(5, 0.25, 1))))
      Glacis.run(toy().copy(certify = listOf(spec)), TOY_OPTIONS.withOut(attacked))
      table(attacked.resolve("certificates.csv")).drop(1).map { it.last() }.toSet() shouldBe
        setOf("")
    }

    test("the data of a run are known by their samples") {
      val data = summary["data"] as Map<*, *>
      data["sha256"] shouldBe TOY_DATA.sha256()
      val file = out.resolve("checkpoint/data.json")
      Json.parse(Files.readString(file), file.toString()) shouldBe data
    }

    test("published figures stand in the summary, and in the report beside the measured ones") {
      summary["published"] shouldBe
        PUBLISHED.map {
          mapOf("metric" to it.metric(), "value" to it.value(), "source" to it.source())
        }
      fun percent(share: Any?) = String.format(Locale.ROOT, "%.2f %%", 100 * (share as Double))
      val page = Files.readString(out.resolve("report.html"))
      page shouldContain "<caption>Published and measured</caption>"
      for (row in
        listOf(
          listOf("Clean accuracy", "Somebody 2020, table 1", "98.75 %") +
            percent(summary["cleanAccuracy"]),
          listOf("certifiedAccuracyBy.ibpBox", "Somebody &amp; others", "50.00 %") +
            percent((summary["certifiedAccuracyBy"] as Map<*, *>)["ibpBox"]),
          listOf("Average certified radius", "Somebody 2021", "0.25", "–"),
        )) page.replace(Regex("<(/?td)[^>]*>"), "<$1>") shouldContain
        row.joinToString("</td><td>", "<td>", "</td>")
      // Nothing of it where nothing was handed over.
      val alone = tempdir().toPath().resolve("alone")
      Glacis.run(toy().copy(certify = listOf(BLOCKS[1])), TOY_OPTIONS.withOut(alone))
      RunDirectory.open(alone).summary() shouldNotContainKey "published"
      Files.readString(alone.resolve("report.html")) shouldNotContain "Published"
    }

    test("the report shows every block") {
      val page = Files.readString(out.resolve("report.html"))
      page shouldContain "<caption>Certifications, block by block</caption>"
      page shouldContain "<td>l∞, ε = 0.05, within [0, 1]</td>"
      page shouldContain "<td>l2, ε = 0.03, within [0, 1]</td><td>ibp</td>"
      page shouldContain "<td>l∞, ε = [0.01, 0.02, 0.03, 0.04], within [0, 1]</td>"
      page shouldContain "<td>certificates-3.csv</td>"
    }

    test("a regression of several outputs has columns for each of them") {
      val folder = tempdir().toPath().resolve("run")
      val random = Random(5)
      fun samples(count: Int) =
        Samples.regression(
          Shape(3),
          FloatArray(3 * count) { random.nextFloat() },
          FloatArray(2 * count) { random.nextFloat() },
          2,
        )
      val data = Dataset.of("pairs", samples(40), samples(12))
      val experiment =
        Experiment(
          "pairs",
          DataSpec(InMemory("pairs", Shape(3), 2, Task.REGRESSION), 8),
          Linf(Epsilon(0.05), null),
          ModelSpec(Shape(3), listOf(Dense(8), Relu, Dense(2))),
          TrainingSpec(2, MeanSquaredError, optimizer = Adam(0.01)),
          listOf(CertificationSpec(Linf(Epsilon(0.05), null), listOf(Ibp))),
        )
      Glacis.run(experiment, TOY_OPTIONS.withDataset(data).withOut(folder))
      val rows = table(folder.resolve("certificates.csv"))
      rows[0] shouldBe
        ("index,label_0,label_1,prediction_0,prediction_1,verdict,method,margin," +
            "lower_0,upper_0,lower_1,upper_1")
          .split(",")
      val test = data.test()
      Glacis.load(folder).use { model ->
        val inputs = Array(test.size()) { test.input(it) }
        val interval = model.interval(inputs, 0.05)
        for ((i, row) in rows.drop(1).withIndex()) {
          fun cell(name: String) = row[rows[0].indexOf(name)].toDouble()
          for (j in 0..1) {
            cell("label_$j") shouldBe test.targets()[2 * i + j].toDouble()
            cell("prediction_$j") shouldBe interval.prediction()[i][j]
            cell("lower_$j") shouldBe interval.lower()[i][j]
            cell("upper_$j") shouldBe interval.upper()[i][j]
          }
        }
      }
      Files.readString(folder.resolve("report.html")) shouldContain "The first of 2 outputs."
    }
  })
