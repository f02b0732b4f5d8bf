package org.glacis.runtime.bound

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.comparables.shouldBeGreaterThanOrEqualTo
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.doubles.shouldBeNaN
import java.math.BigDecimal
import kotlin.random.Random
import kotlin.reflect.KClass
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.lower.Lowerer
import org.glacis.runtime.oracle.Ball
import org.glacis.runtime.oracle.Corners
import org.glacis.runtime.oracle.ExactBox
import org.glacis.runtime.oracle.ExactIntervals
import org.glacis.runtime.oracle.ExactLines
import org.glacis.runtime.oracle.LAYER_GENERATORS
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.ball
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.flatten
import org.glacis.runtime.oracle.graph
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.oracle.network
import org.glacis.runtime.oracle.row
import org.glacis.runtime.program.Elementwise
import org.glacis.spec.ClippedPRelu
import org.glacis.spec.ConcatMaxMin
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.Elu
import org.glacis.spec.Flatten
import org.glacis.spec.Householder
import org.glacis.spec.LayerSpec
import org.glacis.spec.LeakyRelu
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.Relu
import org.glacis.spec.Reshape
import org.glacis.spec.Residual
import org.glacis.spec.ScaledGlobalL2NormPool2d
import org.glacis.spec.Shape
import org.glacis.spec.Sigmoid
import org.glacis.spec.Softplus
import org.glacis.spec.Tanh

/** Layers with linear bounds; residual blocks may draw an activation without. */
private val LINES =
  LAYER_GENERATORS.keys -
    setOf(
      MaxPool2d::class,
      Elu::class,
      Softplus::class,
      Sigmoid::class,
      Tanh::class,
      Householder::class,
      ClippedPRelu::class,
      ConcatMaxMin::class,
      ScaledGlobalL2NormPool2d::class,
    )

/** Layers with linear bounds that decimals express without a rest. */
private val EXACT_LINES =
  setOf(
    Dense::class,
    Conv2d::class,
    Flatten::class,
    Reshape::class,
    Relu::class,
    LeakyRelu::class,
    Residual::class,
  )

/** A network of the given kinds of layers in which everything has linear bounds. */
private fun Random.withLines(
  kinds: Set<KClass<out LayerSpec>>,
  weight: (Random.(Int) -> Float)? = null,
): Network =
  generateSequence { if (weight == null) network(kinds) else network(kinds, weight) }
    .first { LinearPass.missing(Lowerer.outline(it.model) {}).isEmpty() }

/** What outward linear bounds find: least margins, and the boxes that enter the activations. */
private class Found(val margins: DoubleArray, val entering: List<List<Corners>>)

private class Asked(
  seed: Int,
  kinds: Set<KClass<out LayerSpec>>,
  weight: (Random.(Int) -> Float)?,
) {
  val random = Random(seed)
  val network = random.withLines(kinds, weight)
  val ball = random.ball(network.model.input.size)
  val outputs = network.model.output.size
  val labels = IntArray(ball.inputs.size) { random.nextInt(outputs) }

  val found: Found by lazy { network.linearBounds(ball, labels) }

  override fun toString() = "$network\n$ball\nlabels ${labels.contentToString()}"
}

/** Outward, over the boxes clipped to the range. */
private fun Network.linearBounds(ball: Ball, labels: IntArray): Found {
  val element = Element.FLOAT64
  val count = ball.inputs.size.toLong()
  val outputs = model.output.size
  var sizes = listOf<Int>()
  val values = evaluate { tf ->
    val x = element.constant(tf, ball.inputs.flatten(), *Tensors.batched(count, model.input))
    val radius = DoubleArray(model.input.size) { ball.radiusOf(it) }
    val epsilon = element.constant(tf, radius, *Tensors.batched(1, model.input))
    val truth = batchOf(ball.inputs, labels, outputs).truth
    val y = element.constant(tf, truth, count, outputs.toLong())
    val rounding = Rounding.outward(element)
    val program = lowered(tf, element)
    val box = Box.around(tf, element, x, epsilon, ball.range, rounding)
    val bounds = IntervalPass().bounds(tf, program, box, rounding)
    val rows = Margins.differences(tf, element, y, outputs)
    val margins = LinearPass.lower(tf, "linear", element, bounds, rows, outputs)
    val read = program.nodes().filter { it.operation() is Elementwise }.map { it.input() }
    sizes = read.map { program.shapeOf(it).size }
    listOf(Margins.least(tf, element, margins, y)) +
      read
        .map(bounds.values()::get)
        .flatMap { listOf(it.lower(tf), it.upper(tf)) }
        .map { tf.identity(it) }
  }
  val entering =
    ball.inputs.indices.map { i ->
      sizes.mapIndexed { k, size ->
        Corners(values[2 * k + 1].row(i, size), values[2 * k + 2].row(i, size))
      }
    }
  return Found(values[0], entering)
}

private fun each(
  count: Int,
  kinds: Set<KClass<out LayerSpec>>,
  weight: (Random.(Int) -> Float)? = null,
  check: Asked.() -> Unit,
) {
  repeat(count) { seed ->
    val asked = Asked(seed, kinds, weight)
    withClue({ "network $seed: $asked" }) { asked.check() }
  }
}

/** Some points of the exact box: corners, and the input itself. */
private fun points(random: Random, box: ExactBox, x: DoubleArray): List<List<BigDecimal>> =
  List(12) {
    box.lower.indices.map { if (random.nextBoolean()) box.lower[it] else box.upper[it] }
  } + listOf(x.map(::BigDecimal))

private fun leastOf(logits: List<BigDecimal>, label: Int): BigDecimal =
  logits.indices.filter { it != label }.minOf { logits[label] - logits[it] }

/** No point of the box, in exact arithmetic, has a smaller margin than the bound. */
private fun Network.shouldHoldExactly(
  ball: Ball,
  labels: IntArray,
  margins: DoubleArray,
  random: Random,
) {
  for (i in ball.inputs.indices) {
    if (margins[i].isNaN()) continue
    for (x in points(random, exactBox(ball, i, true), ball.inputs[i])) {
      BigDecimal(margins[i]) shouldBeLessThanOrEqualTo
        leastOf(ExactIntervals.of(this, ExactBox(x, x)).lower, labels[i])
    }
  }
}

private fun dense(inputs: Int, units: Int, value: (Int) -> Float) =
  Weights.Entry(intArrayOf(inputs, units), FloatArray(inputs * units, value))

private fun bias(vararg values: Float) = Weights.Entry(intArrayOf(values.size), values)

/** Outward linear bounds are proofs. */
class LinearBoundTest :
  FunSpec({
    test("no point of the box has a smaller margin than the linear bound") {
      each(80, LINES) {
        val margins = found.margins
        for (i in ball.inputs.indices) {
          for (x in ball.samples(random, ball.box(i, true), 20) + listOf(ball.inputs[i])) {
            val logits = network.oracle.forward(x)
            val least =
              logits.indices.filter { it != labels[i] }.minOf { logits[labels[i]] - logits[it] }
            margins[i] shouldBeLessThanOrEqual least
          }
        }
      }
    }

    test("the bound holds in exact arithmetic where sums cancel") {
      each(60, EXACT_LINES, { cancelling() }) {
        network.shouldHoldExactly(ball, labels, found.margins, random)
      }
    }

    test("the bound is not above that of the same lines without rounding, and hardly below") {
      var tight = 0
      each(60, EXACT_LINES) {
        val margins = found.margins
        val entering = found.entering
        for (i in ball.inputs.indices) {
          val box = exactBox(ball, i, true)
          val exact =
            (0 until outputs)
              .filter { it != labels[i] }
              .minOf { other ->
                val row =
                  List(outputs) {
                    BigDecimal((if (it == labels[i]) 1 else 0) - (if (it == other) 1 else 0))
                  }
                ExactLines(network, entering[i]).lowest(row, box)
              }
          val bound = BigDecimal(margins[i])
          bound shouldBeLessThanOrEqualTo exact
          bound shouldBeGreaterThanOrEqualTo
            exact - BigDecimal(1e-9) * (exact.abs().max(BigDecimal.ONE))
          tight++
        }
      }
      (tight > 150).shouldBeTrue()
    }

    test("a box that is narrower than any chord is bounded all the same") {
      // f_0 - f_1 = 5e-10 - relu(x) with |x| up to 1e-9.
      val weights =
        Weights(
          mapOf(
            "layers/0/kernel" to dense(1, 1) { 1f },
            "layers/2/kernel" to dense(1, 2) { if (it == 0) -1f else 0f },
            "layers/2/bias" to bias(5e-10f, 0f),
          )
        )
      val network = Network(ModelSpec(Shape(1), listOf(Dense(1, false), Relu, Dense(2))), weights)
      network.graph(null, outward = true).use {
        val batch = batchOf(listOf(doubleArrayOf(0.0)), intArrayOf(0), 2)
        it.linearMargins(batch, doubleArrayOf(1e-9))[0] shouldBeLessThanOrEqual -4.9e-10
      }
    }

    test("a margin of exactly zero is never positive") {
      val random = Random(0)
      repeat(10) {
        val rows = FloatArray(6) { random.cancelling() }
        val weights =
          Weights(
            mapOf(
              "layers/1/kernel" to dense(6, 2) { k -> rows[k / 2] },
              "layers/1/bias" to bias(0.3f, 0.3f),
            )
          )
        val network = Network(ModelSpec(Shape(6), listOf(Relu, Dense(2))), weights)
        val ball = random.ball(6)
        network.graph(ball.range, outward = true).use { graph ->
          val batch = batchOf(ball.inputs, IntArray(3), 2)
          val radius = DoubleArray(6) { ball.radiusOf(it) }
          graph.linearMargins(batch, radius).forEach { it shouldBeLessThanOrEqual 0.0 }
        }
      }
    }

    test("a coefficient that vanishes does not make a proof") {
      // f_0 - f_1 = 0.005 - 1e-5 relu(x) at 1000. On the way the values are 1e307 and their
      // coefficients 1e-309, below the least normal number: without them the first class would win.
      val scales = List(8) { 1e38f } + List(8) { 1e-38f } + 1e-5f
      val layers = scales.map { Dense(1, false) } + Relu + Dense(2)
      val entries =
        scales.indices.associate { "layers/$it/kernel" to dense(1, 1) { _ -> scales[it] } } +
          mapOf(
            "layers/18/kernel" to dense(1, 2) { it.toFloat() },
            "layers/18/bias" to bias(0.005f, 0f),
          )
      Network(ModelSpec(Shape(1), layers), Weights(entries)).graph(null, outward = true).use {
        val batch = batchOf(listOf(doubleArrayOf(1000.0)), intArrayOf(0), 2)
        it.linearMargins(batch, doubleArrayOf(0.0))[0] shouldBeLessThan -0.004
      }
    }

    test("tiny and huge values on the way are enclosed") {
      for (depth in listOf(8, 9)) for (scale in listOf(1e-38, 1e37)) {
        for (seed in 0 until 2) {
          val random = Random(seed)
          val scales = List(depth) { scale } + List(depth) { 1 / scale }
          val layers = scales.flatMap { listOf(Dense(2, false), LeakyRelu(0.5)) } + Dense(3)
          val entries = linkedMapOf<String, Weights.Entry>()
          scales.forEachIndexed { i, size ->
            entries["layers/${2 * i}/kernel"] =
              dense(2, 2) { (size * random.nextDouble(-1.0, 1.0)).toFloat() }
          }
          entries["layers/${2 * scales.size}/kernel"] =
            dense(2, 3) { random.nextDouble(-1.0, 1.0).toFloat() }
          entries["layers/${2 * scales.size}/bias"] = bias(0.1f, 0f, -0.2f)
          val network = Network(ModelSpec(Shape(2), layers), Weights(entries))
          val ball = Ball(List(3) { DoubleArray(2) { random.nextDouble() } }, listOf(0.1), null)
          network.shouldHoldExactly(
            ball,
            IntArray(3),
            network.linearBounds(ball, IntArray(3)).margins,
            random,
          )
        }
      }
    }

    test("coefficients that overflow prove nothing, and spoil no other sample") {
      // Inputs of 1e-300 keep every value finite; the coefficients grow to 1e342.
      val layers = List(9) { Dense(1, false) } + Relu + Dense(2)
      val entries =
        (0 until 9).associate { "layers/$it/kernel" to dense(1, 1) { _ -> 1e38f } } +
          mapOf(
            "layers/10/kernel" to dense(1, 2) { if (it == 0) 1f else 0f },
            "layers/10/bias" to bias(1f, 0f),
          )
      Network(ModelSpec(Shape(1), layers), Weights(entries)).graph(null, outward = true).use {
        val inputs = listOf(doubleArrayOf(1e-300), doubleArrayOf(Double.NaN))
        val margins = it.linearMargins(batchOf(inputs, IntArray(2), 2), doubleArrayOf(0.0))
        margins.forEach { margin -> margin.shouldBeNaN() }
      }
      val plain =
        Network(
          ModelSpec(Shape(1), listOf(Relu, Dense(2))),
          Weights(
            mapOf("layers/1/kernel" to dense(1, 2) { it - 0.5f }, "layers/1/bias" to bias(1f, 0f))
          ),
        )
      plain.graph(null, outward = true).use {
        val inputs = listOf(1.0, Double.NaN, Double.POSITIVE_INFINITY).map { x -> doubleArrayOf(x) }
        val margins = it.linearMargins(batchOf(inputs, IntArray(3), 2), doubleArrayOf(0.5))
        // f_0 - f_1 = 1 - x, at most 1.5.
        margins[0] shouldBeLessThanOrEqual -0.5
        -margins[0] shouldBeLessThan 0.5 + 1e-12
        margins[1].shouldBeNaN()
        margins[2].shouldBeNaN()
      }
    }
  })
