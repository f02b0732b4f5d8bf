package org.glacis.dsl

import io.kotest.core.spec.style.FunSpec
import io.kotest.datatest.withData
import io.kotest.matchers.shouldBe
import org.glacis.spec.BatchNorm
import org.glacis.spec.BlockSpec
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.ModelSpec
import org.glacis.spec.Normalize
import org.glacis.spec.Relu
import org.glacis.spec.Residual
import org.glacis.spec.Shape

/** Counts that the authors' own networks have. */
class ArchitecturesTest :
  FunSpec({
    val mnist = Shape(28, 28, 1)
    val cifar = Shape(32, 32, 3)
    val large = Shape(64, 64, 3)

    context("trainable parameters:") {
      withData(
        nameFn = { (model, count) -> "${model.name} ${model.input} to ${model.output}: $count" },
        cnn3(mnist, 10) to 24_426,
        cnn3(cifar, 10) to 30_026,
        cnn5(mnist, 10) to 822_106,
        cnn5(cifar, 10) to 1_068_154,
        cnn7(mnist, 10) to 13_259_338,
        cnn7(cifar, 10) to 17_192_650,
        cnn7(cifar, 10, width = 128) to 35_189_642,
        cnn7(cifar, 10, batchNorm = false) to 17_190_602,
        cnn7(large, 200) to 17_290_120,
        cnn7(large, 1000) to 17_700_520,
        smallCnn(mnist, 10) to 166_406,
        resNet18(cifar, 10) to 11_173_962,
        preActResNet18(cifar, 10) to 11_172_170,
      ) { (model, count) ->
        parameters(model) shouldBe count
      }
    }

    test("CNN7 has the ReLUs that its authors count") {
      relus(cnn7(mnist, 10)) shouldBe 176_128
      relus(cnn7(cifar, 10)) shouldBe 229_888
    }

    test("residual networks have the shapes that their authors' have") {
      for (network in listOf(resNet18(cifar, 10), preActResNet18(cifar, 10))) {
        val blocks = network.layers.zip(network.shapes().drop(1)).filter { it.first is Residual }
        blocks.map { it.second } shouldBe
          listOf(32 to 64, 16 to 128, 8 to 256, 4 to 512).flatMap { (side, channels) ->
            List(2) { Shape(side, side, channels) }
          }
        blocks.map { (it.first as Residual).shortcut.size > 0 } shouldBe
          listOf(false, false, true, false, true, false, true, false)
      }
      // The shortcut of a block before its activations begins behind the first of them.
      preActResNet18(cifar, 10).layers.map { it::class.simpleName } shouldBe
        listOf("Conv2d", "Residual", "Residual") +
          List(3) { listOf("BatchNorm", "Relu", "Residual", "Residual") }.flatten() +
          listOf("BatchNorm", "Relu", "AveragePool2d", "Flatten", "Dense")
      resNet18(cifar, 10).layers.map { it::class.simpleName } shouldBe
        listOf("Conv2d", "BatchNorm", "Relu") +
          List(8) { listOf("Residual", "Relu") }.flatten() +
          listOf("AveragePool2d", "Flatten", "Dense")
      // Odd sides are halved upwards.
      resNet18(Shape(28, 28, 1), 10, width = 4).shapes().takeLast(4).map { it.extents } shouldBe
        listOf(listOf(4, 4, 32), listOf(1, 1, 32), listOf(32), listOf(10))
    }

    test("names say what differs from the authors' networks") {
      listOf(
          cnn7(cifar, 10),
          cnn7(cifar, 10, width = 128),
          cnn5(cifar, 10, width = 64, batchNorm = false),
          smallCnn(mnist, 10),
          resNet18(cifar, 10),
          preActResNet18(cifar, 10, width = 16),
        )
        .map { it.name } shouldBe
        listOf("CNN7", "CNN7, width 128", "CNN5, width 64, without batch norm", "small CNN") +
          listOf("ResNet18", "PreActResNet18, width 16")
    }

    test("normalisation stands in front and adds no parameters") {
      val mean = listOf(0.4914, 0.4822, 0.4465)
      val deviation = listOf(0.2023, 0.1994, 0.2010)
      val model = cnn7(cifar, 10).normalized(mean, deviation)
      model.layers.first() shouldBe Normalize(mean, deviation)
      model.copy(layers = model.layers.drop(1)) shouldBe cnn7(cifar, 10)
      parameters(model) shouldBe 17_192_650
    }

    test("Java declares the same networks") {
      JavaRoad.architectures() shouldBe
        listOf(
          cnn3(mnist, 10),
          cnn3(mnist, 10, width = 64, batchNorm = false),
          cnn5(mnist, 10),
          cnn7(large, 200),
          cnn7(large, 200, width = 32, batchNorm = true, fifthStride = 1),
          smallCnn(mnist, 10, batchNorm = true).normalized(listOf(0.1307), listOf(0.3081)),
          resNet18(large, 200),
          preActResNet18(mnist, 10, width = 8),
        )
    }
  })

/** Weights, biases, and gamma and beta of batch norms. */
private fun parameters(model: ModelSpec): Int =
  model.layers.zip(model.shapes()).sumOf { (layer, input) ->
    when (layer) {
      is Dense -> (input[0] + 1) * layer.units
      is Conv2d ->
        (layer.kernel * layer.kernel * input[2] + if (layer.bias) 1 else 0) * layer.filters
      is BatchNorm -> 2 * input[input.rank - 1]
      is BlockSpec -> layer.branches.values.sumOf { parameters(ModelSpec(input, it)) }
      else -> 0
    }
  }

private fun relus(model: ModelSpec): Int =
  model.layers.zip(model.shapes()).sumOf { (layer, input) -> if (layer == Relu) input.size else 0 }
