package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import org.glacis.dsl.DataBuilder
import org.glacis.dsl.ExperimentBuilder
import org.glacis.dsl.TrainingBuilder
import org.glacis.dsl.adversarial
import org.glacis.dsl.clipped
import org.glacis.dsl.crossEntropy
import org.glacis.dsl.digits
import org.glacis.dsl.expIbp
import org.glacis.dsl.experiment
import org.glacis.dsl.holisticRobust
import org.glacis.dsl.ibp
import org.glacis.dsl.linf
import org.glacis.dsl.meanSquaredError
import org.glacis.dsl.pgd

private fun holistic(
  loss: LossSpec = holisticRobust(0.1, 0.1),
  data: DataBuilder.() -> Unit = {},
  training: TrainingBuilder.() -> Unit = {},
  more: ExperimentBuilder.() -> Unit = {},
) =
  experiment("holistic") {
    data(digits) { data() }
    perturbation = linf(0.1)
    model {
      input(8, 8, 1)
      flatten()
      dense(10)
    }
    train(epochs = 2) {
      this.loss = loss
      training()
    }
    more()
  }

private fun refused(declare: () -> Experiment): List<String> =
  shouldThrow<InvalidExperimentException> { declare() }.faults.map { "${it.path}: ${it.problem}" }

class HolisticValidationTest :
  FunSpec({
    test("risks of losses of single samples are declared") {
      for (loss in
        listOf(
          holisticRobust(0.0, 0.0),
          holisticRobust(1.0, 2.0, clipped(4.0)),
          holisticRobust(0.1, 0.1, ibp(), EventOrder.CORRUPT_THEN_SAMPLE),
          holisticRobust(0.1, 0.1, crossEntropy() + 0.5 * ibp()),
        )) holistic(loss).validate().shouldBeEmpty()
    }

    test("shares, radii and limits out of range are refused") {
      refused { holistic(holisticRobust(1.5, -1.0)) } shouldBe
        listOf("train.loss.alpha: is 1.5", "train.loss.r: is -1.0")
      refused { holistic(holisticRobust(Double.NaN, Double.POSITIVE_INFINITY)) } shouldBe
        listOf("train.loss.alpha: is NaN", "train.loss.r: is Infinity")
      refused { holistic(clipped(0.0)) } shouldBe listOf("train.loss.limit: is 0.0")
    }

    test("a loss that is no mean of samples is refused inside") {
      refused {
        holistic(holisticRobust(0.1, 0.1, expIbp(0.5)), training = { attack = pgd(1) })
      } shouldBe
        listOf("train.loss.loss: is ExpIbp(alpha=0.5), which is no mean of a loss of each sample")
      refused { holistic(clipped(1.0, holisticRobust(0.1, 0.1))) }.single() shouldBe
        "train.loss.loss: is ${holisticRobust(0.1, 0.1)}, which is no mean of a loss of each sample"
    }

    test("batches in parts are refused: weights need all losses") {
      refused { holistic(training = { accumulation = 2 }) } shouldBe
        listOf(
          "train.accumulation: is 2 but ${holisticRobust(0.1, 0.1)} weighs the samples of a whole batch"
        )
    }

    test("spoilt data out of range are refused") {
      refused {
        holistic(
          data = {
            fraction = 0.0
            wrongLabels(1.5)
            gaussianNoise(-0.1)
            occlusion(9)
          }
        )
      } shouldBe
        listOf(
          "data.fraction: is 0.0",
          "data.corruption[0].share: is 1.5",
          "data.corruption[1].deviation: is -0.1",
          "data.corruption[2].side: is 9 but an image is [8, 8, 1]",
        )
    }

    test("a stress test names each kind and strength once, with numbers in range") {
      holistic(more = { stressTest { gaussianNoise(0.1, 0.2).occlusion(2).evasion(0.1, 0.2) } })
        .stressTest shouldBe
        listOf(
          GaussianNoise(0.1),
          GaussianNoise(0.2),
          Occlusion(2),
          Evasion(0.1, Pgd()),
          Evasion(0.2, Pgd()),
        )
      refused {
        holistic(
          more = { stressTest { gaussianNoise(-0.1).occlusion(9, 2, 2).evasion(pgd(0), 0.0) } }
        )
      } shouldBe
        listOf(
          "stressTest[0].deviation: is -0.1",
          "stressTest[1].side: is 9 but an image is [8, 8, 1]",
          "stressTest[3]: is Occlusion(side=2) again",
          "stressTest[4].epsilon: is 0.0",
          "stressTest[4].attack.steps: is 0",
        )
    }

    test("an attack makes large the loss at its points, whichever that is") {
      fun faults(loss: LossSpec, objective: AttackObjective) = refused {
        holistic(loss, training = { attack = pgd(steps = 2, objective = objective) })
      }
      holistic(
        adversarial(clipped(2.0)),
        training = { attack = pgd(steps = 2, objective = AttackObjective.LOSS) },
      )
      faults(adversarial(clipped(2.0)), AttackObjective.MARGIN) shouldBe
        listOf(
          "train.attack.objective: does not make ${clipped(2.0)} large, the loss at the attacked points"
        )
      faults(crossEntropy(), AttackObjective.LOSS).single() shouldContain "has no adversarial(..)"
      faults(adversarial() + adversarial(clipped(2.0)), AttackObjective.LOSS).single() shouldContain
        "is loss but there are several"
      refused { holistic(adversarial(ibp()), training = { attack = pgd(steps = 2) }) }
        .first() shouldContain "no loss of single samples at their inputs"
      refused {
          holistic(
            more = {
              certify(linf(0.1)) { attack(pgd(objective = AttackObjective.LOSS)) }
              stressTest { evasion(pgd(objective = AttackObjective.LOSS), 0.1) }
            }
          )
        }
        .map { it.substringBefore(':') } shouldBe
        listOf("certify[0].steps[0].attack.objective", "stressTest[0].attack.objective")
    }

    test("a regression has no accuracy to test, and no labels to make wrong") {
      val experiment = holistic()
      val regression =
        experiment.copy(
          data =
            experiment.data.copy(
              source = InMemory("numbers", Shape(8, 8, 1), 10, Task.REGRESSION),
              corruption = listOf(WrongLabels(0.1)),
            ),
          train = experiment.train.copy(loss = MeanSquaredError),
          stressTest = listOf(GaussianNoise(0.1)),
        )
      regression.validate().map { it.path } shouldBe listOf("data.corruption[0]", "stressTest")
    }

    test(
      "baselines have names of their own, losses for the task, and attacks where they need them"
    ) {
      holistic(more = { baseline("ERM", crossEntropy()) }).validate().shouldBeEmpty()
      refused {
        holistic(
          more = {
            baseline("my run/..", crossEntropy())
            baseline("ERM", meanSquaredError())
            baseline("ERM", adversarial())
          }
        )
      } shouldBe
        listOf(
          "baselines[0].name: is \"my run/..\"",
          "baselines[1].loss: is a loss for regression but the task is classification",
          "baselines[2].attack: is missing but Adversarial needs one",
          "baselines[2].name: is \"ERM\" again",
        )
    }
  })
