package org.glacis.runtime

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.nio.file.Files
import org.glacis.runtime.train.Interruption
import org.glacis.runtime.train.StopAfter
import org.glacis.runtime.train.TOY_OPTIONS
import org.glacis.runtime.train.bits
import org.glacis.runtime.train.toy
import org.glacis.spec.Adversarial
import org.glacis.spec.Baseline
import org.glacis.spec.CertificationSpec
import org.glacis.spec.CrossEntropy
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.HolisticRobust
import org.glacis.spec.Ibp
import org.glacis.spec.Linf
import org.glacis.spec.Pgd
import org.glacis.spec.TrainingSpec

private val COMPARED: Experiment =
  toy(train = TrainingSpec(3, HolisticRobust(CrossEntropy, 0.25, 0.1)))
    .copy(
      certify = listOf(CertificationSpec(Linf(Epsilon(0.05)), listOf(Ibp))),
      baselines =
        listOf(Baseline("ERM", CrossEntropy), Baseline("PGD", Adversarial(), Pgd(steps = 2))),
    )

class BaselinesTest :
  FunSpec({
    val folder = tempdir().toPath()

    test("a run trains its baselines below its directory, and its summary compares them") {
      val run = Glacis.run(COMPARED, TOY_OPTIONS.withOut(folder.resolve("run")))
      val told = run.summary()["baselines"] as List<*>
      told.map { (it as Map<*, *>)["name"] } shouldContainExactly listOf("ERM", "PGD")
      val erm = Run.load(folder.resolve("run/baselines/ERM"))
      run.summary()["baselineCleanAccuracy"] shouldBe erm.summary()["cleanAccuracy"]
      (told[0] as Map<*, *>)["cleanAccuracy"] shouldBe erm.summary()["cleanAccuracy"]
    }

    test("a baseline is the same training with its loss") {
      val alone = COMPARED.of(COMPARED.baselines[0])
      alone.train shouldBe COMPARED.train.copy(loss = CrossEntropy)
      alone.baselines shouldBe emptyList()
      alone.seed shouldBe COMPARED.seed
      COMPARED.of(COMPARED.baselines[1]).train.attack shouldBe Pgd(steps = 2)
      val there = Glacis.load(folder.resolve("run/baselines/ERM"))
      val here = Glacis.train(alone, TOY_OPTIONS)
      there.weights().bits() shouldBe here.weights().bits()
      there.weights().bits() shouldNotBe Glacis.load(folder.resolve("run")).weights().bits()
    }

    test("a run that was stopped in a baseline goes on there") {
      val out = folder.resolve("stopped")
      val stop = Interruption()
      val steps = 3 * 6
      val first =
        Glacis.run(
          COMPARED,
          TOY_OPTIONS.withOut(out).withInterruption(stop).withListener(StopAfter(steps + 8, stop)),
        )
      first.finished() shouldBe false
      Files.exists(out.resolve("summary.json")) shouldBe false
      val second = Glacis.run(COMPARED, TOY_OPTIONS.withOut(out).withResume(true))
      second.finished() shouldBe true
      Glacis.load(out.resolve("baselines/PGD")).weights().bits() shouldBe
        Glacis.load(folder.resolve("run/baselines/PGD")).weights().bits()
    }
  })
