package org.glacis.runtime.program

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.nameWithoutExtension
import kotlin.math.exp
import kotlin.math.ln1p
import kotlin.math.tanh
import kotlin.random.Random
import kotlin.streams.asSequence
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.evaluateOne
import org.glacis.spec.AveragePool2d
import org.glacis.spec.Conv1d
import org.glacis.spec.Conv2d
import org.glacis.spec.Conv2dTranspose
import org.glacis.spec.MaxPool2d
import org.glacis.spec.Padding
import org.glacis.spec.Shape
import org.tensorflow.Graph
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.TFloat64

private val COVERED =
  setOf(
    DenseOp::class,
    Conv2dOp::class,
    AveragePoolOp::class,
    ScaleShiftOp::class,
    BatchNormOp::class,
    MaskOp::class,
    ReluOp::class,
    LeakyReluOp::class,
    EluOp::class,
    SoftplusOp::class,
    SigmoidOp::class,
    TanhOp::class,
    ReshapeOp::class,
    SameOp::class,
    MaxMinOp::class,
    GroupSortOp::class,
    L2NormPoolOp::class,
    AbsoluteOp::class,
    MaxPoolOp::class,
    Sum::class,
    Conv2dTransposeOp::class,
    ScaleOp::class,
    ChannelsOp::class,
    CenteringOp::class,
    PixelsOp::class,
    HouseholderOp::class,
    ClippedPReluOp::class,
    ConcatMaxMinOp::class,
  )

private fun numbers(tf: Ops, seed: Int, vararg extents: Long): Operand<TFloat64> {
  val random = Random(seed)
  val size = extents.fold(1L, Long::times).toInt()
  return Element.FLOAT64.constant(tf, DoubleArray(size) { random.nextDouble(-1.0, 1.0) }, *extents)
}

class OperationContractTest :
  FunSpec({
    val exact = Products.exact(TFloat64::class.java)
    affineContract("dense", Shape(5), Shape(4)) { tf ->
      DenseOp(exact, numbers(tf, 1, 5, 4), numbers(tf, 2, 4), 5)
    }
    affineContract("dense without bias", Shape(3), Shape(2)) { tf ->
      DenseOp(exact, numbers(tf, 1, 3, 2), null, 3)
    }

    val image = Shape(5, 6, 2)
    for (padding in listOf(Padding.Same, Padding.Valid, Padding.Explicit(2, 0, 1, 2))) {
      for (stride in 1..3) {
        val convolution = Conv2d(3, 3, stride, padding)
        affineContract("$convolution", image, convolution.outputShape(image)) { tf ->
          Conv2dOp(
            Element.FLOAT64,
            exact,
            numbers(tf, 3, 3, 3, 2, 3),
            numbers(tf, 4, 3),
            convolution,
            image,
          )
        }
        val pool = AveragePool2d(3, stride, padding)
        affineContract("$pool", image, pool.outputShape(image)) {
          AveragePoolOp(Element.FLOAT64, pool, image)
        }
      }
    }
    val grouped = Conv2d(4, 3, 2, groups = 2)
    affineContract("$grouped", image, grouped.outputShape(image)) { tf ->
      val kernel = Groups.whole(tf, Element.FLOAT64, numbers(tf, 3, 3, 3, 1, 4), 2)
      Conv2dOp(Element.FLOAT64, exact, kernel, numbers(tf, 4, 4), grouped, image)
    }
    val even = Conv2d(2, 2, 2, Padding.Same, bias = false)
    affineContract("$even", image, even.outputShape(image)) { tf ->
      Conv2dOp(Element.FLOAT64, exact, numbers(tf, 5, 2, 2, 2, 2), null, even, image)
    }

    for ((name, channels) in listOf("by channel" to 3L, "by one number" to 1L)) {
      affineContract("normalisation $name", Shape(2, 2, 3), Shape(2, 2, 3)) { tf ->
        ScaleShiftOp(numbers(tf, 6, channels), numbers(tf, 7, channels), numbers(tf, 7, channels))
      }
    }
    affineContract("batch normalisation", Shape(2, 2, 3), Shape(2, 2, 3)) { tf ->
      val variance = tf.math.abs(numbers(tf, 10, 3))
      val running = BatchNormOp.Moments(numbers(tf, 9, 3), variance)
      val (gamma, beta) = numbers(tf, 6, 3) to numbers(tf, 7, 3)
      val law = StatisticsLaw.Each(Element.FLOAT64, gamma, beta, 1e-5)
      BatchNormOp.of(tf, Element.FLOAT64, "layers/0", law, running, 0.1)
    }
    for (largest in listOf(true, false)) {
      val kind = if (largest) "division by the largest deviation" else "centering"
      affineContract("$kind over the batch", Shape(2, 2, 3), Shape(2, 2, 3)) { tf ->
        val running = BatchNormOp.Moments(numbers(tf, 9, 3), tf.math.abs(numbers(tf, 10, 3)))
        val beta = numbers(tf, 7, 3)
        val law =
          if (largest) StatisticsLaw.Largest(Element.FLOAT64, beta)
          else StatisticsLaw.Centred(Element.FLOAT64, beta)
        BatchNormOp.of(tf, Element.FLOAT64, "layers/0", law, running, 0.1)
      }
    }
    for (shape in listOf(Shape(3, 2, 2), Shape(1, 1, 3), Shape(1, 2, 1))) {
      affineContract("centering of $shape", shape, shape) { tf ->
        CenteringOp(Element.FLOAT64, shape, numbers(tf, 7, shape[2].toLong()))
      }
    }
    affineContract("centering without bias", Shape(3, 2, 2), Shape(3, 2, 2)) {
      CenteringOp(Element.FLOAT64, Shape(3, 2, 2), null)
    }
    affineContract("scale by channel", Shape(2, 3), Shape(2, 3)) { ScaleOp(numbers(it, 6, 3)) }
    affineContract("scale by one number", Shape(4), Shape(4)) { ScaleOp(numbers(it, 6, 1)) }
    affineContract("second half", Shape(2, 2, 4), Shape(2, 2, 2)) {
      ChannelsOp(Element.FLOAT64, 3, 4, 2, 2, false)
    }
    affineContract("behind zeros", Shape(2), Shape(5)) {
      ChannelsOp(Element.FLOAT64, 1, 5, 3, 2, true)
    }
    affineContract("mean of whole images", Shape(3, 4, 2), Shape(1, 1, 2)) {
      AveragePoolOp.global(Element.FLOAT64, Shape(3, 4, 2))
    }

    val torus = Shape(4, 6, 2)
    for ((side, stride) in listOf(1 to 1, 2 to 1, 3 to 1, 4 to 1, 3 to 2, 1 to 2, 4 to 2)) {
      val circular = Conv2d(3, side, stride, Padding.Circular)
      affineContract("$circular", torus, circular.outputShape(torus)) { tf ->
        val kernel = numbers(tf, 3, side.toLong(), side.toLong(), 2, 3)
        Conv2dOp(Element.FLOAT64, exact, kernel, numbers(tf, 4, 3), circular, torus)
      }
    }
    val line = Shape(6, 1, 2)
    for (padding in
      listOf(Padding.Same, Padding.Valid, Padding.Circular, Padding.Explicit(1, 2, 0, 0))) {
      for (stride in 1..2) {
        val along = Conv1d(3, 3, stride, padding)
        val outputs = along.outputShape(Shape(6, 2))
        affineContract("$along", line, Shape(outputs[0], 1, 3)) { tf ->
          val kernel = numbers(tf, 3, 3, 1, 2, 3)
          Conv2dOp(Element.FLOAT64, exact, kernel, numbers(tf, 4, 3), along, line)
        }
      }
    }
    val small = Shape(2, 3, 3)
    for (padding in
      listOf(Padding.Same, Padding.Valid, Padding.Circular, Padding.Explicit(2, 0, 1, 1))) {
      for ((side, stride) in listOf(3 to 2, 2 to 2, 3 to 3, 2 to 3)) {
        if (padding is Padding.Explicit && side < 3) continue
        val larger = Conv2dTranspose(2, side, stride, padding)
        affineContract("$larger", small, larger.outputShape(small)) { tf ->
          val kernel = numbers(tf, 3, side.toLong(), side.toLong(), 2, 3)
          Conv2dTransposeOp(Element.FLOAT64, exact, kernel, numbers(tf, 4, 2), larger, small)
        }
      }
    }
    affineContract("mask", Shape(3, 2), Shape(3, 2)) { tf ->
      MaskOp(tf.nn.relu(numbers(tf, 8, 3, 3, 2)), Shape(3, 2))
    }

    elementwiseContract("relu", ReluOp()) { maxOf(it, 0.0) }
    for (slope in listOf(0.0, 0.01, 0.3, 1.0)) {
      elementwiseContract("leaky relu $slope", LeakyReluOp(slope)) {
        if (it > 0) it else slope * it
      }
    }
    elementwiseContract("elu", EluOp()) { if (it > 0) it else Math.expm1(it) }
    elementwiseContract("softplus", SoftplusOp()) { maxOf(it, 0.0) + ln1p(exp(-Math.abs(it))) }
    elementwiseContract("sigmoid", SigmoidOp()) {
      if (it > 0) 1 / (1 + exp(-it)) else exp(it) / (1 + exp(it))
    }
    elementwiseContract("tanh", TanhOp()) { tanh(it) }

    rearrangeContract("flatten", Shape(2, 3, 2), Shape(12), ReshapeOp(Shape(2, 3, 2), Shape(12)))
    rearrangeContract("reshape", Shape(6), Shape(3, 2), ReshapeOp(Shape(6), Shape(3, 2)))
    rearrangeContract("what was merged", Shape(3, 2), Shape(3, 2), SameOp())

    for (pool in listOf(MaxPool2d(2), MaxPool2d(3, 1), MaxPool2d(3, 2), MaxPool2d(2, 3))) {
      contractionContract("$pool", Shape(6, 6, 2), MaxPoolOp(pool))
    }

    contractionContract("groups of 2", Shape(2, 2, 4), GroupSortOp(2, Shape(2, 2, 4)))
    contractionContract("groups of 5", Shape(10), GroupSortOp(5, Shape(10)))
    contractionContract("groups of 12", Shape(2, 12), GroupSortOp(12, Shape(2, 12)))
    contractionContract("maxima and minima", Shape(2, 2, 4), MaxMinOp(4, 3))
    for (order in 1..2) {
      for (shape in listOf(Shape(8), Shape(2, 2, 4))) {
        contractionContract("folds of order $order of $shape", shape) { tf ->
          val half = (shape[shape.rank - 1] / 2).toLong()
          val free = if (order == 1) numbers(tf, 11, half) else numbers(tf, 11, 3, half)
          val angle = tf.math.mul(free, Element.FLOAT64.constant(tf, 7.0))
          HouseholderOp(Element.FLOAT64, angle, order, 2 * half.toInt(), shape.rank)
        }
      }
    }
    contractionContract("parts above and below zero", Shape(2, 3), ConcatMaxMinOp(2))
    for (slope in listOf(-1.0, -0.6, 0.0, 0.25, 1.0)) {
      fun made(tf: Ops) =
        ClippedPReluOp(tf, Element.FLOAT64, Element.FLOAT64.constant(tf, doubleArrayOf(slope), 1))
      val described = Graph().use { made(Ops.create(it)) }
      elementwiseContract("clipped parametric ReLU $slope", described, ::made) {
        if (it > 0) it else slope * it
      }
    }
    for ((free, held) in listOf(1.7 to 1.0, -3.0 to -1.0)) {
      test("a slope of $free is held at $held") {
        val values = evaluateOne { tf ->
          val slope = Element.FLOAT64.constant(tf, doubleArrayOf(free), 1)
          val x = constant(tf, doubleArrayOf(-2.0, 3.0), 1, Shape(2))
          ClippedPReluOp(tf, Element.FLOAT64, slope).apply(tf, x)
        }
        values.toList() shouldBe listOf(-2.0 * held, 3.0)
      }
    }
    contractionContract(
      "lengths of whole images",
      Shape(4, 2, 3),
      L2NormPoolOp(Element.FLOAT64, 4, 2),
    )
    for (up in listOf(true, false)) {
      val (large, deep) = Shape(4, 6, 2) to Shape(2, 3, 8)
      rearrangeContract(
        "pixels as channels, ${if (up) "back" else "there"}",
        if (up) deep else large,
        if (up) large else deep,
        PixelsOp(2, large, up),
      )
    }
    contractionContract("lengths", Shape(4, 4, 2), L2NormPoolOp(Element.FLOAT64, 2))
    elementwiseContract("absolute", AbsoluteOp()) { Math.abs(it) }

    test("every operation keeps a contract") {
      val folder =
        Path.of(Operation::class.java.protectionDomain.codeSource.location.toURI())
          .resolve("org/glacis/runtime/program")
      val operations =
        Files.list(folder).use { files ->
          files
            .asSequence()
            .filter {
              it.toString().endsWith(".class") && it.nameWithoutExtension != "package-info"
            }
            .map { Class.forName("org.glacis.runtime.program." + it.nameWithoutExtension).kotlin }
            .filter { Operation::class.java.isAssignableFrom(it.java) && !it.java.isInterface }
            .toSet()
        }
      (operations - COVERED).shouldBeEmpty()
    }
  })
