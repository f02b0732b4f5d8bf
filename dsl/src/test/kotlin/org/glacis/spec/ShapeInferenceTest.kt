package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.arbitrary.int
import io.kotest.property.checkAll
import org.glacis.dsl.model

private val IMAGE = Shape(28, 28, 3)

class ShapeInferenceTest :
  FunSpec({
    val flat = Shape(12)
    listOf(
        Triple(Dense(10), flat, Shape(10)),
        Triple(Conv2d(16, 4, 2), IMAGE, Shape(14, 14, 16)),
        Triple(Conv2d(16, 4, 2, Padding.Valid), IMAGE, Shape(13, 13, 16)),
        Triple(Conv2d(16, 4, 2, Padding.explicit(1)), IMAGE, Shape(14, 14, 16)),
        Triple(Conv2d(16, 5, 1, Padding.explicit(0, 1, 2, 3)), IMAGE, Shape(25, 29, 16)),
        Triple(AveragePool2d(2), IMAGE, Shape(14, 14, 3)),
        Triple(AveragePool2d(3, 2, Padding.Same), IMAGE, Shape(14, 14, 3)),
        Triple(MaxPool2d(3), IMAGE, Shape(9, 9, 3)),
        Triple(MaxPool2d(3, 1), IMAGE, Shape(26, 26, 3)),
        Triple(Flatten, IMAGE, Shape(2352)),
        Triple(Reshape(Shape(7, 336)), IMAGE, Shape(7, 336)),
        Triple(Dropout(0.5), IMAGE, IMAGE),
        Triple(Normalize(listOf(0.5), listOf(0.2)), IMAGE, IMAGE),
        Triple(Normalize(listOf(0.5, 0.4, 0.3), listOf(0.2)), IMAGE, IMAGE),
        Triple(Residual(listOf(Conv2d(3, 3), Relu)), IMAGE, IMAGE),
        Triple(
          Residual(listOf(Conv2d(8, 3, 2), Relu), listOf(Conv2d(8, 1, 2))),
          IMAGE,
          Shape(14, 14, 8),
        ),
        Triple(Relu, flat, flat),
        Triple(LeakyRelu(), IMAGE, IMAGE),
        Triple(Elu, flat, flat),
        Triple(Softplus, flat, flat),
        Triple(Sigmoid, IMAGE, IMAGE),
        Triple(Tanh, flat, flat),
      )
      .forEach { (layer, input, output) ->
        test("$layer turns $input into $output") {
          ModelSpec(input, listOf(layer)).output shouldBe output
        }
      }

    test("every layer is in the list above or in a test of its own") {
      // The list is checked by the generators' walk: a new layer has a generator, and with it this
      // test.
      checkAll(300, Arb.int(0..Int.MAX_VALUE)) { seed ->
        val layer = Generators.layers.values.elementAt(seed % Generators.layers.size)
        checkAll(1, layer) {
          val faults = Faults()
          val shapes = listOf(it).apply { checkNumbers(faults) }.shapesFrom(IMAGE, faults)
          (shapes == null) shouldBe faults.all().isNotEmpty()
        }
      }
    }

    test("a window has as many places as one counts by hand") {
      checkAll(500, Arb.int(1..20), Arb.int(1..6), Arb.int(1..4), Arb.int(0..5), Arb.int(0..5)) {
        extent,
        side,
        stride,
        before,
        after ->
        fun places(total: Int) = (0..total - side step stride).count()
        Padding.Valid.outputExtent(0, extent, side, stride).coerceAtLeast(0) shouldBe places(extent)
        Padding.explicit(before, after, 0, 0)
          .outputExtent(0, extent, side, stride)
          .coerceAtLeast(0) shouldBe places(extent + before + after)
        Padding.Same.outputExtent(1, extent, side, stride) shouldBe (extent + stride - 1) / stride
      }
    }

    test("same padding puts the odd pixel at the end") {
      Padding.Same.amounts(0, 28, 4, 2) shouldBe (1 to 1)
      Padding.Same.amounts(0, 28, 4, 1) shouldBe (1 to 2)
      Padding.Same.amounts(0, 5, 1, 3) shouldBe (0 to 0)
    }

    test("a model tells its shapes before, between and after the layers") {
      val cnn = model {
        input(28, 28, 1)
        conv2d(16, kernel = 4, stride = 2)
        relu()
        flatten()
        dense(100)
        dense(10)
      }
      cnn.shapes() shouldBe
        listOf(
          Shape(28, 28, 1),
          Shape(14, 14, 16),
          Shape(14, 14, 16),
          Shape(3136),
          Shape(100),
          Shape(10),
        )
    }

    test("a model that does not fit says why") {
      val wrong = model {
        input(28, 28, 1)
        dense(10)
      }
      shouldThrow<InputException> { wrong.shapes() }.message shouldBe
        "model has 1 fault\n  model.layers[0]  dense(10) takes a flat input but gets [28, 28, 1]; put flatten() before it"
    }
  })
