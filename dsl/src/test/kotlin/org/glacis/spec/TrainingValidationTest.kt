package org.glacis.spec

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import org.glacis.dsl.cosine
import org.glacis.dsl.diabetes
import org.glacis.dsl.experiment
import org.glacis.dsl.l2
import org.glacis.dsl.linear
import org.glacis.dsl.linf
import org.glacis.dsl.meanSquaredError
import org.glacis.dsl.range
import org.glacis.dsl.robustCrossEntropy
import org.glacis.dsl.step

/** Faults of perturbation sets, trainings and certifications. */
class TrainingValidationTest :
  FunSpec({
    context("the perturbation set:") {
      test("a negative or endless radius, or one that is no number") {
        for (value in listOf(-0.1, Double.NaN, Double.POSITIVE_INFINITY)) faults {
          copy(perturbation = linf(value))
        } shouldBe "1 fault\n  perturbation.epsilon  is $value; give a finite number, 0 or above"
      }
      test("radii that do not fit the input") {
        faults { copy(perturbation = linf(listOf(0.1, 0.2, 0.3))) } shouldBe
          "1 fault\n  perturbation.epsilon  has 3 numbers but the input [8, 8, 1] has 64; give 1 or 64 numbers"
      }
      test("one bad radius among many") {
        faults { copy(perturbation = linf(List(64) { if (it == 7) -0.1 else 0.1 })) } shouldBe
          "1 fault\n  perturbation.epsilon[7]  is -0.1; give a finite number, 0 or above"
      }
      test("no radius") {
        faults { copy(perturbation = linf(emptyList())) } shouldBe
          "1 fault\n  perturbation.epsilon  is empty; give a number"
      }
      test("many radii of a ball") {
        faults { copy(perturbation = L2(Epsilon(List(64) { 0.1 }))) } shouldBe
          "1 fault\n  perturbation.epsilon  has 64 numbers; an l2 ball has one radius; use linf for a radius a feature"
      }
      test("a range the wrong way round, or without an end") {
        faults { copy(perturbation = linf(0.1, DataRange(1.0, 0.0))) } shouldBe
          "1 fault\n  perturbation.range  is [1.0, 0.0]; give two finite numbers, the smaller first"
        faults { copy(perturbation = l2(0.1, DataRange(0.0, Double.POSITIVE_INFINITY))) } shouldBe
          "1 fault\n  perturbation.range  is [0.0, Infinity]; give two finite numbers, the smaller first"
      }
    }

    context("the training:") {
      test("no epochs") {
        faults { withEpochs(0) } shouldBe
          "1 fault\n  train.epochs  is 0; give a whole number above 0"
      }
      test("an epsilon schedule that is longer") {
        faults { withEpochs(9) } shouldBe
          "1 fault\n  train.epsilon  ends at epoch 10 but training stops at epoch 9; lengthen train.epochs or shorten the schedule"
      }
      test("a jump that never comes") {
        faults { training { copy(epsilon = linear(start = 11, length = 0)) } } shouldBe
          "1 fault\n  train.epsilon  ends at epoch 11 but training stops at epoch 10; lengthen train.epochs or shorten the schedule"
      }
      test("a ramp of more epochs than can be counted") {
        faults {
          training { copy(epsilon = linear(start = Int.MAX_VALUE, length = Int.MAX_VALUE)) }
        } shouldBe
          "1 fault\n  train.epsilon  ends at epoch 2147483647 but training stops at epoch 10; lengthen train.epochs or shorten the schedule"
      }
      test("a learning rate that is still falling") {
        faults { training { copy(learningRate = cosine(11)) } } shouldBe
          "1 fault\n  train.learningRate  ends at epoch 11 but training stops at epoch 10; lengthen train.epochs or shorten the schedule"
      }
      test("milestones after the end do nothing to a learning rate and are no fault") {
        small.training { copy(learningRate = step(listOf(5, 50))) }.validate().shouldBeEmpty()
      }
      test("the weight of a loss that is longer") {
        faults {
          training { copy(loss = linear(1, 20) * CrossEntropy + 2.0 * robustCrossEntropy()) }
        } shouldBe
          "1 fault\n  train.loss.terms[0].weight  ends at epoch 20 but training stops at epoch 10; lengthen train.epochs or shorten the schedule"
      }
      test("schedules with impossible numbers") {
        faults {
          training {
            copy(epsilon = Linear(0, -1, Double.NaN, 1.0), learningRate = Smoothed(0, 3, 1.0, 0.5))
          }
        } shouldBe
          """
          6 faults
            train.epsilon.start       is 0; give a whole number above 0
            train.epsilon.length      is -1; give a whole number, 0 or above
            train.epsilon.from        is NaN; give a finite number
            train.learningRate.start  is 0; give a whole number above 0
            train.learningRate.mid    is 1.0; give a number from 0 to below 1
            train.learningRate.beta   is 0.5; give a finite number, 1 or above
          """
            .trimIndent()
        faults {
          training { copy(epsilon = Constant(Double.NaN), learningRate = Step(listOf(0, 3), -1.0)) }
        } shouldBe
          """
          3 faults
            train.epsilon.value               is NaN; give a finite number
            train.learningRate.factor         is -1.0; give a finite number above 0
            train.learningRate.milestones[0]  is 0; give a whole number above 0
          """
            .trimIndent()
      }
      test("a radius below zero on the way") {
        faults { training { copy(epsilon = linear(1, 5, from = -0.5, to = 1.0)) } } shouldBe
          "1 fault\n  train.epsilon  goes down to -0.5; give values of 0 or more"
      }
      test("an optimiser with impossible numbers") {
        faults { training { copy(optimizer = Adam(0.0, 1.0, -0.1, Double.NaN)) } } shouldBe
          """
          4 faults
            train.optimizer.learningRate  is 0.0; give a finite number above 0
            train.optimizer.beta1         is 1.0; give a number from 0 to below 1
            train.optimizer.beta2         is -0.1; give a number from 0 to below 1
            train.optimizer.epsilon       is NaN; give a finite number above 0
          """
            .trimIndent()
        faults { training { copy(optimizer = Sgd(0.1, 0.0, nesterov = true)) } } shouldBe
          "1 fault\n  train.optimizer.nesterov  is true but momentum is 0; give a momentum above 0"
      }
      test("a clip of nothing, a start from nowhere") {
        faults { training { copy(gradientClip = 0.0, warmStart = "") } } shouldBe
          """
          2 faults
            train.gradientClip  is 0.0; give a finite number above 0
            train.warmStart     is blank; give a run directory or weights file, or leave it out
          """
            .trimIndent()
      }
      test("a loss for the other task") {
        faults { training { copy(loss = MeanSquaredError) } } shouldBe
          "1 fault\n  train.loss  is a loss for regression but the task is classification; take a loss for classification"
      }
      test("losses for both tasks, or none at all") {
        faults { training { copy(loss = CrossEntropy + MeanSquaredError) } } shouldBe
          "1 fault\n  train.loss.terms  mixes losses for classification and regression; take losses for one task"
        faults { training { copy(loss = WeightedSum(emptyList())) } } shouldBe
          "1 fault\n  train.loss.terms  is empty; add at least one loss"
      }
      test("the weight of a loss") {
        faults { training { copy(loss = Double.NaN * CrossEntropy) } } shouldBe
          "1 fault\n  train.loss.terms[0].weight.value  is NaN; give a finite number"
      }
    }

    context("validation, early stopping and averaging:") {
      fun Experiment.validating() = copy(data = data.copy(validation = 0.1))

      test("impossible numbers") {
        faults {
          validating().training {
            copy(
              validation = ValidationSpec(every = 0, keepBest = 0),
              earlyStopping = EarlyStopping(0, -1.0),
              averaging = AveragingSpec(0, 0),
            )
          }
        } shouldBe
          """
          6 faults
            train.validation.every        is 0; give a whole number above 0
            train.validation.keepBest     is 0; give a whole number above 0
            train.earlyStopping.patience  is 0; give a whole number above 0
            train.earlyStopping.minDelta  is -1.0; give a finite number, 0 or above
            train.averaging.start         is 0; give a whole number above 0
            train.averaging.every         is 0; give a whole number above 0
          """
            .trimIndent()
      }
      test("an average of no steps") {
        faults { training { copy(averaging = AveragingSpec(11)) } } shouldBe
          "1 fault\n  train.averaging.start  is 11 but training stops at epoch 10; lengthen train.epochs or begin earlier"
      }
      test("early stopping without samples to measure") {
        faults {
          training { copy(earlyStopping = EarlyStopping(3)) }
            .copy(data = small.data.copy(validation = 0.0))
        } shouldBe
          "1 fault\n  train.earlyStopping  needs validation samples but data.validation is 0.0; add validation = 0.1 to the data"
      }
      test("accuracies where there are none") {
        val regression =
          experiment("regression") {
            data(diabetes)
            perturbation = linf(0.1, null)
            model {
              input(10)
              dense(1)
            }
            train(10) { loss = meanSquaredError() }
          }
        regression
          .training { copy(validation = ValidationSpec(monitor = Monitored.HARMONIC)) }
          .validate()
          .single()
          .toString() shouldBe
          "train.validation.monitor  is harmonic but the task is regression; take clean, certified or loss"
      }
    }

    context("the certification:") {
      test("no steps, no samples") {
        faults { certifying(linf(0.1), limit = 0) } shouldBe
          """
          2 faults
            certify[0].limit  is 0; give a whole number above 0
            certify[0].steps  is empty; add a step, such as ibp()
          """
            .trimIndent()
      }
      test("a step of another norm") {
        faults { certifying(l2(0.5), Ibp, CrownIbpBound) } shouldBe
          "1 fault\n  certify[0].steps[1]  is CrownIbpBound, which does not exist for l2; " +
            "take a step that certify(l2(..)) { } offers, such as ibp()"
      }
      test("a range that is not the one of training") {
        faults { certifying(linf(0.1, range(-1.0, 1.0)), Ibp) } shouldBe
          "1 fault\n  certify[0].perturbation.range  is [-1.0, 1.0] but perturbation.range is [0.0, 1.0]; " +
            "give both the range that the data have"
        faults { certifying(l2(0.1, null), Ibp) } shouldBe
          "1 fault\n  certify[0].perturbation.range  is null but perturbation.range is [0.0, 1.0]; " +
            "give both the range that the data have"
        small
          .copy(perturbation = linf(0.1, null))
          .certifying(linf(0.1, null), Ibp)
          .validate()
          .shouldBeEmpty()
      }
      test("a radius and an attack with impossible numbers") {
        faults { certifying(linf(-1.0), Attack(Pgd(0, -0.1, 0))) } shouldBe
          """
          4 faults
            certify[0].perturbation.epsilon      is -1.0; give a finite number, 0 or above
            certify[0].steps[0].attack.steps     is 0; give a whole number above 0
            certify[0].steps[0].attack.stepSize  is -0.1; give a finite number above 0
            certify[0].steps[0].attack.restarts  is 0; give a whole number above 0
          """
            .trimIndent()
      }
    }
  })
