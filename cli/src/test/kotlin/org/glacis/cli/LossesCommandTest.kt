package org.glacis.cli

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith
import org.glacis.evidence.Json
import org.glacis.runtime.Glacis
import org.glacis.runtime.data.DataCatalogue
import org.glacis.runtime.data.DataLocations

class LossesCommandTest :
  FunSpec({
    val directory = finishedRun()
    val names =
      listOf("natural", "adversarial", "ibp", "crownIbp", "ccIbp", "mtlIbp", "expIbp", "sabr")

    test("losses prints a table of all of them and writes nothing") {
      val before = files(directory)
      val outcome = glacis(directory, "losses", "run", "--limit", "40", "--batch", "40")
      outcome.code shouldBe 0
      val lines = outcome.out.trim().lines()
      lines[0] shouldBe
        "linf(0.02) in [0.0, 1.0], 40 test samples in batches of 40, attack of 40 steps"
      lines[1] shouldBe "loss         coefficient  mean"
      lines.drop(2).map { it.substringBefore(" ") } shouldBe names
      lines[2] shouldStartWith "natural                   "
      lines[7] shouldStartWith "mtlIbp               0.5  "
      files(directory) shouldBe before
    }

    test("as JSON the losses stand in the relations that they must") {
      val outcome =
        glacis(directory, "losses", "run", "--json", "--alpha", "0.25", "--batch", "360")
      outcome.code shouldBe 0
      val object_ = Json.parse(outcome.out, "losses") as Map<*, *>
      object_["samples"] shouldBe 360L
      object_["norm"] shouldBe "linf"
      object_["epsilon"] shouldBe 0.02
      object_["attackSteps"] shouldBe 40L
      val rows = (object_["losses"] as List<*>).map { it as Map<*, *> }
      val mean = rows.associate { it["loss"] as String to it["mean"] as Double }
      mean.keys.toList() shouldBe names
      rows.filter { "coefficient" in it }.map { it["coefficient"] } shouldBe List(4) { 0.25 }
      mean.getValue("adversarial") shouldBeGreaterThanOrEqual mean.getValue("natural")
      mean.getValue("ibp") shouldBeGreaterThanOrEqual mean.getValue("adversarial")
      mean.getValue("crownIbp") shouldBeGreaterThanOrEqual mean.getValue("adversarial")
      mean.getValue("mtlIbp") shouldBe
        (0.25 * mean.getValue("ibp") + 0.75 * mean.getValue("adversarial") plusOrMinus 1e-5)
      val test = DataCatalogue.get("digits").load(DataLocations.system(null)).test()
      Glacis.load(directory.resolve("run")).use { model ->
        val figures = model.evaluate(test, model.experiment().perturbation)
        mean.getValue("natural") shouldBe (figures.get("crossEntropy") plusOrMinus 1e-4)
      }
      rows shouldHaveSize 8
    }
  })
