package org.glacis.runtime

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.dsl.model
import org.glacis.dsl.multiclassHkr
import org.glacis.evidence.check.EvidenceChecker
import org.glacis.runtime.bound.LipschitzPass
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Interpreter
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.oracle.weights
import org.glacis.runtime.train.inFolder
import org.glacis.spec.Adam
import org.glacis.spec.Attack
import org.glacis.spec.CertificationSpec
import org.glacis.spec.DataSpec
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.Flatten
import org.glacis.spec.FrobeniusConv2d
import org.glacis.spec.L2
import org.glacis.spec.LayerSpec
import org.glacis.spec.LipschitzMargin
import org.glacis.spec.ModelSpec
import org.glacis.spec.NamedData
import org.glacis.spec.Padding
import org.glacis.spec.Pgd
import org.glacis.spec.Residual
import org.glacis.spec.Shape
import org.glacis.spec.SpectralConv1d
import org.glacis.spec.SpectralConv2d
import org.glacis.spec.SpectralConv2dTranspose
import org.glacis.spec.TrainingSpec
import org.tensorflow.Graph

/** What a free kernel can be; the first ones are those that bounds like least. */
private enum class Kernel(val make: (Random, IntArray) -> FloatArray) {
  CONSTANT({ _, shape -> FloatArray(shape.reduce(Int::times)) { 0.37f } }),
  RANK_ONE({ random, shape ->
    val last = FloatArray(shape.last()) { random.nextDouble(-1.0, 1.0).toFloat() }
    val first =
      FloatArray(shape.reduce(Int::times) / shape.last()) { random.nextDouble(-1.0, 1.0).toFloat() }
    FloatArray(first.size * last.size) { first[it / last.size] * last[it % last.size] }
  }),
  // Each tap is the same permutation of the channels.
  ORTHOGONAL_TAPS({ _, shape ->
    val (rows, columns) = shape.takeLast(2)
    FloatArray(shape.reduce(Int::times)) {
      if (it / columns % rows % columns == it % columns) 1f else 0f
    }
  }),
  ALTERNATING({ _, shape ->
    val channels = shape.takeLast(2).reduce(Int::times)
    FloatArray(shape.reduce(Int::times)) { if (it / channels % 2 == 0) 1f else -1f }
  }),
  RANDOM({ random, shape ->
    FloatArray(shape.reduce(Int::times)) { random.nextDouble(-1.0, 1.0).toFloat() }
  }),
}

/** The matrix of a network without activations, a row an output, from impulses. */
private fun operator(network: Interpreter, inputs: Int): List<DoubleArray> {
  val zero = network.forward(DoubleArray(inputs))
  val columns =
    List(inputs) { i -> network.forward(DoubleArray(inputs) { if (it == i) 1.0 else 0.0 }) }
  return zero.indices.map { o -> DoubleArray(inputs) { columns[it][o] - zero[o] } }
}

/** The largest singular value, from below: power iteration. */
private fun norm(matrix: List<DoubleArray>): Double {
  val random = Random(1)
  var x = DoubleArray(matrix[0].size) { random.nextDouble(-1.0, 1.0) }
  var found = 0.0
  repeat(400) {
    val length = sqrt(x.sumOf { it * it })
    if (length == 0.0) return 0.0
    x = DoubleArray(x.size) { i -> x[i] / length }
    val y = DoubleArray(matrix.size) { o -> matrix[o].indices.sumOf { matrix[o][it] * x[it] } }
    found = maxOf(found, sqrt(y.sumOf { it * it }))
    x =
      DoubleArray(x.size).also { next ->
        for (o in y.indices) for (i in next.indices) next[i] += matrix[o][i] * y[o]
      }
  }
  return found
}

/** A layer on an input, with [kernel] as its free weights, frozen. */
private fun frozen(input: Shape, layer: LayerSpec, kernel: Kernel, random: Random): Network {
  val model = ModelSpec(input, listOf(layer, Flatten))
  val drawn = LinkedHashMap(random.weights(model).entries())
  val free = drawn.getValue("layers/0/kernel")
  drawn["layers/0/kernel"] = Weights.Entry(free.shape, kernel.make(random, free.shape))
  return Network(model.plain, Freezing.plain(model, Weights(drawn)))
}

/** The proved constant of the network. */
private fun constant(network: Network): Double =
  Graph().use { graph ->
    val program = network.lowered(ONE_THREAD.operations(graph), Element.FLOAT64)
    ONE_THREAD.session(graph).use { session ->
      LipschitzPass.of(program) { operand ->
          session.runner().fetch(operand).run().use { Tensors.doubles(it.get(0)) }
        }
        .whole()
    }
  }

private val PADDINGS = listOf(Padding.Same, Padding.Valid, Padding.Circular, Padding.explicit(1))

class LipschitzLayersTest :
  FunSpec({
    fun check(input: Shape, layer: LayerSpec, disjoint: Boolean, vararg kernels: Kernel) {
      for (kernel in kernels) {
        val network = frozen(input, layer, kernel, Random(7))
        val truth = norm(operator(network.oracle, input.size))
        val bound = constant(network)
        withClue("$layer on $input, $kernel: $truth of at most $bound") {
          bound shouldBeGreaterThanOrEqual truth * (1 - 1e-12)
          bound shouldBeLessThanOrEqual truth * 1.05 + 1e-12
          if (!disjoint) truth shouldBeLessThanOrEqual 1.0
        }
      }
    }

    for (padding in PADDINGS) {
      test("no bound of a frozen convolution is below its norm or far above it: $padding") {
        for ((side, stride, shape) in
          listOf(
            Triple(3, 1, Shape(6, 6, 1)),
            Triple(3, 2, Shape(6, 4, 3)),
            Triple(2, 2, Shape(4, 6, 2)),
            Triple(4, 3, Shape(6, 6, 1)),
          )) {
          val layer = SpectralConv2d(4, side, stride, padding)
          check(shape, layer, false, *Kernel.entries.toTypedArray())
        }
        val grouped = SpectralConv2d(4, 3, 2, padding, groups = 2)
        check(Shape(6, 4, 2), grouped, false, *Kernel.entries.toTypedArray())
        for (disjoint in listOf(false, true)) {
          val layer = FrobeniusConv2d(3, 3, 2, padding, disjoint)
          check(Shape(6, 4, 2), layer, disjoint, Kernel.CONSTANT, Kernel.RANDOM)
        }
      }

      test("no bound of a frozen transposed convolution is below its norm: $padding") {
        for ((side, stride, shape) in
          listOf(
            Triple(2, 2, Shape(3, 3, 1)),
            Triple(3, 2, Shape(2, 3, 4)),
            Triple(3, 1, Shape(4, 3, 2)),
          )) {
          val layer = SpectralConv2dTranspose(3, side, stride, padding)
          check(shape, layer, false, Kernel.CONSTANT, Kernel.RANK_ONE, Kernel.ORTHOGONAL_TAPS)
        }
      }

      test("no bound of a frozen convolution along a sequence is below its norm: $padding") {
        val along = if (padding is Padding.Explicit) Padding.Explicit(1, 1, 0, 0) else padding
        for ((side, stride, shape) in
          listOf(
            Triple(3, 1, Shape(12, 1)),
            Triple(5, 2, Shape(6, 3)),
            Triple(2, 3, Shape(6, 2)),
          )) {
          val layer = SpectralConv1d(4, side, stride, along)
          check(shape, layer, false, Kernel.CONSTANT, Kernel.ORTHOGONAL_TAPS, Kernel.RANDOM)
        }
      }
    }

    test("single outputs of disjoint filters are 1-Lipschitz") {
      for (kernel in listOf(Kernel.CONSTANT, Kernel.RANK_ONE)) for (stride in 1..2) {
        val input = Shape(4, 4, 2)
        val network =
          frozen(input, FrobeniusConv2d(3, 3, stride, disjointNeurons = true), kernel, Random(2))
        val rows = operator(network.oracle, input.size)
        for (filter in 0 until 3) {
          norm(rows.filterIndexed { i, _ -> i % 3 == filter }) shouldBeLessThanOrEqual 1.0
        }
      }
    }

    val body = model {
      input(8, 8, 1)
      spectralConv2d(8, kernel = 3, padding = Padding.Circular)
      layerCentering()
      householder()
      convexResidual {
        spectralConv2d(8, kernel = 3)
        householder(order = 2)
      }
      prescaledResidual {
        frobeniusConv2d(8, kernel = 3)
        clippedPRelu()
      }
      concatResidual {
        spectralConv2d(4, kernel = 1)
        maxMin()
      }
      batchLipNorm()
      invertibleDownSampling(2)
      spectralConv2d(8, kernel = 1)
      concatMaxMin()
      spectralConv2dTranspose(4, kernel = 2, stride = 2)
      batchCentering()
      reshape(64, 4)
      spectralConv1d(8, kernel = 3, stride = 2)
      groupSort(2)
      reshape(8, 4, 8)
      invertibleUpSampling(2)
      scaledL2NormPool2d(2)
      invertibleDownSampling(2)
      residual { spectralConv2d(8, kernel = 1) }
      conv2dTranspose(4, kernel = 2)
      reshape(8, 4)
      conv1d(8, kernel = 3)
      reshape(4, 2, 8)
      scaledGlobalL2NormPool2d()
      spectralDense(32)
      maxMin()
      frobeniusDense(10)
    }

    test("learnable angles, slopes and shares begin as declared and are trained") {
      val experiment =
        Experiment(
          "all",
          DataSpec(NamedData("digits"), 64),
          L2(Epsilon(0.1)),
          body,
          TrainingSpec(2, multiclassHkr(10.0, 0.5), optimizer = Adam(1e-2)),
          listOf(
            CertificationSpec(L2(Epsilon(0.1)), listOf(Attack(Pgd(10, 0.2)), LipschitzMargin), 60)
          ),
        )
      inFolder { folder ->
        val options = RunOptions.defaults().withDevice(ONE_THREAD).withOut(folder.resolve("run"))
        Glacis.run(experiment, options)
        Glacis.load(folder.resolve("run")).use { model ->
          val trained = model.weights()
          for ((path, start) in
            listOf(
              "layers/2/angle" to PI / 2,
              "layers/3/layers/1/angle" to PI / 2,
              "layers/4/layers/1/slope" to 0.25,
              "layers/3/mix" to 0.0,
              "layers/4/scale" to 1.0,
              "layers/1/bias" to 0.0,
              "layers/11/bias" to 0.0,
            )) {
            val found = trained.get(path).values
            withClue(path) {
              found.maxOf { abs(it - start) } shouldBeGreaterThan 1e-6
              found.maxOf { abs(it - start) } shouldBeLessThan 1.5
            }
          }
          // Running statistics moved; what only centres keeps a mean alone.
          trained.get("layers/6/variance").values.all { it != 1f } shouldBe true
          trained.get("layers/11/mean").values.all { it != 0f } shouldBe true
          ("layers/11/variance" in trained.entries()) shouldBe false
          // What is certified is what the network computes, and the checker finds it too.
          model.experiment().model shouldBe body.plain
          val oracle = Interpreter(body.plain, trained)
          val random = Random(1)
          val x = FloatArray(64) { random.nextFloat() }
          val output = model.predict(arrayOf(x))[0]
          val expected = oracle.forward(x.map(Float::toDouble).toDoubleArray())
          expected.indices.forEach { abs(output[it] - expected[it]) shouldBeLessThan 1e-9 }
          val reports = EvidenceChecker.checkRun(folder.resolve("run"), 20)
          reports.size shouldBe 1
          withClue(reports) { reports.all { it.isConfirmed } shouldBe true }
        }
      }
    }

    test("no two inputs are farther apart behind a random network than its constant says") {
      val random = Random(11)
      repeat(3) {
        val model = body.copy(layers = body.layers.filter { it !is Residual })
        val drawn = random.weights(model)
        val network = Network(model.plain, Freezing.plain(model, drawn))
        val most = constant(network)
        repeat(10) {
          val x = DoubleArray(64) { random.nextDouble() }
          val y = DoubleArray(64) { x[it] + random.nextDouble(-0.1, 0.1) }
          val distance = sqrt(x.indices.sumOf { (x[it] - y[it]) * (x[it] - y[it]) })
          val (fx, fy) = network.oracle.forward(x) to network.oracle.forward(y)
          sqrt(fx.indices.sumOf { (fx[it] - fy[it]) * (fx[it] - fy[it]) }) shouldBeLessThanOrEqual
            most * distance
        }
      }
    }
  })
