package org.glacis.runtime.certify

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.maps.shouldNotContainKey
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.random.Random
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Corners
import org.glacis.runtime.oracle.LAYER_GENERATORS
import org.glacis.runtime.oracle.Linearization
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.graph
import org.glacis.runtime.oracle.network
import org.glacis.spec.Absolute
import org.glacis.spec.ClippedPRelu
import org.glacis.spec.ConcatMaxMin
import org.glacis.spec.ConcatResidual
import org.glacis.spec.ConvexResidual
import org.glacis.spec.DataRange
import org.glacis.spec.Dense
import org.glacis.spec.Elu
import org.glacis.spec.Epsilon
import org.glacis.spec.FullSort
import org.glacis.spec.GroupSort
import org.glacis.spec.Householder
import org.glacis.spec.L2
import org.glacis.spec.LeakyRelu
import org.glacis.spec.Linf
import org.glacis.spec.MaxMin
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.PrescaledResidual
import org.glacis.spec.Relu
import org.glacis.spec.Residual
import org.glacis.spec.ScaledGlobalL2NormPool2d
import org.glacis.spec.ScaledL2NormPool2d
import org.glacis.spec.Shape
import org.glacis.spec.Sigmoid
import org.glacis.spec.Softplus
import org.glacis.spec.Tanh

private val ONLY_RELUS =
  LAYER_GENERATORS.keys -
    setOf(
      LeakyRelu::class,
      Elu::class,
      Softplus::class,
      Sigmoid::class,
      Tanh::class,
      Residual::class,
      ConvexResidual::class,
      PrescaledResidual::class,
      ConcatResidual::class,
    )

private fun Random.samples(network: Network, count: Int, outputs: Int): Samples =
  Samples.table(
    network.model.input,
    FloatArray(count * network.model.input.size) { nextFloat() },
    IntArray(count) { nextInt(outputs) },
  )

private fun inputs(samples: Samples) =
  List(samples.size()) { i -> samples.input(i).map(Float::toDouble).toDoubleArray() }

private fun measure(network: Network, samples: Samples, set: Linf): Diagnostics =
  network.graph(set.range, false).use { Diagnostics.of(it, samples, set) }

private fun box(x: DoubleArray, epsilon: Double) =
  Corners(
    DoubleArray(x.size) { maxOf(x[it] - epsilon, 0.0) },
    DoubleArray(x.size) { minOf(x[it] + epsilon, 1.0) },
  )

/** `2 x1 - x2`, `x1 + x2 - 9`, `x1 + 1`, and their sum and difference. */
private val HAND_MADE =
  Network(
    ModelSpec(Shape(2), listOf(Dense(3), Relu, Dense(2))),
    Weights(
      mapOf(
        "layers/0/kernel" to Weights.Entry(intArrayOf(2, 3), floatArrayOf(2f, 1f, 1f, -1f, 1f, 0f)),
        "layers/0/bias" to Weights.Entry(intArrayOf(3), floatArrayOf(0f, -9f, 1f)),
        "layers/2/kernel" to Weights.Entry(intArrayOf(3, 2), floatArrayOf(1f, 1f, 1f, 1f, 1f, -1f)),
        "layers/2/bias" to Weights.Entry(intArrayOf(2), floatArrayOf(0f, 0f)),
      )
    ),
  )

/** Layers that are not linear around a point by themselves, one number after the other. */
private val BENDING =
  setOf(
    MaxPool2d::class,
    GroupSort::class,
    FullSort::class,
    MaxMin::class,
    ScaledL2NormPool2d::class,
    Absolute::class,
    Householder::class,
    ClippedPRelu::class,
    ConcatMaxMin::class,
    ScaledGlobalL2NormPool2d::class,
    ConvexResidual::class,
    PrescaledResidual::class,
    ConcatResidual::class,
  )

class DiagnosticsTest :
  FunSpec({
    test("shares of ReLUs are those that plain intervals give, in each layer and in all") {
      val random = Random(5)
      repeat(25) {
        val network = random.network(ONLY_RELUS)
        val outputs = network.model.output.size
        val samples = random.samples(network, 7, outputs)
        val epsilon = listOf(0.0, 0.01, 0.1).random(random)
        val found = measure(network, samples, Linf(Epsilon(epsilon), DataRange.UNIT))
        val boxes = inputs(samples).map { network.oracle.preactivations(box(it, epsilon)) }
        withClue("$network at $epsilon") {
          found.layers.size shouldBe boxes[0].size
          found.layers.forEachIndexed { layer, relus ->
            val at = boxes.map { it[layer] }
            val neurons = at[0].lower.size
            fun share(holds: (Corners, Int) -> Boolean) =
              at.sumOf { b -> (0 until neurons).count { holds(b, it) } } / (neurons * 7).toDouble()
            relus.neurons shouldBe neurons
            relus.dead shouldBe
              ((0 until neurons).count { n -> at.all { it.upper[n] <= 0 } } /
                neurons.toDouble() plusOrMinus 1e-12)
            relus.unstable shouldBe
              (share { b, n -> b.lower[n] < 0 && b.upper[n] > 0 } plusOrMinus 1e-12)
            relus.active shouldBe (share { b, n -> b.lower[n] >= 0 } plusOrMinus 1e-12)
          }
          if (found.layers.isEmpty()) found.figures shouldNotContainKey "deadRelus"
          else {
            val all = found.layers.sumOf { it.neurons }
            found.figures["unstableRelus"]!! shouldBe
              (found.layers.sumOf { it.unstable * it.neurons } / all plusOrMinus 1e-12)
          }
        }
      }
    }

    test("propagation tightness is that of the Jacobian and the absolute products, one by one") {
      val random = Random(6)
      var measured = 0
      repeat(40) {
        val network = random.network(LAYER_GENERATORS.keys - BENDING)
        val outputs = network.model.output.size
        val samples = random.samples(network, 9, outputs)
        val epsilon = List(network.model.input.size) { random.nextDouble(0.01, 0.2) }
        val found = measure(network, samples, Linf(Epsilon(epsilon), DataRange.UNIT))
        val ratios =
          inputs(samples).mapIndexedNotNull { i, x ->
            val output = (i + i / outputs) % outputs
            val at = Linearization(network, x)
            val layerwise = at.layerwise(epsilon.toDoubleArray())[output]
            val row = at.jacobian()[output]
            if (layerwise > 0) row.indices.sumOf { abs(row[it]) * epsilon[it] } / layerwise
            else null
          }
        withClue(network) {
          if (ratios.isEmpty()) found.figures shouldNotContainKey "propagationTightness"
          else {
            val tightness = found.figures.getValue("propagationTightness")
            tightness shouldBe (ratios.average() plusOrMinus 1e-6)
            tightness shouldBeLessThanOrEqual 1 + 1e-9
            measured++
          }
        }
      }
      check(measured > 30)
    }

    test("a network made by hand has the shares and the tightness that one reckons") {
      val samples = Samples.table(Shape(2), floatArrayOf(0.5f, 0.25f, 0.1f, 0.2f), intArrayOf(0, 1))
      val found = measure(HAND_MADE, samples, Linf(Epsilon(0.1), DataRange.UNIT))
      // 2 x1 - x2 is in [0.45, 1.05] and [-0.3, 0.3]; the second is always below 0, the third
      // above.
      found.layers.single() shouldBe
        Diagnostics.Relus("model.layers[1]", 3, 1 / 3.0, 1 / 6.0, 3 / 6.0)
      // Output 0 at the first sample: |(3, -1)| over (2 + 1, 1); output 1 at the second, where the
      // first ReLU is at 0 and lets nothing through: |(-1, 0)| over (1, 0).
      found.figures.getValue("propagationTightness") shouldBe (1.0 plusOrMinus 1e-9)
      // Output 1 at the first sample would be |(2 - 1, -1)| over (3, 1).
      val swapped = Samples.table(Shape(2), floatArrayOf(0.1f, 0.3f, 0.5f, 0.25f), intArrayOf(0, 1))
      measure(HAND_MADE, swapped, Linf(Epsilon(0.1), DataRange.UNIT))
        .figures
        .getValue("propagationTightness") shouldBe ((1.0 + 0.5) / 2 plusOrMinus 1e-9)
    }

    test("max pooling has no tightness, and its ReLUs have shares") {
      val random = Random(8)
      val network =
        generateSequence { random.network(setOf(MaxPool2d::class, Relu::class)) }
          .first { n ->
            n.model.layers.any { it is MaxPool2d } && n.model.layers.any { it is Relu }
          }
      val samples = random.samples(network, 3, network.model.output.size)
      val found = measure(network, samples, Linf(Epsilon(0.1), DataRange.UNIT))
      found.figures.keys shouldBe setOf("deadRelus", "unstableRelus", "activeRelus")
    }

    test("accuracy under attack lies between certified and clean accuracy") {
      val random = Random(9)
      repeat(10) {
        val network = random.network()
        val outputs = network.model.output.size
        val set = Linf(Epsilon(0.05), DataRange.UNIT)
        val samples = random.samples(network, 40, outputs)
        network.graph(set.range, false).use { graph ->
          val at =
            Evaluation.clipped(graph, samples, set, org.glacis.spec.Task.CLASSIFICATION, outputs)
          val certified = at.get("ibp")
          at.undecided.size shouldBe Math.round((at.get("cleanAccuracy") - certified) * 40).toInt()
          for (most in listOf(3, 40)) {
            val attacked = Diagnostics.attackAccuracy(graph, samples, at, set, 1, most)
            attacked shouldBeGreaterThanOrEqual certified - 1e-12
            attacked shouldBeLessThanOrEqual at.get("cleanAccuracy") + 1e-12
          }
          Diagnostics.attackAccuracy(graph, samples, at, L2(Epsilon(0.05), DataRange.UNIT), 1, 3)
            .isNaN() shouldBe true
        }
      }
    }

    test("a quantile is a value below which that share lies") {
      Diagnostics.quantile(doubleArrayOf(3.0, 1.0, 2.0, 4.0), 0.5) shouldBe 3.0
      Diagnostics.quantile(doubleArrayOf(3.0, 1.0, 2.0, 4.0), 0.05) shouldBe 1.0
      Diagnostics.quantile(doubleArrayOf(), 0.5).isNaN() shouldBe true
    }
  })
