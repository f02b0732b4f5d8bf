package org.glacis.runtime

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.readText
import kotlin.io.path.writeText
import org.glacis.evidence.Json
import org.glacis.evidence.check.CheckReport
import org.glacis.evidence.check.Declaration
import org.glacis.evidence.check.EvidenceChecker
import org.glacis.evidence.check.SampleReport.Status
import org.glacis.recipes.Recipes
import org.glacis.runtime.interchange.NetworkJson
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.Attack
import org.glacis.spec.CertificationSpec
import org.glacis.spec.ConcatMaxMin
import org.glacis.spec.ConstrainedLayerSpec
import org.glacis.spec.Cosine
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.FrobeniusConv2d
import org.glacis.spec.FrobeniusDense
import org.glacis.spec.Ibp
import org.glacis.spec.L2
import org.glacis.spec.LayerSpec
import org.glacis.spec.LipschitzMargin
import org.glacis.spec.ModelSpec
import org.glacis.spec.Padding
import org.glacis.spec.Pgd
import org.glacis.spec.Qr
import org.glacis.spec.Relu
import org.glacis.spec.Residual
import org.glacis.spec.Shape
import org.glacis.spec.SpectralConv1d
import org.glacis.spec.SpectralConv2d
import org.glacis.spec.SpectralConv2dTranspose
import org.glacis.spec.SpectralDense

private const val SMALL = 0.006
private const val LARGE = 0.25

private class Said(val index: Int, val verdict: String, val method: String, val radius: Double?)

/** Lines of a table, as maps by column. */
private fun rows(csv: Path): List<Map<String, String>> {
  val lines = Files.readAllLines(csv).map { it.split(",") }
  return lines.drop(1).map { lines[0].zip(it).toMap() }
}

private fun claims(folder: Path): List<Said> {
  val all = Json.parse(folder.resolve("claims.json").readText(), "claims") as Map<*, *>
  return (all["samples"] as List<*>).map {
    val claim = it as Map<*, *>
    Said(
      (claim["index"] as Long).toInt(),
      claim["verdict"] as String,
      claim["method"] as String,
      claim["radius"] as Double?,
    )
  }
}

private fun leaves(type: Class<*>): Set<Class<*>> =
  if (type.isSealed) type.permittedSubclasses.flatMap(::leaves).toSet() else setOf(type)

class RunEvidenceTest :
  FunSpec({
    val run = tempdir().toPath().resolve("run")
    val recipe = Recipes.get("hkr-digits").experiment()
    val experiment =
      recipe.copy(
        train = recipe.train.copy(epochs = 20, learningRate = Cosine(20)),
        certify =
          listOf(
            CertificationSpec(L2(Epsilon(SMALL)), listOf(Ibp, LipschitzMargin)),
            CertificationSpec(L2(Epsilon(LARGE)), listOf(Attack(Pgd(20, 0.1)), LipschitzMargin), 80),
          ),
      )

    beforeSpec { Glacis.run(experiment, RunOptions.defaults().withDevice(ONE_THREAD).withOut(run)) }

    fun check(folder: Path = run, limit: Int = Int.MAX_VALUE) =
      EvidenceChecker.checkRun(folder, limit)

    fun isConfirmed(reports: List<CheckReport>) =
      withClue(reports.map { it.faults to it.samples.filter { s -> s.status != Status.PROVED } }) {
        reports.all { it.isConfirmed } shouldBe true
      }

    fun copy(): Path {
      val copy = tempdir().toPath().resolve("run")
      run.toFile().copyRecursively(copy.toFile())
      return copy
    }

    test("a run certified by intervals and by margins is confirmed as a whole") {
      val reports = check()
      isConfirmed(reports)
      reports.map { it.folder.fileName.toString() } shouldBe
        listOf("certificates", "certificates-2")
      for ((report, samples) in reports.zip(listOf(360, 80))) {
        val coverage = report.coverage().shouldNotBeNull()
        coverage.samples() shouldBe samples
        coverage.proved() shouldBe coverage.certified()
        coverage.certified() shouldBeGreaterThan 20
        report.notes().filter { "ibp" !in it }.shouldBeEmpty()
      }
    }

    test("intervals claim the ball of epsilon, margins the ball of their own radius") {
      val claims = claims(run.resolve("certificates")).groupBy { it.index }
      var intervals = 0
      var margins = 0
      for (row in rows(run.resolve("certificates.csv"))) {
        val own = claims[row.getValue("index").toInt()].orEmpty()
        val radius = row.getValue("radius").toDoubleOrNull() ?: 0.0
        val whole = own.filter { it.verdict == "certified" }
        val ball = own.filter { it.method == "lipschitzMargin" }
        withClue(row) {
          whole shouldHaveSize if (row["verdict"] == "certified") 1 else 0
          ball shouldHaveSize if (radius > 0) 1 else 0
          ball.forEach { it.radius.shouldNotBeNull() shouldBe (radius plusOrMinus 2e-6 * radius) }
          if (row["method"] == "ibp") {
            intervals++
            whole.single().method shouldBe "ibp"
            whole.single().radius shouldBe SMALL
          } else if (row["verdict"] == "certified") {
            margins++
            whole.single().method shouldBe "lipschitzMargin"
          }
        }
      }
      intervals shouldBeGreaterThan 20
      margins shouldBeGreaterThan 20
    }

    test("radii below epsilon are claimed of what is falsified or unknown") {
      val claims = claims(run.resolve("certificates-2")).groupBy { it.index }
      val below =
        rows(run.resolve("certificates-2.csv")).filter {
          it["verdict"] != "certified" && (it.getValue("radius").toDoubleOrNull() ?: 0.0) > 0
        }
      below.size shouldBeGreaterThan 5
      for (row in below) {
        val claim = claims.getValue(row.getValue("index").toInt()).single()
        claim.verdict shouldBe "unknown"
        (claim.radius.shouldNotBeNull() < LARGE) shouldBe true
      }
    }

    test(
      "a certificate of a later certification is held to what is proved, like those of the run"
    ) {
      val copy = copy()
      Glacis.load(copy).use { model ->
        val spec = CertificationSpec(L2(Epsilon(0.1)), listOf(LipschitzMargin))
        val data = Glacis.dataset(experiment, RunOptions.defaults())
        val found = model.certify(spec, data.test().range(40, 90))
        RunDirectory.open(copy).writeCertification("certificates-l2-0.1", found, data, 40)
      }
      isConfirmed(check(copy))
      val about = copy.resolve("certificates-l2-0.1.json")
      about.writeText(about.readText().replace("\"first\": 40", "\"first\": 41"))
      val report = check(copy).single { it.folder.fileName.toString() == "certificates-l2-0.1" }
      report.faults.single() shouldContain "row 1: found sample 40, expected sample 41"
    }

    test("what is said of the data is that of the run") {
      val copy = copy()
      val summary = copy.resolve("summary.json")
      val sum = Glacis.dataset(experiment, RunOptions.defaults()).sha256()
      summary.readText() shouldContain sum
      summary.writeText(summary.readText().replace(sum, sum.reversed()))
      for (report in check(copy)) report.faults.single() shouldContain
        "claims.json.data: found \"$sum\""
    }

    test("each constrained layer is known to the checker, with what it is frozen to") {
      val image = Shape(8, 8, 2)
      val sequence = Shape(8, 2)
      val layers: List<Pair<Shape, LayerSpec>> =
        listOf(
          Shape(16) to SpectralDense(16, orthogonalization = Qr),
          Shape(16) to FrobeniusDense(16, disjointNeurons = false, bias = false),
          image to SpectralConv2d(2, 3, padding = Padding.Circular),
          image to SpectralConv2d(2, 3, groups = 2),
          image to FrobeniusConv2d(2, 3),
          image to SpectralConv2dTranspose(2, 3),
          sequence to SpectralConv1d(2, 3, bias = false),
        )
      layers.map { it.second.javaClass }.toSet() shouldBe leaves(ConstrainedLayerSpec::class.java)
      val folder = tempdir().toPath()
      fun faults(declared: Experiment, network: Experiment): List<String> {
        val experimentJson = folder.resolve("experiment.json")
        val networkJson = folder.resolve("network.json")
        experimentJson.writeText(declared.toJson())
        networkJson.writeText(Json.pretty(NetworkJson.head(network.plain)))
        return Declaration.faults(experimentJson, networkJson)
      }
      for ((shape, layer) in layers) {
        val model = ModelSpec(shape, listOf(layer, Residual(listOf(layer, Relu)), ConcatMaxMin))
        val other = ModelSpec(shape, listOf(layer, Residual(listOf(Relu, layer)), ConcatMaxMin))
        val projected = ModelSpec(shape, listOf(Residual(listOf(Relu), listOf(layer))))
        val elsewhere = ModelSpec(shape, listOf(Residual(listOf(Relu), listOf(Relu))))
        withClue(layer) {
          faults(experiment.copy(model = model), experiment.copy(model = model)).shouldBeEmpty()
          faults(experiment.copy(model = model), experiment.copy(model = other))
            .single() shouldContain "layers[1].layers[0].type: found \"relu\""
          faults(experiment.copy(model = projected), experiment.copy(model = projected))
            .shouldBeEmpty()
          faults(experiment.copy(model = projected), experiment.copy(model = elsewhere))
            .single() shouldContain "layers[0].shortcut[0].type: found \"relu\""
        }
      }
    }
  })
