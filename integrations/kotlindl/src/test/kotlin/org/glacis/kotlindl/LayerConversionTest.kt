package org.glacis.kotlindl

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.dsl.model
import org.glacis.spec.Elu
import org.glacis.spec.LayerSpec
import org.glacis.spec.LeakyRelu
import org.glacis.spec.Padding
import org.glacis.spec.Relu
import org.glacis.spec.Sigmoid
import org.glacis.spec.Softplus
import org.glacis.spec.Tanh
import org.glacis.spec.Task
import org.jetbrains.kotlinx.dl.api.core.activation.Activations
import org.jetbrains.kotlinx.dl.api.core.layer.Layer
import org.jetbrains.kotlinx.dl.api.core.layer.activation.ELU
import org.jetbrains.kotlinx.dl.api.core.layer.activation.LeakyReLU
import org.jetbrains.kotlinx.dl.api.core.layer.activation.PReLU
import org.jetbrains.kotlinx.dl.api.core.layer.activation.ReLU
import org.jetbrains.kotlinx.dl.api.core.layer.activation.Softmax
import org.jetbrains.kotlinx.dl.api.core.layer.convolutional.Conv2D
import org.jetbrains.kotlinx.dl.api.core.layer.convolutional.Conv2DTranspose
import org.jetbrains.kotlinx.dl.api.core.layer.convolutional.ConvPadding
import org.jetbrains.kotlinx.dl.api.core.layer.core.ActivationLayer
import org.jetbrains.kotlinx.dl.api.core.layer.core.Dense
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input
import org.jetbrains.kotlinx.dl.api.core.layer.normalization.BatchNorm
import org.jetbrains.kotlinx.dl.api.core.layer.pooling.AvgPool2D
import org.jetbrains.kotlinx.dl.api.core.layer.pooling.GlobalAvgPool2D
import org.jetbrains.kotlinx.dl.api.core.layer.pooling.MaxPool2D
import org.jetbrains.kotlinx.dl.api.core.layer.regularization.Dropout
import org.jetbrains.kotlinx.dl.api.core.layer.reshaping.Flatten
import org.jetbrains.kotlinx.dl.api.core.regularizer.L1
import org.jetbrains.kotlinx.dl.api.core.regularizer.L2

class LayerConversionTest :
  FunSpec({
    test("a list of KotlinDL layers becomes the model that it describes") {
      val layers =
        listOf(
          Input(28, 28, 1),
          Conv2D(16, kernelSize = 5, strides = 2, activation = Activations.Relu),
          AvgPool2D(poolSize = 2, strides = 2),
          Conv2D(
            8,
            kernelSize = 3,
            activation = Activations.Linear,
            padding = ConvPadding.VALID,
            useBias = false,
          ),
          LeakyReLU(0.1f),
          MaxPool2D(poolSize = 2, strides = 1),
          Flatten(),
          Dropout(0.25f),
          Dense(100, Activations.Tanh),
          Dense(10, Activations.Softmax),
        )

      modelSpec(layers, "lenet") shouldBe
        model {
          named("lenet")
          input(28, 28, 1)
          conv2d(16, kernel = 5, stride = 2)
          relu()
          averagePool2d(2)
          conv2d(8, kernel = 3, padding = Padding.VALID, bias = false)
          leakyRelu(0.1)
          maxPool2d(2, stride = 1)
          flatten()
          dropout(0.25)
          dense(100)
          tanh()
          dense(10)
        }
    }

    test("an activation is a layer of its own, whether property or layer") {
      val pairs: List<Pair<Activations, LayerSpec?>> =
        listOf(
          Activations.Linear to null,
          Activations.Relu to Relu,
          Activations.Elu to Elu,
          Activations.SoftPlus to Softplus,
          Activations.Sigmoid to Sigmoid,
          Activations.Tanh to Tanh,
        )
      for ((activation, layer) in pairs) {
        val property = modelSpec(listOf(Input(4), Dense(3, activation)))
        property.layers.drop(1) shouldBe listOfNotNull(layer)
        val own =
          modelSpec(listOf(Input(4), Dense(3, Activations.Linear), ActivationLayer(activation)))
        own shouldBe property
      }
    }

    test("layers of one activation keep their settings") {
      fun of(layer: Layer) = modelSpec(listOf(Input(4), layer, Dense(2))).layers[0]
      of(ReLU()) shouldBe Relu
      of(ReLU(negativeSlope = 0.3f)) shouldBe LeakyRelu(0.3)
      of(LeakyReLU()) shouldBe LeakyRelu(0.3)
      of(ELU()) shouldBe Elu
    }

    test("a softmax ends a classifier as nothing") {
      val ended = listOf(Input(4), Dense(3, Activations.Linear), Softmax())
      modelSpec(ended) shouldBe modelSpec(ended.dropLast(1))
      refused("layers[2]  Softmax \"\" has the activation Softmax but the task is regression") {
        modelSpec(ended, task = Task.REGRESSION)
      }
    }

    test("same padding of a maximum is taken where it pads nothing") {
      val pool = MaxPool2D(poolSize = 2, strides = 2, padding = ConvPadding.SAME)
      modelSpec(listOf(Input(4, 4, 1), pool)).layers shouldBe
        model {
            input(4, 4, 1)
            maxPool2d(2)
          }
          .layers
      refused("layers[1]", "MaxPool2D", "padding SAME, which pads its input [5, 5, 1]") {
        modelSpec(listOf(Input(5, 5, 1), pool))
      }
    }

    context("what has no counterpart is refused by name") {
      val image = listOf<Layer>(Input(8, 8, 3))
      val cases: List<Pair<Layer, List<String>>> =
        listOf(
          BatchNorm(name = "bn") to
            listOf("BatchNorm \"bn\" has no counterpart", "take Input, Dense"),
          GlobalAvgPool2D("gap") to listOf("GlobalAvgPool2D \"gap\" has no counterpart"),
          Conv2DTranspose(4, 3, name = "up") to listOf("Conv2DTranspose \"up\" has no counterpart"),
          PReLU(name = "p") to listOf("PReLU \"p\" has no counterpart"),
          Input(3, name = "again") to listOf("Input \"again\" stands behind the first place"),
          Conv2D(4, 3, dilations = 2, name = "c") to
            listOf("Conv2D \"c\" has dilations [1, 2, 2, 1]", "leave dilations at 1"),
          Conv2D(4, intArrayOf(3, 5), name = "c") to listOf("Conv2D \"c\" has kernelSize [3, 5]"),
          Conv2D(4, intArrayOf(3, 3), strides = intArrayOf(1, 1, 2, 1), name = "c") to
            listOf("Conv2D \"c\" has strides [1, 1, 2, 1]", "make it square"),
          Conv2D(4, 3, padding = ConvPadding.FULL, name = "c") to
            listOf("Conv2D \"c\" has padding FULL", "take SAME or VALID"),
          Conv2D(4, 3, kernelRegularizer = L2(0.1f), name = "c") to
            listOf("Conv2D \"c\" has kernelRegularizer L2"),
          Conv2D(4, 3, activation = Activations.Swish, name = "c") to
            listOf("Conv2D \"c\" has the activation Swish", "take Linear, Relu"),
          Conv2D(4, 3, name = "c").apply { isTrainable = false } to
            listOf("Conv2D \"c\" is frozen"),
          AvgPool2D(intArrayOf(1, 2, 3, 1), intArrayOf(1, 2, 2, 1), name = "a") to
            listOf("AvgPool2D \"a\" has poolSize [1, 2, 3, 1]"),
          AvgPool2D(intArrayOf(2, 2, 2, 1), intArrayOf(1, 2, 2, 1), name = "a") to
            listOf("AvgPool2D \"a\" has poolSize [2, 2, 2, 1]"),
          MaxPool2D(2, 2, ConvPadding.FULL, name = "m") to
            listOf("MaxPool2D \"m\" has padding FULL"),
          ReLU(maxValue = 6f, name = "r") to listOf("ReLU \"r\" has maxValue 6.0"),
          ReLU(threshold = 0.5f, name = "r") to listOf("ReLU \"r\" has threshold 0.5"),
          LeakyReLU(1.5f, "l") to listOf("layers[1].slope", "is 1.5"),
          ELU(2f, "e") to listOf("ELU \"e\" has alpha 2.0"),
          Dropout(1f, name = "d") to listOf("layers[1].rate", "is 1.0"),
          ActivationLayer(Activations.Gelu, "g") to
            listOf("ActivationLayer \"g\" has the activation Gelu"),
          Softmax(listOf(1), "s") to
            listOf("Softmax \"s\" has axis [1]", "Softmax \"s\" has the activation Softmax before"),
        )
      cases.forEachIndexed { i, (layer, parts) ->
        test("${i + 1}: ${parts.first()}") {
          refused("layers[1]", *parts.toTypedArray()) { modelSpec(image + layer + Flatten()) }
        }
      }
    }

    test("all faults are told at once, with the places of the KotlinDL layers") {
      val message = refused {
        modelSpec(
          listOf(
            Input(8, 8, 1),
            Conv2D(4, 3, activation = Activations.Mish, name = "first"),
            BatchNorm(name = "bn"),
            Dense(0, biasRegularizer = L1(0.1f), activityRegularizer = L2(), name = "last"),
          )
        )
      }
      message shouldBe
        """
        the list of KotlinDL layers has 5 faults
          layers[1]        Conv2D "first" has the activation Mish, which has no counterpart; take Linear, Relu, Elu, SoftPlus, Sigmoid, Tanh, or Softmax at the end
          layers[2]        BatchNorm "bn" has no counterpart; take Input, Dense, Conv2D, AvgPool2D, MaxPool2D, Flatten, Dropout, ReLU, LeakyReLU, ELU, ActivationLayer, or Softmax at the end
          layers[3]        Dense "last" has biasRegularizer L1; leave it out; Glacis has no weight penalties
          layers[3]        Dense "last" has activityRegularizer L2; leave it out; Glacis has no weight penalties
          layers[3].units  is 0; give a whole number above 0
        """
          .trimIndent()
    }

    test("a layer that does not fit the shape before it is told of") {
      refused("layers[1]", "takes a flat input but gets [8, 8, 1]") {
        modelSpec(listOf(Input(8, 8, 1), Dense(3)))
      }
    }

    test("the list begins with an input and goes on") {
      refused("layers[0]: there are no KotlinDL layers; begin with") { modelSpec(emptyList()) }
      refused("layers[0]: first is Dense \"d\"") { modelSpec(listOf(Dense(3, name = "d"))) }
      refused("layers", "end with Input \"i\"") { modelSpec(listOf(Input(3, name = "i"))) }
      refused("layers[0]", "Input \"i\" has the shape [0]") {
        modelSpec(listOf(Input(0, name = "i"), Dense(3)))
      }
    }
  })
