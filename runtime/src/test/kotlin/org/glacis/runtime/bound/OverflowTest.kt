package org.glacis.runtime.bound

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeFalse
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.doubles.shouldBeNaN
import io.kotest.matchers.shouldBe
import org.glacis.runtime.Glacis
import org.glacis.runtime.certify.Verdict
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.evaluateOne
import org.glacis.runtime.oracle.graph
import org.glacis.runtime.train.toy
import org.glacis.spec.CertificationSpec
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Flatten
import org.glacis.spec.Ibp
import org.glacis.spec.LayerSpec
import org.glacis.spec.Linf
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.Padding
import org.glacis.spec.Relu
import org.glacis.spec.Shape
import org.glacis.spec.Sigmoid

private fun array(vararg shape: Int, value: (Int) -> Float) =
  Weights.Entry(shape, FloatArray(shape.fold(1, Int::times), value))

/** A bound that is not a number must never look like a proof. */
class OverflowTest :
  FunSpec({
    test("max pooling does not overlook a bound that is not a number") {
      // One pixel moves so far that its box overflows; what the pool makes of the others is no
      // bound.
      val pointwise = Conv2d(1, 1, padding = Padding.Valid, bias = false)
      val model =
        ModelSpec(
          Shape(2, 2, 1),
          listOf(pointwise, Relu, pointwise, MaxPool2d(2), Flatten, Dense(2)),
        )
      val weights =
        Weights(
          mapOf(
            "layers/0/kernel" to array(1, 1, 1, 1) { 1e38f },
            "layers/2/kernel" to array(1, 1, 1, 1) { 1f },
            "layers/5/kernel" to array(1, 2) { if (it == 0) -1f else 0f },
            "layers/5/bias" to array(2) { if (it == 0) 1e39f.coerceAtMost(3e38f) else 0f },
          )
        )
      Network(model, weights).graph(null, outward = true).use { graph ->
        val batch = batchOf(listOf(doubleArrayOf(0.0, 0.1, 0.1, 0.1)), intArrayOf(0), 2)
        val bounds = graph.bounds(batch, doubleArrayOf(1e300, 0.0, 0.0, 0.0), false)
        withClue({ "${bounds.lower().contentToString()} ${bounds.upper().contentToString()}" }) {
          (bounds.margins()[0] > 0).shouldBeFalse()
          (bounds.boxMargins()[0] > 0).shouldBeFalse()
          (bounds.upper()[0] < 0).shouldBeFalse()
        }
      }
    }

    for (activation in listOf<LayerSpec>(Relu, Sigmoid)) {
      test("overflow before $activation is no proof") {
        // The first unit falls to -infinity with a radius of infinity: its upper bound is no
        // number.
        val depth = 10
        val layers = (0 until depth).map<Int, LayerSpec> { Dense(2, false) } + activation + Dense(2)
        for (sign in listOf(1f, -1f)) {
          val entries =
            (0 until depth).associate {
              "layers/$it/kernel" to
                array(2, 2) { k -> if (k == 0) sign * 3e38f else if (k == 3) 1f else 0f }
            } +
              mapOf(
                "layers/${depth + 1}/kernel" to array(2, 2) { k -> if (k == 0) -1f else 0f },
                "layers/${depth + 1}/bias" to array(2) { k -> if (k == 0) 1f else 0f },
              )
          Network(ModelSpec(Shape(2), layers), Weights(entries)).graph(null, outward = true).use {
            graph ->
            for (x in listOf(1.0, -1.0)) {
              val batch = batchOf(listOf(doubleArrayOf(x, 1.0)), intArrayOf(0), 2)
              val bounds = graph.bounds(batch, doubleArrayOf(2.0, 0.5), false)
              withClue({
                "${bounds.lower().contentToString()} ${bounds.upper().contentToString()}"
              }) {
                (bounds.margins()[0] > 0).shouldBeFalse()
                (bounds.boxMargins()[0] > 0).shouldBeFalse()
              }
            }
          }
        }
      }
    }

    test("a margin that is not a number is not hidden by the others") {
      // Without an affine layer at the end margins come from the box: one class overflows, the
      // third stays far below the label.
      val depth = 10
      val layers = (0 until depth).map<Int, LayerSpec> { Dense(3, false) } + listOf(Relu)
      val entries =
        (0 until depth).associate {
          "layers/$it/kernel" to
            array(3, 3) { k ->
              when (k) {
                0 -> if (it == 0) -3e38f else 3e38f
                4 -> 1f
                8 -> 1f
                else -> 0f
              }
            }
        }
      Network(ModelSpec(Shape(3), layers), Weights(entries)).graph(null, outward = true).use { graph
        ->
        val batch = batchOf(listOf(doubleArrayOf(1.0, 5.0, 1.0)), intArrayOf(1), 3)
        val bounds = graph.bounds(batch, doubleArrayOf(2.0, 0.1, 0.1), false)
        withClue({ "${bounds.lower().contentToString()} ${bounds.upper().contentToString()}" }) {
          (bounds.margins()[0] > 0).shouldBeFalse()
          (bounds.boxMargins()[0] > 0).shouldBeFalse()
        }
      }
    }

    for (hidden in listOf<List<LayerSpec>>(listOf(), listOf(Relu), listOf(Sigmoid))) {
      test("an infinite centre with a finite radius is no proof, whatever follows: $hidden") {
        // 1e308, then ten times that: the centre overflows, its radius of rounding errors does not.
        val scales = List(8) { 1e38f } + listOf(1e4f, 10f)
        for (sign in listOf(1f, -1f)) {
          val layers = scales.map { Dense(1, false) } + hidden + Dense(2)
          val entries =
            scales.indices.associate { "layers/$it/kernel" to array(1, 1) { _ -> scales[it] } } +
              mapOf(
                "layers/${layers.size - 1}/kernel" to array(1, 2) { k -> if (k == 0) sign else 0f },
                "layers/${layers.size - 1}/bias" to array(2) { k -> if (k == 0) 1f else 0f },
              )
          val network = Network(ModelSpec(Shape(1), layers), Weights(entries))
          network.graph(null, outward = true).use { graph ->
            for (x in listOf(1.0, -1.0)) {
              val batch = batchOf(listOf(doubleArrayOf(x), doubleArrayOf(0.0)), intArrayOf(0, 0), 2)
              val bounds = graph.bounds(batch, doubleArrayOf(0.0), false)
              bounds.margins()[0].shouldBeNaN()
              bounds.boxMargins()[0].shouldBeNaN()
              bounds.lower().take(2).toSet() shouldBe setOf(Double.NEGATIVE_INFINITY)
              bounds.upper().take(2).toSet() shouldBe setOf(Double.POSITIVE_INFINITY)
              // The other sample of the batch is bounded as ever.
              bounds.margins()[1].isFinite().shouldBeTrue()
            }
          }
        }
      }
    }

    test("a sample whose bounds overflow is not certified, and its row says why") {
      val layers = List(8) { Dense(4, false) } + Dense(3, false)
      val entries =
        layers.indices.associate {
          val units = layers[it].units
          "layers/$it/kernel" to
            array(4, units) { k -> if (k == 0) 1e38f else if (k / units == k % units) 1f else 0f }
        }
      val experiment = toy(model = ModelSpec(Shape(4), layers))
      Glacis.of(experiment, Weights(entries)).use {
        val values = floatArrayOf(0.9f, 0.1f, 0f, 0f, 1e-36f, 0.5f, 0f, 0f)
        val samples = Samples.table(Shape(4), values, intArrayOf(0, 0))
        val set = Linf(Epsilon(0.0))
        val rows = it.certify(CertificationSpec(set, listOf(Ibp)), samples).rows()
        rows.map { row -> row.verdict() } shouldBe listOf(Verdict.UNKNOWN, Verdict.CERTIFIED)
        rows.map { row -> row.method() } shouldBe listOf("ibp: overflow", "ibp")
      }
    }

    test("the least of margins is no number where one of them is none") {
      val least = evaluateOne { tf ->
        val margins =
          Element.FLOAT64.constant(
            tf,
            doubleArrayOf(0.0, Double.NaN, 5.0, 0.0, 5.0, Double.NaN),
            2,
            3,
          )
        val labels = Element.FLOAT64.constant(tf, doubleArrayOf(1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 2, 3)
        Margins.least(tf, Element.FLOAT64, margins, labels)
      }
      withClue(least.contentToString()) { least.any { it > 0 }.shouldBeFalse() }
    }

    test("an infinite margin is none") {
      val least = evaluateOne { tf ->
        val margins =
          Element.FLOAT64.constant(tf, doubleArrayOf(0.0, Double.POSITIVE_INFINITY), 1, 2)
        val labels = Element.FLOAT64.constant(tf, doubleArrayOf(1.0, 0.0), 1, 2)
        Margins.least(tf, Element.FLOAT64, margins, labels)
      }
      least[0].shouldBeNaN()
    }
  })
