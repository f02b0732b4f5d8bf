package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.property.checkAll
import org.glacis.dsl.cosine
import org.glacis.dsl.experiment
import org.glacis.dsl.l2
import org.glacis.dsl.linear
import org.glacis.dsl.linf
import org.glacis.dsl.model
import org.glacis.dsl.pgd
import org.glacis.dsl.ramp
import org.glacis.dsl.range
import org.glacis.dsl.robustCrossEntropy
import org.glacis.dsl.step

/** The whole printed text of the faults of [small] after a [change]. */
private fun faults(change: Experiment.() -> Experiment): String =
  shouldThrow<InvalidExperimentException> { small.change().validated() }
    .message!!
    .removePrefix("experiment \"small\" has ")

private fun Experiment.source(source: DataSource) = copy(data = data.copy(source = source))

private fun Experiment.layers(vararg layers: LayerSpec) =
  copy(model = model.copy(layers = layers.toList()))

private fun Experiment.training(change: TrainingSpec.() -> TrainingSpec) =
  copy(train = train.change())

private fun Experiment.certifying(
  set: PerturbationSet,
  vararg steps: CertificationStep,
  limit: Int? = null,
) = copy(certify = listOf(CertificationSpec(set, steps.toList(), limit)))

class ValidationTest :
  FunSpec({
    test("an experiment without faults has none, and is returned as it is") {
      small.validate().shouldBeEmpty()
      (small.validated() === small) shouldBe true
      everything.validate().shouldBeEmpty()
    }

    test(
      "whatever is declared, the validation answers with faults and never with an exception of its own"
    ) {
      checkAll(1000, Generators.experiments) { experiment ->
        experiment.validate().forEach { fault ->
          (fault.path.isNotBlank() &&
            fault.problem.isNotBlank() &&
            fault.remedy.isNotBlank()) shouldBe true
        }
      }
    }

    context("the name") {
      test("blank") {
        small.copy(name = " ").validate().single().toString() shouldBe "name  is blank; give a name"
      }
    }

    context("the data:") {
      test("an unknown data set") {
        faults { source(NamedData("digit")) } shouldBe
          "1 fault\n  data.source.name  is \"digit\"; did you mean \"digits\"? known data sets: digits, diabetes, mnist, fashion-mnist"
      }
      test("batches, shares and limits") {
        faults {
          copy(data = data.copy(batch = 0, validation = 1.0, limitTrain = -1, limitTest = 0))
        } shouldBe
          """
          4 faults
            data.batch       is 0; give a whole number above 0
            data.validation  is 1.0; give a share from 0 to below 1
            data.limitTrain  is -1; give a whole number above 0
            data.limitTest   is 0; give a whole number above 0
          """
            .trimIndent()
      }
      test("a folder of images") {
        faults { source(ImageFolder("", 0, 32, 4)) } shouldBe
          """
          3 faults
            data.source.path      is blank; give a path
            data.source.height    is 0; give a whole number above 0
            data.source.channels  is 4; give 1 (grey) or 3 (colour)
          """
            .trimIndent()
      }
      test("an archive without a path") {
        faults { source(NpzFile("")) } shouldBe "1 fault\n  data.source.path  is blank; give a path"
      }
      test("arrays of an impossible shape") {
        faults { source(InMemory("", Shape(8, 0), 0)) } shouldBe
          """
          3 faults
            data.source.name     is blank; give a name
            data.source.shape    is [8, 0]; give extents of 1 or more
            data.source.outputs  is 0; give a whole number above 0
          """
            .trimIndent()
      }
    }

    context("the model:") {
      test("an input of no shape") {
        faults { copy(model = model.copy(input = Shape(8, 0, 1))) } shouldBe
          "1 fault\n  model.input  is [8, 0, 1]; give 1 to 3 extents above 0, such as input(28, 28, 1)"
      }
      test("an input too large to count") {
        faults { copy(model = model.copy(input = Shape(100_000, 100_000, 3))) } shouldBe
          "1 fault\n  model.input  is [100000, 100000, 3]; give extents with a product of at most 2147483647"
      }
      test("an input that is not a sample's") {
        faults {
          copy(
            model =
              model {
                input(28, 28, 1)
                flatten()
                dense(10)
              }
          )
        } shouldBe
          "1 fault\n  model.input  is [28, 28, 1] but a sample of digits is [8, 8, 1]; declare input(8, 8, 1)"
      }
      test("a flat input of the right length is no fault") {
        small
          .copy(
            model =
              model {
                input(64)
                dense(10)
              }
          )
          .validate()
          .shouldBeEmpty()
      }
      test("no layers") {
        faults { layers() } shouldBe
          "1 fault\n  model.layers  is empty; add at least one layer, such as dense(10)"
      }
      test("an end that does not fit the classes") {
        faults { layers(Flatten, Dense(5)) } shouldBe
          "1 fault\n  model.layers  end with the shape [5] but digits has 10 classes; end with dense(10)"
      }
      test("an end that does not fit the targets") {
        faults {
          source(NamedData("diabetes"))
            .copy(
              model =
                model {
                  input(10)
                  dense(2)
                }
            )
            .training { copy(loss = MeanSquaredError) }
        } shouldBe
          "1 fault\n  model.layers  end with the shape [2] but diabetes has 1 target; end with dense(1)"
      }
      test("an end that is not flat, where the data are unknown") {
        faults { source(NpzFile("a.npz")).layers(Relu) } shouldBe
          "1 fault\n  model.layers  end with the shape [8, 8, 1]; end with a flat output, such as dense(10)"
      }
      test("dense on an image") {
        faults { layers(Dense(10)) } shouldBe
          "1 fault\n  model.layers[0]  dense(10) takes a flat input but gets [8, 8, 1]; put flatten() before it"
      }
      test("windows on a flat input") {
        val remedy = "put it before flatten(), or declare the input as (height, width, channels)"
        faults { layers(Flatten, Conv2d(4, 3)) } shouldBe
          "1 fault\n  model.layers[1]  conv2d(4, 3) takes a height × width × channels input but gets [64]; $remedy"
        faults { layers(Flatten, AveragePool2d(2)) } shouldBe
          "1 fault\n  model.layers[1]  averagePool2d(2) takes a height × width × channels input but gets [64]; $remedy"
        faults { layers(Flatten, MaxPool2d(2)) } shouldBe
          "1 fault\n  model.layers[1]  maxPool2d(2) takes a height × width × channels input but gets [64]; $remedy"
      }
      test("windows larger than the image") {
        faults { layers(Conv2d(4, 9, padding = Padding.Valid)) } shouldBe
          "1 fault\n  model.layers[0].kernel  is 9 but the input is [8, 8, 1]; take a window that fits into the image"
        faults { layers(AveragePool2d(9)) } shouldBe
          "1 fault\n  model.layers[0].pool  is 9 but the input is [8, 8, 1]; take a window that fits into the image"
      }
      test("impossible numbers of a window") {
        faults { layers(Conv2d(0, 0, -1)) } shouldBe
          """
          3 faults
            model.layers[0].filters  is 0; give a whole number above 0
            model.layers[0].kernel   is 0; give a whole number above 0
            model.layers[0].stride   is -1; give a whole number above 0
          """
            .trimIndent()
        faults { layers(AveragePool2d(-2), MaxPool2d(2, 0)) } shouldBe
          """
          2 faults
            model.layers[0].pool    is -2; give a whole number above 0
            model.layers[1].stride  is 0; give a whole number above 0
          """
            .trimIndent()
      }
      test("more padding than a window sees") {
        faults { layers(Conv2d(4, 3, padding = Padding.explicit(0, 3, -1, 0))) } shouldBe
          "1 fault\n  model.layers[0].padding  is [0, 3, -1, 0]; give numbers from 0 to 2, below the window's side"
      }
      test("a reshape that loses numbers") {
        faults { layers(Reshape(Shape(8, 7))) } shouldBe
          "1 fault\n  model.layers[0].shape  is [8, 7] with 56 numbers but the input [8, 8, 1] has 64; give extents with the product 64"
        faults { layers(Reshape(Shape(-8, -8))) } shouldBe
          "1 fault\n  model.layers[0].shape  is [-8, -8]; give extents of 1 or more"
      }
      test("dropout of everything") {
        faults { layers(Dropout(1.0), Dropout(Double.NaN)) } shouldBe
          """
          2 faults
            model.layers[0].rate  is 1.0; give a number from 0 to below 1
            model.layers[1].rate  is NaN; give a number from 0 to below 1
          """
            .trimIndent()
      }
      test("a slope outside of 0 to 1") {
        faults { layers(LeakyRelu(1.5)) } shouldBe
          "1 fault\n  model.layers[0].slope  is 1.5; give a number from 0.0 to 1.0"
      }
      test("a normalisation by nothing") {
        faults { layers(Normalize(listOf(Double.NaN), listOf(0.0))) } shouldBe
          """
          2 faults
            model.layers[0].mean[0]       is NaN; give a finite number
            model.layers[0].deviation[0]  is 0.0; give a finite number above 0
          """
            .trimIndent()
      }
      test("a normalisation for other channels") {
        faults { layers(Flatten, Normalize(listOf(0.1, 0.2), listOf(1.0))) } shouldBe
          "1 fault\n  model.layers[1].mean  has 2 numbers but the last axis of the input [64] has 64; give 1 or 64 numbers"
        faults { layers(Normalize(listOf(0.1), listOf(1.0, 1.0))) } shouldBe
          "1 fault\n  model.layers[0].deviation  has 2 numbers but the last axis of the input [8, 8, 1] has 1; give 1 number"
      }
      test("a residual block that changes the shape, holds a fault, or holds nothing") {
        faults { layers(Residual(listOf(Conv2d(4, 3)))) } shouldBe
          "1 fault\n  model.layers[0]  residual block turns [8, 8, 1] into [8, 8, 4]; end the block with the shape it began with"
        faults { layers(Residual(listOf(Conv2d(1, 3), Residual(listOf(Dense(3)))))) } shouldBe
          "1 fault\n  model.layers[0].layers[1].layers[0]  dense(3) takes a flat input but gets [8, 8, 1]; put flatten() before it"
        faults { layers(Residual(emptyList())) } shouldBe
          "1 fault\n  model.layers[0].layers  is empty; add the layers of the block"
      }
      test("a layer too large to count") {
        faults { layers(Conv2d(Int.MAX_VALUE, 3), Flatten) } shouldBe
          "1 fault\n  model.layers[0]  turns [8, 8, 1] into [8, 8, 2147483647]; make it smaller; a sample has at most 2147483647 numbers"
      }
      test("the numbers of every layer are told, the shapes up to the first that fails") {
        faults {
          layers(Conv2d(4, -3), Dense(0), Dropout(2.0), Residual(listOf(LeakyRelu(-1.0))))
        } shouldBe
          """
          4 faults
            model.layers[0].kernel           is -3; give a whole number above 0
            model.layers[1].units            is 0; give a whole number above 0
            model.layers[2].rate             is 2.0; give a number from 0 to below 1
            model.layers[3].layers[0].slope  is -1.0; give a number from 0.0 to 1.0
          """
            .trimIndent()
        faults { layers(Dense(10), Dense(-1)) } shouldBe
          """
          2 faults
            model.layers[1].units  is -1; give a whole number above 0
            model.layers[0]        dense(10) takes a flat input but gets [8, 8, 1]; put flatten() before it
          """
            .trimIndent()
      }
    }

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
        faults { certifying(l2(0.5), Ibp, Attack(pgd(10))) } shouldBe
          "1 fault\n  certify[0].steps[1]  is Attack(attack=Pgd(steps=10, stepSize=0.1, restarts=1)), which does not exist for l2; " +
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

    test("everything that is wrong is told at once") {
      faults {
        copy(perturbation = linf(-0.1), data = data.copy(batch = 0))
          .layers(Flatten, Dense(7))
          .withEpochs(5)
          .certifying(linf(0.1))
      } shouldBe
        """
        5 faults
          data.batch            is 0; give a whole number above 0
          model.layers          end with the shape [7] but digits has 10 classes; end with dense(10)
          perturbation.epsilon  is -0.1; give a finite number, 0 or above
          train.epsilon         ends at epoch 10 but training stops at epoch 5; lengthen train.epochs or shorten the schedule
          certify[0].steps      is empty; add a step, such as ibp()
        """
          .trimIndent()
    }

    test("parts that a declaration leaves out are told at once, each with an example") {
      shouldThrow<InvalidExperimentException> { experiment("empty") { seed = 3 } }.message shouldBe
        """
        experiment "empty" has 4 faults
          data          is missing; add data(digits)
          perturbation  is missing; add perturbation(linf(0.1))
          model         is missing; add model { input(28, 28, 1); flatten(); dense(10) }
          train         is missing; add train(10) { }
        """
          .trimIndent()
    }

    test("a model without an input, and a block with one, are refused") {
      shouldThrow<InputException> { model { dense(10) } }.message shouldBe
        "the model declares no input; begin it with input(28, 28, 1)"
      shouldThrow<InputException> {
          model {
            input(4)
            residual {
              input(4)
              dense(4)
            }
          }
        }
        .message shouldBe
        "the residual block declares input(4); leave it out, a block's input is the layer before it"
    }

    test("a faulty declaration in a builder is refused where it ends") {
      shouldThrow<InvalidExperimentException> {
          experiment("long") {
            data(NamedData("digits"))
            perturbation = linf(0.1)
            model {
              input(8, 8, 1)
              flatten()
              dense(10)
            }
            train(epochs = 5) { epsilon = ramp(2, 8) }
          }
        }
        .faults shouldBe
        listOf(
          Fault(
            "train.epsilon",
            "ends at epoch 10 but training stops at epoch 5",
            "lengthen train.epochs or shorten the schedule",
          )
        )
    }
  })
