package org.glacis.runtime

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import org.glacis.evidence.Json
import org.glacis.runtime.data.Corruptions
import org.glacis.runtime.train.TOY_DATA
import org.glacis.runtime.train.TOY_OPTIONS
import org.glacis.runtime.train.toy
import org.glacis.spec.Baseline
import org.glacis.spec.CertificationSpec
import org.glacis.spec.CrossEntropy
import org.glacis.spec.Epsilon
import org.glacis.spec.Evasion
import org.glacis.spec.GaussianNoise
import org.glacis.spec.HolisticRobust
import org.glacis.spec.Ibp
import org.glacis.spec.Linf
import org.glacis.spec.Pgd
import org.glacis.spec.TrainingSpec

private val STRESSED =
  toy(train = TrainingSpec(3, HolisticRobust(CrossEntropy, 0.25, 0.1)))
    .copy(
      certify = listOf(CertificationSpec(Linf(Epsilon(0.05)), listOf(Ibp))),
      baselines = listOf(Baseline("ERM", CrossEntropy)),
      stressTest =
        listOf(GaussianNoise(0.0), GaussianNoise(0.4), Evasion(1e-9), Evasion(0.4, Pgd(steps = 5))),
    )

class StressTestTest :
  FunSpec({
    val folder = tempdir().toPath()
    val run = Glacis.run(STRESSED, TOY_OPTIONS.withOut(folder.resolve("run")))
    val rows = (run.summary()["stressTest"] as List<*>).map { it as Map<*, *> }

    fun accuracy(method: String, kind: String, level: Double) =
      rows
        .single { it["method"] == method && it["kind"] == kind && it["level"] == level }["accuracy"]
        as Double

    test("a row each method, kind and level, the samples as they are first") {
      rows.map { it["method"] }.distinct() shouldBe listOf(STRESSED.name, "ERM")
      rows.filter { it["method"] == "ERM" }.map { it["kind"] } shouldBe
        listOf("clean", "gaussianNoise", "gaussianNoise", "evasion", "evasion")
      for (row in rows) row["samples"] shouldBe TOY_DATA.test().size()
    }

    test("accuracies are those of the network on the samples that the seed makes harder") {
      for ((method, place) in listOf(STRESSED.name to "run", "ERM" to "run/baselines/ERM")) {
        Glacis.load(folder.resolve(place)).use { model ->
          for (noise in listOf(0.0, 0.4)) {
            val spoilt =
              Corruptions.of(
                GaussianNoise(noise),
                TOY_DATA.test(),
                STRESSED.perturbation.range,
                STRESSED.seed,
              )
            val decided = model.classify(Array(spoilt.size(), spoilt::input))
            val right = decided.indices.count { decided[it] == spoilt.labels()[it] }
            accuracy(method, "gaussianNoise", noise) shouldBe
              (right.toDouble() / spoilt.size() plusOrMinus 1e-12)
          }
        }
        accuracy(method, "gaussianNoise", 0.0) shouldBe accuracy(method, "clean", 0.0)
        accuracy(method, "evasion", 1e-9) shouldBe
          (accuracy(method, "clean", 0.0) plusOrMinus 1e-12)
        accuracy(method, "evasion", 0.4) shouldBeLessThanOrEqual accuracy(method, "clean", 0.0)
      }
    }

    test("the report draws them, and one without a stress test has no such section") {
      val page = Files.readString(folder.resolve("run/report.html"))
      page shouldContain "Accuracy under Gaussian noise"
      page shouldContain "Accuracy under evasion"
      page shouldContain "Beside the same training with other losses"
      val plain =
        Glacis.run(STRESSED.copy(stressTest = listOf()), TOY_OPTIONS.withOut(folder.resolve("no")))
      plain.summary()["stressTest"].shouldBeNull()
    }

    test("seeds are compared with their baselines, seed by seed") {
      val seeds = Seeds.run(STRESSED, TOY_OPTIONS.withOut(folder.resolve("seeds")), listOf(0, 1))
      val row = seeds.comparison().single { it["figure"] == "cleanAccuracy" }
      row["baseline"] shouldBe "ERM"
      val differences =
        seeds.runs.map {
          (it.summary()["cleanAccuracy"] as Double) -
            (it.summary()["baselineCleanAccuracy"] as Double)
        }
      row["mean"] shouldBe (differences.average() plusOrMinus 1e-12)
      row["least"] shouldBe differences.min()
      row["most"] shouldBe differences.max()
      val page = Files.readString(folder.resolve("seeds/report.html"))
      page shouldContain "Stress test, means over 2 seeds"
      page shouldContain "one standard deviation over 2 seeds"
      page shouldContain "What the run has more than the same training with other losses"
      val json = Json.parse(Files.readString(folder.resolve("seeds/seeds.json")), "seeds.json")
      ((json as Map<*, *>)["comparison"] as List<*>).size shouldBe seeds.comparison().size
    }
  })
