package org.glacis.runtime.program

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.nameWithoutExtension
import kotlin.math.exp
import kotlin.math.ln1p
import kotlin.math.tanh
import kotlin.random.Random
import kotlin.streams.asSequence
import org.glacis.runtime.graph.Element
import org.glacis.spec.AveragePool2d
import org.glacis.spec.Conv2d
import org.glacis.spec.MaxPool2d
import org.glacis.spec.Padding
import org.glacis.spec.Shape
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
      BatchNormOp.of(tf, Element.FLOAT64, "layers/0", gamma, beta, running, 1e-5, 0.1)
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
