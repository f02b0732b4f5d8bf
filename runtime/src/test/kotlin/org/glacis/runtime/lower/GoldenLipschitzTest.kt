package org.glacis.runtime.lower

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeLessThan
import kotlin.math.sqrt
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.double
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.channelsLast
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.goldenTests
import org.glacis.runtime.oracle.ints
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.oracle.numbers
import org.glacis.runtime.program.AbsoluteOp
import org.glacis.runtime.program.AveragePoolOp
import org.glacis.runtime.program.BatchStatistics
import org.glacis.runtime.program.CenteringOp
import org.glacis.runtime.program.ClippedPReluOp
import org.glacis.runtime.program.ConcatMaxMinOp
import org.glacis.runtime.program.Conv2dTransposeOp
import org.glacis.runtime.program.ForwardPass
import org.glacis.runtime.program.HouseholderOp
import org.glacis.runtime.program.L2NormPoolOp
import org.glacis.runtime.program.PixelsOp
import org.glacis.runtime.program.Products
import org.glacis.spec.BatchCentering
import org.glacis.spec.BatchLipNorm
import org.glacis.spec.ConcatResidual
import org.glacis.spec.Conv2dTranspose
import org.glacis.spec.ConvexResidual
import org.glacis.spec.Dense
import org.glacis.spec.LayerSpec
import org.glacis.spec.ModelSpec
import org.glacis.spec.Padding
import org.glacis.spec.PrescaledResidual
import org.glacis.spec.ScaledAveragePool2d
import org.glacis.spec.Shape
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.TFloat64

private typealias Values = Operand<TFloat64>

/** An array of a golden case, images with their channels last. */
private class GoldenArray(json: JsonObject, layout: String) {
  private val stored = json.getValue("shape").ints()
  private val turned = layout.startsWith("NCHW") && stored.size == 4
  val shape = if (turned) listOf(0, 2, 3, 1).map { stored[it] } else stored.toList()
  val sample = Shape(shape.drop(1))
  val values = json.getValue("data").numbers().let { if (turned) channelsLast(it, sample) else it }

  fun constant(tf: Ops): Values =
    Element.FLOAT64.constant(tf, values, *shape.map(Int::toLong).toLongArray())
}

private fun Ops.numbers(values: DoubleArray, vararg shape: Long): Values =
  Element.FLOAT64.constant(this, values, *shape)

/** A fold of order 1 with one angle for all pairs. */
private fun folded(tf: Ops, shape: Shape, angle: Double, x: Values): Values {
  val half = shape[shape.rank - 1] / 2
  val angles = tf.numbers(DoubleArray(half) { angle }, half.toLong())
  return HouseholderOp(Element.FLOAT64, angles, 1, 2 * half, shape.rank).apply(tf, x)
}

/** Layers of deel-torchlip and Orthogonium; where those have a known fault, without it. */
class GoldenLipschitzTest :
  FunSpec({
    goldenTests("lipschitz.json") { golden ->
      for (case in golden.getValue("cases").jsonArray.map { it.jsonObject }) {
        val name = case.getValue("id").jsonPrimitive.content
        val op = case.getValue("op").jsonPrimitive.content
        val meta = case.getValue("meta").jsonObject
        val layout = meta["layout"]?.jsonPrimitive?.content.orEmpty()
        val inputs = case.getValue("inputs").jsonObject
        val outputs = case.getValue("outputs").jsonObject
        fun input(key: String) = GoldenArray(inputs.getValue(key).jsonObject, layout)
        fun output(key: String) = GoldenArray(outputs.getValue(key).jsonObject, layout).values
        fun number(key: String) = meta.getValue(key).jsonPrimitive.double

        /**
         * Values, and where the case has one in our layout the gradient of `sum_i y_i (i + 1) / n`.
         */
        fun layer(
          factor: Double = 1.0,
          arrangement: String = layout,
          make: (Ops, Shape, Values) -> Values,
        ) =
          test(name) {
            val x = GoldenArray(inputs.getValue("x").jsonObject, arrangement)
            val y = GoldenArray(outputs.getValue("y").jsonObject, arrangement).values
            val (found, slope) =
              evaluate { tf ->
                val at = x.constant(tf)
                val made = make(tf, x.sample, at)
                val weights =
                  tf.numbers(DoubleArray(y.size) { (it + 1.0) / y.size }, y.size.toLong())
                val flat = tf.reshape(made, tf.constant(intArrayOf(-1)))
                val sum = tf.reduceSum(tf.math.mul(flat, weights), tf.constant(0))
                listOf(made, tf.gradients(sum, listOf(at)).dy<TFloat64>(0))
              }
            difference(found, DoubleArray(y.size) { factor * y[it] }) shouldBeLessThan 1e-9
            if ("grad" in outputs && !layout.startsWith("NCHW"))
              difference(slope, output("grad")) shouldBeLessThan 1e-9
          }

        /** A whole network of one layer, with float32 weights. */
        fun network(input: Shape, layer: LayerSpec, vararg weights: Pair<String, DoubleArray>) =
          Network(
            ModelSpec(input, listOf(layer)),
            Weights(
              weights.associate { (path, values) ->
                val side = sqrt(values.size.toDouble()).toInt()
                val shape =
                  if ("kernel" in path) intArrayOf(side, side) else intArrayOf(values.size)
                path to Weights.Entry(shape, FloatArray(values.size) { values[it].toFloat() })
              }
            ),
          )

        fun block(
          layer: LayerSpec,
          matrix: DoubleArray,
          vararg weights: Pair<String, DoubleArray>,
        ) =
          test(name) {
            val x = input("x")
            val side = sqrt(matrix.size.toDouble()).toInt()
            // Theirs is units × inputs.
            val kernel = DoubleArray(matrix.size) { matrix[it % side * side + it / side] }
            val made = network(x.sample, layer, "layers/0/layers/0/kernel" to kernel, *weights)
            val found = evaluate { tf ->
              listOf(ForwardPass.output(tf, "p", made.lowered(tf, Element.FLOAT64), x.constant(tf)))
            }
            difference(found[0], output("y")) shouldBeLessThan 1e-6
          }

        /** Training takes the biased variance of a batch; theirs is what running ones take. */
        fun statistics(layer: LayerSpec) =
          test(name) {
            val x = input("x1")
            val zeros = DoubleArray(3)
            val weights =
              listOf("mean", "bias", "variance").map { "layers/0/$it" to zeros }.toTypedArray()
            val found = evaluate { tf ->
              val program = network(x.sample, layer, *weights).lowered(tf, Element.FLOAT64)
              val at = x.constant(tf)
              val pass = BatchStatistics.pass(tf, "p", program, at, false)
              val settled =
                BatchStatistics.running(program)
                  .moved(
                    tf,
                    Element.FLOAT64,
                    program,
                    pass.statistics(),
                    Element.FLOAT64.constant(tf, 4.0),
                    Element.FLOAT64.constant(tf, 1.0),
                  )
              val frozen = settled.inPlace(tf, "q", program)
              listOf(ForwardPass.output(tf, "r", frozen, at), pass.values().last())
            }
            val expected = output("train1")
            difference(found[0], expected) shouldBeLessThan 1e-9
            val biased = if (layer is BatchLipNorm) sqrt(16.0 / 15.0) else 1.0
            difference(
              found[1],
              DoubleArray(expected.size) { biased * expected[it] },
            ) shouldBeLessThan 1e-9
          }

        when (op) {
          "householder" -> layer { tf, shape, x -> folded(tf, shape, number("theta"), x) }
          // Those of order 2, and one of order 1, are divided by sqrt(2), and so no isometries.
          "householder_scaled" ->
            layer(sqrt(2.0)) { tf, shape, x -> folded(tf, shape, number("theta"), x) }
          "householder_order2_scaled" ->
            layer(sqrt(2.0)) { tf, shape, x ->
              val angles =
                (0..2).flatMap { meta.getValue("theta$it").numbers().asIterable() }.toDoubleArray()
              val half = angles.size / 3
              val angle = tf.numbers(angles, 3, half.toLong())
              HouseholderOp(Element.FLOAT64, angle, 2, 2 * half, shape.rank).apply(tf, x)
            }
          "maxmin_crelu" ->
            layer { tf, shape, x -> ConcatMaxMinOp<TFloat64>(shape.rank).apply(tf, x) }
          "lipschitz_prelu" ->
            layer { tf, _, x ->
              val slope = tf.numbers(doubleArrayOf(number("a")), 1)
              ClippedPReluOp(tf, Element.FLOAT64, slope).apply(tf, x)
            }
          "abs" -> layer { tf, _, x -> AbsoluteOp<TFloat64>().apply(tf, x) }
          // Our windows are square; theirs of 4 x 2 has no counterpart.
          "scaled_avg_pool" -> {
            val sides = meta.getValue("pool").ints().distinct()
            if (sides.size == 1)
              layer { tf, shape, x ->
                AveragePoolOp(Element.FLOAT64, ScaledAveragePool2d(sides[0]), shape).apply(tf, x)
              }
          }
          "scaled_global_avg_pool" ->
            layer { tf, shape, x -> AveragePoolOp.global(Element.FLOAT64, shape).apply(tf, x) }
          "scaled_global_l2norm_pool" ->
            layer { tf, shape, x -> L2NormPoolOp(Element.FLOAT64, shape[0], shape[1]).apply(tf, x) }
          "invertible_downsampling" ->
            layer { tf, shape, x -> PixelsOp<TFloat64>(2, shape, false).apply(tf, x) }
          "invertible_upsampling" ->
            layer { tf, shape, x ->
              val large = Shape(2 * shape[0], 2 * shape[1], shape[2] / 4)
              PixelsOp<TFloat64>(2, large, true).apply(tf, x)
            }
          "layer_centering" ->
            layer { tf, shape, x ->
              val bias = tf.numbers(inputs.getValue("bias").numbers(), 3)
              CenteringOp(Element.FLOAT64, shape, bias).apply(tf, x)
            }
          "batch_centering" -> statistics(BatchCentering())
          "batch_lip_norm" -> statistics(BatchLipNorm())
          "aoc_transposed_conv" ->
            layer(arrangement = "NCHW") { tf, shape, x ->
              val stored = inputs.getValue("kernel").jsonObject
              val (channels, filters, side) = stored.getValue("shape").ints().toList()
              val theirs = stored.getValue("data").numbers()
              val kernel =
                DoubleArray(theirs.size) {
                  val (c, o) = it % channels to it / channels % filters
                  theirs[(c * filters + o) * side * side + it / channels / filters]
                }
              val weights =
                tf.numbers(
                  kernel,
                  side.toLong(),
                  side.toLong(),
                  filters.toLong(),
                  channels.toLong(),
                )
              val layer = Conv2dTranspose(filters, side, number("stride").toInt(), Padding.Valid)
              val exact = Products.exact(TFloat64::class.java)
              Conv2dTransposeOp(Element.FLOAT64, exact, weights, null, layer, shape).apply(tf, x)
            }
          "frobenius_normalization" ->
            test(name) {
              val w = input("W")
              val found = evaluate { tf ->
                val matrix = tf.linalg.transpose(w.constant(tf), tf.constant(intArrayOf(1, 0)))
                listOf(intArrayOf(0), intArrayOf(0, 1)).map {
                  val unit = LipschitzLowerings.unit(tf, Element.FLOAT64, matrix, *it)
                  tf.linalg.transpose(unit, tf.constant(intArrayOf(1, 0)))
                }
              }
              difference(found[0], output("disjoint")) shouldBeLessThan 1e-9
              difference(found[1], output("joint")) shouldBeLessThan 1e-9
            }
          "residual" ->
            when (meta["class"]?.jsonPrimitive?.content) {
              "AdditiveResidual" ->
                block(
                  ConvexResidual(listOf(Dense(4, bias = false))),
                  input("Q").values,
                  "layers/0/mix" to doubleArrayOf(number("init_val")),
                )
              "PrescaledAdditiveResidual" ->
                block(
                  PrescaledResidual(listOf(Dense(4, bias = false))),
                  input("Q").values,
                  "layers/0/scale" to doubleArrayOf(number("init_val")),
                )
              "ConcatResidual" ->
                block(ConcatResidual(listOf(Dense(2, bias = false))), input("Q2").values)
            }
        }
      }
    }
  })
