package org.glacis.spec

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import org.glacis.dsl.model

/** Faults of data and models. */
class ModelValidationTest :
  FunSpec({
    context("the data:") {
      test("an unknown data set") {
        faults { source(NamedData("digit")) } shouldBe
          "1 fault\n  data.source.name  is \"digit\"; did you mean \"digits\"? known data sets: digits, diabetes, wasserstein-toy, mnist, fashion-mnist, cifar-10, tiny-imagenet, imagenet64"
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

    context("the augmentation of the data:") {
      fun Experiment.augmented(vararg changes: AugmentationSpec) =
        copy(data = data.copy(augmentation = changes.toList()))

      test("what suits the image is accepted") {
        small
          .augmented(RandomCrop(7, CropMode.ZERO), HorizontalFlip(0.0), HorizontalFlip(1.0))
          .validate()
          .shouldBeEmpty()
      }
      test("a border as wide as the image, no border, no probability") {
        faults { augmented(RandomCrop(8), RandomCrop(0), HorizontalFlip(1.5)) } shouldBe
          """
          3 faults
            data.augmentation[0].padding      is 8 but the image is [8, 8, 1]; give a number below 8
            data.augmentation[1].padding      is 0; give a whole number above 0
            data.augmentation[2].probability  is 1.5; give a number from 0.0 to 1.0
          """
            .trimIndent()
      }
      test("samples that are no images") {
        faults {
          copy(
              model =
                model {
                  input(64)
                  dense(10)
                }
            )
            .augmented(RandomCrop(2), HorizontalFlip())
        } shouldBe
          """
          2 faults
            data.augmentation[0]  randomCrop takes a height × width × channels input but gets [64]; declare input(height, width, channels), or remove the augmentation
            data.augmentation[1]  horizontalFlip takes a height × width × channels input but gets [64]; declare input(height, width, channels), or remove the augmentation
          """
            .trimIndent()
      }
    }

    context("images that are known by name:") {
      listOf(
          Triple("cifar-10", Shape(32, 32, 3), 10),
          Triple("tiny-imagenet", Shape(64, 64, 3), 200),
          Triple("imagenet64", Shape(64, 64, 3), 1000),
        )
        .forEach { (name, shape, classes) ->
          test("$name has the shape $shape and $classes classes") {
            val fitting =
              small
                .source(NamedData(name))
                .copy(
                  model =
                    model {
                      input(shape[0], shape[1], shape[2])
                      flatten()
                      dense(classes)
                    }
                )
            fitting.validate().shouldBeEmpty()
            faults { fitting.copy(model = small.model) } shouldBe
              """
              2 faults
                model.input   is [8, 8, 1] but a sample of $name is $shape; declare input(${shape[0]}, ${shape[1]}, 3)
                model.layers  end with the shape [10] but $name has $classes classes; end with dense($classes)
              """
                .trimIndent()
                .let {
                  if (classes == 10)
                    it
                      .lines()
                      .dropLast(1)
                      .joinToString("\n")
                      .replace("2 faults", "1 fault")
                      .replace("input   is", "input  is")
                  else it
                }
          }
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
          "1 fault\n  model.layers[0]  residual block turns [8, 8, 1] into [8, 8, 4]; end the block with the shape it began with, or give it a shortcut to [8, 8, 4]"
        faults { layers(ConvexResidual(listOf(Conv2d(4, 3)))) } shouldBe
          "1 fault\n  model.layers[0]  residual block turns [8, 8, 1] into [8, 8, 4]; end the block with the shape it began with"
        faults { layers(Residual(listOf(Conv2d(1, 3), Residual(listOf(Dense(3)))))) } shouldBe
          "1 fault\n  model.layers[0].layers[1].layers[0]  dense(3) takes a flat input but gets [8, 8, 1]; put flatten() before it"
        faults { layers(Residual(emptyList())) } shouldBe
          "1 fault\n  model.layers[0].layers  is empty; add the layers of the block"
      }
      test("a shortcut that ends with another shape than its block, or holds a fault") {
        faults { layers(Residual(listOf(Conv2d(4, 3)), listOf(Conv2d(4, 1, 2)))) } shouldBe
          "1 fault\n  model.layers[0]  residual block turns [8, 8, 1] into [8, 8, 4] and its shortcut into [4, 4, 4]; end both with one shape"
        faults { layers(Residual(listOf(Conv2d(4, 3)), listOf(Dense(4)))) } shouldBe
          "1 fault\n  model.layers[0].shortcut[0]  dense(4) takes a flat input but gets [8, 8, 1]; put flatten() before it"
        faults { layers(Residual(listOf(Conv2d(4, 3)), listOf(Conv2d(0, 1)))) } shouldBe
          "1 fault\n  model.layers[0].shortcut[0].filters  is 0; give a whole number above 0"
      }
      test("groups that do not divide filters or channels") {
        faults { layers(Conv2d(6, 3, groups = 4)) } shouldBe
          "1 fault\n  model.layers[0].groups  is 4 but there are 6 filters; take a divisor of 6"
        faults { layers(Conv2d(6, 3), SpectralConv2d(8, 3, groups = 4)) } shouldBe
          "1 fault\n  model.layers[1].groups  is 4 but the input [8, 8, 6] has 6 channels; take a divisor of 6, or give the layer before it a multiple of 4"
        faults { layers(Conv2d(6, 3, groups = 0), SpectralConv2d(8, 3, groups = 3)) } shouldBe
          """
          2 faults
            model.layers[0].groups  is 0; give a whole number above 0
            model.layers[1].groups  is 3 but there are 8 filters; take a divisor of 8
          """
            .trimIndent()
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

    context("1-Lipschitz layers:") {
      test("circular windows that do not wrap once, or leave a rest") {
        faults { layers(Conv2d(4, 3, 3, Padding.Circular)) } shouldBe
          "1 fault\n  model.layers[0].stride  is 3 but the input is [8, 8, 1]; with circular padding take a divisor of 8"
        faults { layers(SpectralConv2d(4, 9, padding = Padding.Circular)) } shouldBe
          "1 fault\n  model.layers[0].kernel  is 9 but the input is [8, 8, 1]; take a window that fits into the image, which circular padding wraps once"
        faults { layers(AveragePool2d(2, padding = Padding.Circular)) } shouldBe
          "1 fault\n  model.layers[0].padding  is circular; give same, valid or numbers; only convolutions wrap"
      }
      test("windows larger than the image, and no filters") {
        faults { layers(FrobeniusConv2d(4, 9, padding = Padding.Valid)) } shouldBe
          "1 fault\n  model.layers[0].kernel  is 9 but the input is [8, 8, 1]; take a window that fits into the image"
        faults { layers(SpectralConv2dTranspose(0, 0)) } shouldBe
          """
          2 faults
            model.layers[0].filters  is 0; give a whole number above 0
            model.layers[0].kernel   is 0; give a whole number above 0
          """
            .trimIndent()
        faults { layers(Conv2dTranspose(2, 9, padding = Padding.explicit(8))) } shouldBe
          "1 fault\n  model.layers[0].padding  takes all from the output, which would be [0, 0, 2]; take away less, or a larger window"
      }
      test("sequences that are images, too short, or padded on another axis") {
        faults { layers(Conv1d(4, 3)) } shouldBe
          "1 fault\n  model.layers[0]  conv1d(4, 3) takes a length × channels input but gets [8, 8, 1]; put it before flatten(), or declare the input as (length, channels)"
        faults {
          layers(Reshape(Shape(8, 8)), SpectralConv1d(4, 9, padding = Padding.Valid))
        } shouldBe
          "1 fault\n  model.layers[1].kernel  is 9 but the input is [8, 8]; take a window that fits into the image"
        faults { layers(Conv1d(4, 3, padding = Padding.explicit(1))) } shouldBe
          "1 fault\n  model.layers[0].padding  has 1 on the left and 1 on the right; a sequence has one axis; give [before, after, 0, 0]"
      }
      test("channels and pixels that cannot be shared out") {
        faults { layers(Householder()) } shouldBe
          "1 fault\n  model.layers[0]  householder() takes groups of 2 but the last axis of the input [8, 8, 1] has 1; give the layer before it a multiple of 2"
        faults { layers(Householder(3)) } shouldBe
          "1 fault\n  model.layers[0].order  is 3; give 1 or 2"
        faults { layers(InvertibleDownSampling(3)) } shouldBe
          "1 fault\n  model.layers[0]  invertibleDownSampling(3) takes a height and a width that are multiples of 3 but gets [8, 8, 1]; take a divisor of both, or another image size"
        faults { layers(InvertibleUpSampling(2)) } shouldBe
          "1 fault\n  model.layers[0]  invertibleUpSampling(2) takes groups of 4 but the last axis of the input [8, 8, 1] has 1; give the layer before it a multiple of 4"
        faults { layers(ConcatResidual(listOf(Relu))) } shouldBe
          "1 fault\n  model.layers[0]  concatResidual() takes groups of 2 but the last axis of the input [8, 8, 1] has 1; give the layer before it a multiple of 2"
      }
      test("blocks that change the shape of what they see") {
        faults { layers(Conv2d(4, 3), ConcatResidual(listOf(Conv2d(4, 3)))) } shouldBe
          "1 fault\n  model.layers[1]  residual block turns [8, 8, 2] into [8, 8, 4]; end the block with the shape it began with"
        faults { layers(ConvexResidual(listOf(Flatten)), PrescaledResidual(emptyList())) } shouldBe
          """
          2 faults
            model.layers[1].layers  is empty; add the layers of the block
            model.layers[0]         residual block turns [8, 8, 1] into [64]; end the block with the shape it began with
          """
            .trimIndent()
      }
      test("global pools and centering without an image, and no momentum") {
        faults { layers(Flatten, ScaledGlobalAveragePool2d) } shouldBe
          "1 fault\n  model.layers[1]  scaledGlobalAveragePool2d() takes a height × width × channels input but gets [64]; put it before flatten()"
        faults { layers(Flatten, LayerCentering()) } shouldBe
          "1 fault\n  model.layers[1]  layerCentering() takes a height × width × channels input but gets [64]; put it before flatten(), or take batchCentering()"
        faults { layers(BatchCentering(0.0), BatchLipNorm(1.5)) } shouldBe
          """
          2 faults
            model.layers[0].momentum  is 0.0; give a number above 0, 1 at most
            model.layers[1].momentum  is 1.5; give a number above 0, 1 at most
          """
            .trimIndent()
      }
    }
  })
