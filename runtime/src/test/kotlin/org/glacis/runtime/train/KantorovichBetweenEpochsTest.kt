package org.glacis.runtime.train

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import kotlin.math.abs
import org.glacis.runtime.Glacis
import org.glacis.spec.CertificationSpec
import org.glacis.spec.CrossEntropy
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.GroupSort
import org.glacis.spec.L2
import org.glacis.spec.LipschitzMargin
import org.glacis.spec.ModelSpec
import org.glacis.spec.Shape
import org.glacis.spec.TrainingSpec

class KantorovichBetweenEpochsTest :
  FunSpec({
    val set = L2(Epsilon(0.05))
    val experiment =
      toy(
          model = ModelSpec(Shape(4), listOf(Dense(8), GroupSort(2), Dense(3))),
          train = TrainingSpec(3, CrossEntropy),
        )
        .copy(perturbation = set, certify = listOf(CertificationSpec(set, listOf(LipschitzMargin))))

    test("the term over the proved constant is measured after each epoch, on training samples") {
      val out = tempdir().toPath().resolve("run")
      val run = Glacis.run(experiment, TOY_OPTIONS.withOut(out))
      val rows = Files.readAllLines(out.resolve("metrics.csv")).map { it.split(",") }
      val told = rows.last()[rows[0].indexOf("krOverConstant")].toDouble()
      val train = TOY_DATA.train()
      val outputs = Glacis.load(out).use { it.predict(Array(train.size(), train::input)) }
      // Of each class: the mean of its output on its samples, less that on the others.
      val terms =
        (0 until 3).map { j ->
          val (own, rest) = outputs.indices.partition { train.labels()[it] == j }
          own.map { outputs[it][j] }.average() - rest.map { outputs[it][j] }.average()
        }
      val expected = terms.average() / (run.summary()["lipschitzBound"] as Double)
      told shouldBe (expected plusOrMinus 1e-4 * (1 + abs(expected)))
    }

    test("validation samples have it by their own name") {
      val out = tempdir().toPath().resolve("run")
      val kept = experiment.copy(data = experiment.data.copy(validation = 0.3))
      Glacis.run(kept, TOY_OPTIONS.withOut(out))
      Files.readAllLines(out.resolve("metrics.csv"))[0].split(",") shouldContain "valKrOverConstant"
    }
  })
