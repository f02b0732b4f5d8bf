package org.glacis.runtime.bound

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import kotlin.random.Random
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Ball
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.graph
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.Flatten
import org.glacis.spec.LayerSpec
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.Padding
import org.glacis.spec.Relu
import org.glacis.spec.Residual
import org.glacis.spec.Shape

private fun dense(inputs: Int, units: Int, value: (Int) -> Float) =
  Weights.Entry(intArrayOf(inputs, units), FloatArray(inputs * units, value))

/** A network of two inputs whose dense layers scale by [scales], with weights drawn around them. */
private fun chain(random: Random, scales: List<Double>, between: List<LayerSpec>): Network {
  val layers = scales.flatMap { listOf<LayerSpec>(Dense(2, false)) + between } + Dense(3)
  val entries = linkedMapOf<String, Weights.Entry>()
  scales.forEachIndexed { i, scale ->
    entries["layers/${i * (1 + between.size)}/kernel"] =
      dense(2, 2) { (scale * random.nextDouble(-1.0, 1.0)).toFloat() }
  }
  entries["layers/${layers.size - 1}/kernel"] =
    dense(2, 3) { random.nextDouble(-1.0, 1.0).toFloat() }
  entries["layers/${layers.size - 1}/bias"] = Weights.Entry(intArrayOf(3), FloatArray(3))
  return Network(ModelSpec(Shape(2), layers), Weights(entries))
}

private fun Random.somewhere() =
  Ball(
    List(3) { DoubleArray(2) { nextDouble(-1.0, 1.0) } },
    listOf(listOf(0.0, 1e-3, 0.5).random(this)),
    null,
  )

/** What floating point loses below the least normal number must be in the bound. */
class UnderflowTest :
  FunSpec({
    for (between in
      listOf<List<LayerSpec>>(listOf(), listOf(Relu), listOf(Residual(listOf(Relu))))) {
      test("tiny values between $between that grow again are enclosed") {
        // Down to where numbers are subnormal or 0, and up again by as much.
        for (depth in listOf(8, 9)) {
          val random = Random(depth)
          val scales = List(depth) { 1e-38 } + List(depth) { 1e38 }
          shouldEncloseExactly(chain(random, scales, between), random.somewhere(), random)
        }
      }

      test("huge values between $between that shrink again are enclosed") {
        val random = Random(0)
        val scales = List(8) { 1e37 } + List(8) { 1e-37 }
        shouldEncloseExactly(chain(random, scales, between), random.somewhere(), random)
      }
    }

    test("what vanishes on the way does not make a proof") {
      // f_0 - f_1 = 0.5 - x; without the tiny weights of the way the first class would win.
      val scales = List(9) { 1e-38f } + List(9) { 1e38f }
      val layers = scales.map { Dense(1, false) } + Dense(2)
      val entries =
        scales.indices.associate { "layers/$it/kernel" to dense(1, 1) { _ -> scales[it] } } +
          mapOf(
            "layers/${scales.size}/kernel" to dense(1, 2) { it.toFloat() },
            "layers/${scales.size}/bias" to Weights.Entry(intArrayOf(2), floatArrayOf(0.5f, 0f)),
          )
      Network(ModelSpec(Shape(1), layers), Weights(entries)).graph(null, outward = true).use {
        val batch = batchOf(listOf(doubleArrayOf(1.0)), intArrayOf(0), 2)
        val bounds = it.bounds(batch, doubleArrayOf(0.0), false)
        bounds.margins()[0] shouldBeLessThan 0.0
        bounds.boxMargins()[0] shouldBeLessThan 0.0
      }
    }

    test("convolutions and pools of tiny values are enclosed") {
      repeat(2) { seed ->
        val random = Random(seed)
        val layers =
          List(10) { Conv2d(1, 2, padding = Padding.Same, bias = false) } +
            listOf(MaxPool2d(2), Relu) +
            List(10) { Conv2d(1, 1, padding = Padding.Same, bias = false) } +
            listOf(Flatten)
        val entries =
          layers
            .withIndex()
            .filter { it.value is Conv2d }
            .associate { (i, layer) ->
              val side = (layer as Conv2d).kernel
              val scale = if (i < 10) 1e-37 else 1e37
              "layers/$i/kernel" to
                Weights.Entry(
                  intArrayOf(side, side, 1, 1),
                  FloatArray(side * side) { (scale * random.nextDouble(-1.0, 1.0)).toFloat() },
                )
            }
        val network = Network(ModelSpec(Shape(4, 4, 1), layers), Weights(entries))
        val ball = Ball(List(2) { DoubleArray(16) { random.nextDouble() } }, listOf(0.01), null)
        shouldEncloseExactly(network, ball, random)
      }
    }
  })
