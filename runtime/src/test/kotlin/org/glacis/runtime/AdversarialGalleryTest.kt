package org.glacis.runtime

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import javax.imageio.ImageIO
import kotlin.math.roundToInt
import org.glacis.dsl.carliniWagner
import org.glacis.dsl.l2
import org.glacis.dsl.pgd
import org.glacis.evidence.Json
import org.glacis.recipes.Recipes
import org.glacis.runtime.data.DataLocations
import org.glacis.runtime.data.DataSets
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.report.HtmlReport
import org.glacis.spec.Attack
import org.glacis.spec.CertificateValidation
import org.glacis.spec.CertificationSpec
import org.glacis.spec.Constant
import org.glacis.spec.Experiment
import org.glacis.spec.InputException
import org.glacis.spec.LipschitzMargin

private fun short(): Experiment {
  val recipe = Recipes.get("hkr-digits").experiment()
  return recipe.copy(
    data = recipe.data.copy(limitTest = 100),
    train = recipe.train.copy(epochs = 8, learningRate = Constant(1.0)),
    certify =
      listOf(
        CertificationSpec(
          l2(0.25),
          listOf(Attack(pgd(10)), LipschitzMargin),
          null,
          CertificateValidation(listOf(carliniWagner(3, 60)), 20),
        )
      ),
  )
}

@Suppress("UNCHECKED_CAST")
private fun examples(run: Path): List<Map<String, Any>> {
  val file = run.resolve("gallery/gallery.json")
  val index = Json.parse(Files.readString(file), file.toString()) as Map<String, Any>
  index["attack"] shouldBe "carliniWagner(3 × 60 steps)"
  return index["examples"] as List<Map<String, Any>>
}

class AdversarialGalleryTest :
  FunSpec({
    val experiment = short()
    val folder = tempdir().toPath()
    val options = RunOptions.defaults().withDevice(ONE_THREAD)
    val run = Glacis.run(experiment, options.withOut(folder.resolve("run")))
    val test = DataSets.load(experiment.data, DataLocations.system(null)).test()
    val labels = test.labels()!!

    test(
      "the gallery has the first rightly decided image of each class and a wrong decision near it"
    ) {
      val rows = run.certifications.single().rows()
      val shown = examples(run.directory)
      shown.size shouldBeGreaterThan 7
      shown.map { it["label"] } shouldBe shown.map { it["label"].toString() }.distinct().sorted()
      for (example in shown) {
        val index = (example["index"] as Number).toInt()
        val row = rows[index]
        withClue(example) {
          example["label"] shouldBe labels[index].toString()
          rows.take(index).none {
            it.label() == row.label() && it.prediction() == it.label()
          } shouldBe true
          (example["prediction"] == example["label"]) shouldBe false
          (example["radius"] as Number).toDouble() shouldBe row.radius()
          (example["distance"] as Number).toDouble() shouldBeGreaterThanOrEqual row.radius()
        }
      }
    }

    test("pictures show the original, the point, and what was changed") {
      for (example in examples(run.directory)) {
        fun grey(picture: String, at: Int): Int {
          val image = ImageIO.read(run.directory.resolve("gallery/${example[picture]}").toFile())
          val scale = image.width / 8
          return image.raster.getSample(at % 8 * scale, at / 8 * scale, 0)
        }
        val x = test.input((example["index"] as Number).toInt())
        val most = (example["largestChange"] as Number).toDouble()
        most shouldBeGreaterThan 0.0
        for (at in listOf(0, 19, 27, 36, 44)) {
          val original = grey("original", at)
          original shouldBe (255 * x[at]).roundToInt()
          val change = (grey("adversarial", at) - original) / 255.0
          // Each grey is rounded to a 255th.
          val expected = 255 * (0.5 + 0.5 * change / most)
          withClue("$example at $at") {
            (kotlin.math.abs(grey("difference", at) - expected) < 1 + 0.6 / most) shouldBe true
          }
        }
      }
    }

    test("the report shows it, with radius and distance, and what attacks say of the radii") {
      val page = Files.readString(run.directory.resolve("report.html"))
      page shouldContain "Nearest wrong decisions"
      page shouldContain "Certified radius"
      page shouldContain "alt=\"Sample ${examples(run.directory)[0]["index"]}, 0: difference\""
      page shouldContain "Radii against attacks: none found a wrong decision inside one"
      val anew = HtmlReport.write(run.directory, null)
      Files.readString(anew) shouldContain "Nearest wrong decisions"
      run.figures().getValue("certificateValidation.smallestRatio") shouldBeGreaterThan 1.0
      run.figures().keys shouldContainAll
        listOf("certificateValidation.samples", "certificateValidation.meanDistance")
    }

    test("with targets each image gets a point of each other class that was reached") {
      val all =
        Glacis.run(experiment, options.withOut(folder.resolve("all")).withGalleryTargets(true))
      val shown = examples(all.directory)
      shown.size shouldBeGreaterThan 50
      shown
        .groupBy { it["index"] }
        .values
        .forEach { same ->
          val reached = same.map { it["prediction"] }
          reached.distinct() shouldBe reached
          (same[0]["label"] in reached) shouldBe false
          // The nearest of all is about what is found without a target.
          val free = examples(run.directory).first { it["index"] == same[0]["index"] }
          same.minOf { (it["distance"] as Number).toDouble() } shouldBeGreaterThanOrEqual
            0.8 * (free["distance"] as Number).toDouble()
        }
    }

    test("a picture of the gallery that is gone is named") {
      val other = folder.resolve("other")
      run.directory.toFile().copyRecursively(other.toFile())
      val gone = examples(other)[0]["original"].toString()
      Files.delete(other.resolve("gallery").resolve(gone))
      shouldThrow<InputException> { HtmlReport.write(other, null) }.message!! shouldContain gone
    }

    test("a run without an l2 set has no gallery") {
      val linf = Recipes.get("interval-digits").experiment()
      AdversarialGallery.has(
        linf.certify[0],
        DataSets.load(linf.data, DataLocations.system(null)),
      ) shouldBe false
    }
  })
