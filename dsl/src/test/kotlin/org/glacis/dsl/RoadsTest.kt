package org.glacis.dsl

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.spec.Condensing
import org.glacis.spec.CropMode
import org.glacis.spec.CrossEntropy
import org.glacis.spec.DataRange
import org.glacis.spec.EventOrder
import org.glacis.spec.ExperimentJson
import org.glacis.spec.HorizontalFlip
import org.glacis.spec.Initializer
import org.glacis.spec.IntervalWidth
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.Padding
import org.glacis.spec.Qr
import org.glacis.spec.RandomCrop
import org.glacis.spec.Relu
import org.glacis.spec.RobustMeanSquaredError
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.glacis.spec.everything
import org.glacis.spec.expressive
import org.glacis.spec.resource
import org.glacis.spec.small

class RoadsTest :
  FunSpec({
    test("Kotlin, Java and JSON declare equal experiments") {
      JavaRoad.small() shouldBe small
      JavaRoad.everything() shouldBe everything
      JavaRoad.expressive() shouldBe expressive
      ExperimentJson.decode(resource("expressive.json")) shouldBe JavaRoad.expressive()
    }

    test("Java writes and reads the JSON that Kotlin does") {
      JavaRoad.expressive().toJson() shouldBe expressive.toJson()
      JavaRoad.throughJson(small) shouldBe small
    }

    test("Java changes an experiment as Kotlin does") {
      JavaRoad.changed(small) shouldBe
        small.copy(
          name = "other",
          seed = 7,
          train = small.train.copy(epochs = 12),
          data = small.data.copy(batch = 16),
        )
    }

    test("the verbs of a model are equal") {
      JavaRoad.model() shouldBe
        model {
          input(8, 8, 1)
          normalize(listOf(0.5), listOf(0.25))
          averagePool2d(2, stride = 1)
          averagePool2d(2, padding = Padding.Same)
          maxPool2d(2)
          conv2d(4, kernel = 3, padding = Padding.Valid)
          leakyRelu()
          conv2d(8, kernel = 3, groups = 2)
          spectralConv2d(8, kernel = 1, orthogonalization = Qr, groups = 4)
          residual(shortcut = { conv2d(8, kernel = 1, bias = false) }) {
            conv2d(8, kernel = 3)
            relu()
          }
          add(Relu)
        }
    }

    test("the verbs of 1-Lipschitz layers are equal, and their shapes fit") {
      JavaRoad.lipschitz() shouldBe
        model {
          input(8, 8, 1)
          spectralConv2d(8, kernel = 3, padding = Padding.Circular)
          layerCentering()
          householder()
          householder(order = 2)
          convexResidual {
            frobeniusConv2d(8, kernel = 3)
            clippedPRelu()
          }
          prescaledResidual {
            spectralConv2d(8, kernel = 1)
            maxMin()
          }
          concatResidual {
            spectralConv2d(4, kernel = 1)
            batchLipNorm()
          }
          invertibleDownSampling(2)
          spectralConv2dTranspose(4, kernel = 2, stride = 2)
          conv2dTranspose(4, kernel = 3)
          invertibleUpSampling(2)
          concatMaxMin()
          batchCentering(momentum = 0.2)
          frobeniusConv2d(8, kernel = 3, stride = 2, disjointNeurons = true)
          reshape(64, 8)
          spectralConv1d(8, kernel = 5, stride = 2)
          conv1d(4, kernel = 3)
          reshape(8, 4, 4)
          scaledGlobalL2NormPool2d()
          reshape(2, 2, 1)
          layerCentering(bias = false)
          batchCentering()
          batchLipNorm(momentum = 0.3)
          scaledGlobalAveragePool2d()
        }
      JavaRoad.lipschitz().shapes().map { it.toString() } shouldBe
        listOf(
          "[8, 8, 1]",
          "[8, 8, 8]",
          "[8, 8, 8]",
          "[8, 8, 8]",
          "[8, 8, 8]",
          "[8, 8, 8]",
          "[8, 8, 8]",
          "[8, 8, 8]",
          "[4, 4, 32]",
          "[8, 8, 4]",
          "[8, 8, 4]",
          "[16, 16, 1]",
          "[16, 16, 2]",
          "[16, 16, 2]",
          "[8, 8, 8]",
          "[64, 8]",
          "[32, 8]",
          "[32, 4]",
          "[8, 4, 4]",
          "[4]",
          "[2, 2, 1]",
          "[2, 2, 1]",
          "[2, 2, 1]",
          "[2, 2, 1]",
          "[1]",
        )
    }

    test("the verbs of schedules are equal") {
      JavaRoad.schedules() shouldBe
        listOf(
          constant(),
          constant(0.5),
          ramp(2, 8),
          linear(1, 5),
          linear(1, 5, from = 0.2, to = 0.8),
          smoothed(2, 20),
          smoothed(2, 20, mid = 0.4),
          step(listOf(50, 60)),
          cosine(70),
          cosine(70, to = 0.01),
        )
    }

    test("the verbs of losses are equal") {
      JavaRoad.losses() shouldBe
        listOf(
          CrossEntropy,
          robustCrossEntropy(),
          robustCrossEntropy(elision = true),
          IntervalWidth,
          MeanSquaredError,
          RobustMeanSquaredError,
          crossEntropy() + robustCrossEntropy(),
          ibp(),
          crownIbp(),
        )
    }

    test("the verbs of optimisers are equal") {
      JavaRoad.optimizers() shouldBe
        listOf(
          adam(),
          adamW(0.1, weightDecay = 0.2, beta1 = 0.8, beta2 = 0.9, epsilon = 1e-6),
          rAdam(0.1, beta1 = 0.8),
          sgd(0.1, momentum = 0.9, nesterov = true, weightDecay = 1e-4),
        )
    }

    test("the verbs of attacks are equal") {
      JavaRoad.attacked() shouldBe
        experiment("attacked") {
          data(digits) {}
          perturbation = l2(0.25)
          model {
            input(8, 8, 1)
            flatten()
            dense(10)
          }
          train(epochs = 1)
          certify(l2(0.25)) {
            attack(deepFool(steps = 20))
            attack(carliniWagner(binarySearchSteps = 6, steps = 8000, target = 3))
            lipschitzMargin()
            validateCertificates(carliniWagner(), pgd(), samples = 50)
            heldOut(0.05, alpha = 0.02, order = EventOrder.CORRUPT_THEN_SAMPLE)
          }
          certify(linf(0.05)) {
            ibp()
            heldOut(delta = 0.05)
          }
        }
    }

    test("what trains 1-Lipschitz networks is declared alike") {
      JavaRoad.held() shouldBe
        experiment("held") {
          data(digits) {}
          perturbation = l2(0.25)
          model {
            input(8, 8, 1)
            conv2d(4, kernel = 3)
            flatten()
            spectralDense(16)
            dense(10)
          }
          train(epochs = 4) {
            condense = Condensing.EVERY_EPOCH
            orthogonality = orthogonalityRegularizer(constant(0.5), linear(1, 4))
            constraint = spectralNorm()
            initialize(Initializer.SPECTRAL, Initializer.ORTHOGONAL)
          }
        }
      JavaRoad.constraints() shouldBe
        listOf(spectralNorm(2.0), frobeniusNorm(), weightClip(0.1), autoWeightClip())
      JavaRoad.orthogonality() shouldBe orthogonalityRegularizer(dense = 1e-3)
    }

    test("the verbs of perturbation sets are equal") {
      JavaRoad.sets() shouldBe
        listOf(
          linf(0.1),
          linf(0.1, null),
          linf(listOf(0.1, 0.2)),
          l2(0.5),
          l2(0.5, DataRange(0.0, 255.0)),
        )
    }

    test("the verbs of data are equal") {
      JavaRoad.sources() shouldBe
        listOf(
          digits,
          diabetes,
          mnist,
          fashionMnist,
          cifar10,
          tinyImageNet,
          imageNet64,
          npz("a.npz"),
          imageFolder("pictures", 32, 32),
          imageFolder("pictures", 32, 32, channels = 1),
          memory("mine", Shape(8, 8, 1), 10),
          memory("mine", Shape(5), 1, Task.REGRESSION),
        )
    }

    test("the verbs of augmentation are equal, and keep their order") {
      val data =
        experiment("small") {
            data(digits) {
              horizontalFlip()
              randomCrop(padding = 2)
              randomCrop(1, CropMode.ZERO)
              horizontalFlip(0.25)
            }
            perturbation = linf(0.02)
            model(small.model)
            train(epochs = 1)
          }
          .data
      data.augmentation shouldBe
        listOf(
          HorizontalFlip(0.5),
          RandomCrop(2, CropMode.EDGE),
          RandomCrop(1, CropMode.ZERO),
          HorizontalFlip(0.25),
        )
      JavaRoad.augmented() shouldBe data
    }

    test("fields and verbs of a Kotlin block are the same thing") {
      experiment("small") {
        data(digits) { batch(32) }
        perturbation(linf(0.02))
        seed(0)
        model(small.model)
        train(10) { loss(robustCrossEntropy()).epsilon(ramp(2, 8)).optimizer(adam(1e-3)) }
        certify(linf(0.02)) { attack(pgd(steps = 10)).ibp() }
      } shouldBe small
    }
  })
