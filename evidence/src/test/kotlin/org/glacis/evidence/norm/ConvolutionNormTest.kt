package org.glacis.evidence.norm

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeIn
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlin.random.Random

class ConvolutionNormTest :
  FunSpec({
    /** Every bound that there is, by name. */
    fun bounds(layer: Convolution): Map<String, Double> {
      val kernel = Polyphase.of(layer.group(0))
      val any = layer.on(0, 0, layer.padding)
      return buildMap {
        put("least", ConvolutionNorm.of(layer).value)
        put("flattening", ConvolutionNorm.of(layer, 0.0).value)
        put("any size", ConvolutionNorm.of(any).value)
        put("flattening, any size", ConvolutionNorm.of(any, 0.0).value)
        if (layer.groups == 1) {
          val rows = layer.axis(0).torus() / layer.strideHeight
          val columns = layer.axis(1).torus() / layer.strideWidth
          put("frequencies", FrequencyNorm.onTorus(kernel, rows, columns))
          put("absolute Gram", AbsoluteGram.bound(kernel, 2e6))
        }
      }
    }

    test(
      "256 channels on a small image are bounded at their frequencies, not by their taps alone"
    ) {
      // Each channel is filtered by (1, 1, -1) both ways, whose largest response is |1 - 2i| = sqrt
      // 5
      // at a quarter turn, and then reflected: the norm is 5, while the taps' lengths give 9.
      val side = 256
      val taps = doubleArrayOf(1.0, 1.0, -1.0)
      val random = Random(14)
      val normal = DoubleArray(side) { random.nextDouble(-1.0, 1.0) }
      val square = normal.sumOf { it * it }
      val kernel =
        DoubleArray(9 * side * side) {
          val (row, column) = it / side % side to it % side
          val mirror = (if (row == column) 1.0 else 0.0) - 2 * normal[row] * normal[column] / square
          taps[it / side / side / 3] * taps[it / side / side % 3] * mirror
        }
      val layer = Convolution.of(3, 3, side, side, kernel).on(8, 8, Convolution.Circular())
      val bound = ConvolutionNorm.of(layer)
      bound.method shouldBe "frequencies"
      bound.value shouldBeGreaterThanOrEqual 5.0
      bound.value shouldBeLessThanOrEqual 5.001
    }

    test(
      "no bound is below the norm of the operator, and the least is within 5 % where the flattening is orthogonal"
    ) {
      val random = Random(11)
      var number = 0
      for (side in 1..7) for (stride in 1..3) for (kind in Kernels.entries) {
        val other = if (number % 3 == 0) random.nextInt(1, 8) else side
        val groups = if (number % 5 == 0) 2 else 1
        val channels = random.nextInt(1, 4) / groups + (if (groups == 2) 1 else 0)
        val filters = random.nextInt(1, 4) * groups
        val height = random.nextInt(2, 4) * stride
        val width = (random.nextInt(4, 9) + stride - 1) / stride * stride
        val unit = kind.of(random, side, other, channels.coerceAtLeast(1), filters)
        val plain =
          Convolution.of(side, other, channels.coerceAtLeast(1), filters, unit)
            .withStrides(stride, if (number % 4 == 0) 1 else stride)
            .withGroups(groups)
        val zeros =
          Convolution.Zeros(
            random.nextInt(side),
            random.nextInt(side),
            random.nextInt(other),
            random.nextInt(other),
          )
        val layers =
          listOf(
            plain.same(height, width),
            plain.on(height, width, Convolution.Zeros.NONE),
            plain.on(height, width, zeros),
            plain.on(height, width, Convolution.Circular()),
          )
        for (layer in layers) {
          val matrix = operator(layer)
          val truth = if (matrix.rows == 0) 0.0 else largestSingularValue(matrix)
          val scaled = DoubleArray(unit.size) { Math.scalb(unit[it], kind.exponent) }
          val moved =
            Convolution(
              side,
              other,
              layer.channels,
              filters,
              scaled,
              layer.strideHeight,
              layer.strideWidth,
              groups,
              layer.padding,
              height,
              width,
            )
          val found = bounds(moved).mapValues { Math.scalb(it.value, -kind.exponent) }
          withClue(
            "$kind ${side}x$other, ${layer.channels} -> $filters, strides ${layer.strideHeight} ${layer.strideWidth}, groups $groups, ${layer.padding} on $height x $width: $found, truth $truth"
          ) {
            found.forEach { (_, bound) -> bound shouldBeGreaterThanOrEqual truth * (1 - 1e-12) }
            if (kind == Kernels.ORTHOGONAL && groups == 1)
              found.getValue("least") shouldBeLessThanOrEqual truth * 1.05
          }
        }
        number++
      }
    }

    test(
      "frequencies alone are within 5 % at sizes of layers, where the operator is too large to write down"
    ) {
      val random = Random(3)
      for ((side, channels, filters, extent) in
        listOf(
          listOf(3, 1, 16, 28),
          listOf(3, 6, 8, 14),
          listOf(5, 2, 3, 20),
          listOf(3, 12, 12, 10),
        )) {
        val kernel = Kernels.ORTHOGONAL.of(random, side, side, channels, filters)
        val layer = Convolution.of(side, side, channels, filters, kernel).same(extent, extent)
        val bound = ConvolutionNorm.of(layer, 2e8)
        withClue("$side $channels $filters $extent $bound") {
          bound.method shouldBeIn listOf("frequencies", "flattening")
          val truth = lanczos(layer)
          bound.value shouldBeGreaterThanOrEqual truth
          bound.value shouldBeLessThanOrEqual truth * 1.05
        }
      }
    }

    test(
      "a bound for any size is within 10 % of what large images reach where the flattening is orthogonal"
    ) {
      val random = Random(5)
      for (side in 1..7) for ((channels, filters) in listOf(1 to 1, 2 to 3, 4 to 4, 5 to 2)) {
        for (kind in listOf(Kernels.ORTHOGONAL, Kernels.CONSTANT_TAPS)) {
          val layer =
            Convolution.of(
              side,
              side,
              channels,
              filters,
              kind.of(random, side, side, channels, filters),
            )
          val truth = symbolNorm(layer, 24)
          val bound = ConvolutionNorm.of(layer)
          withClue("$kind $side $channels $filters $bound $truth") {
            bound.value shouldBeGreaterThanOrEqual truth * (1 - 1e-12)
            bound.value shouldBeLessThanOrEqual truth * 1.10
          }
        }
      }
    }

    test("the largest norm of the groups is the norm") {
      val random = Random(6)
      val first = normal(random, 9 * 2 * 2)
      val both =
        DoubleArray(9 * 2 * 4) {
          if (it % 4 < 2) first[it / 4 * 2 + it % 4] else 10 * first[it / 4 * 2 + it % 2]
        }
      val one = ConvolutionNorm.of(Convolution.of(3, 3, 2, 2, first).same(6, 6)).value
      val two = ConvolutionNorm.of(Convolution.of(3, 3, 2, 4, both).withGroups(2).same(6, 6)).value
      two shouldBeLessThanOrEqual 10 * one * (1 + 1e-4)
      two shouldBeGreaterThanOrEqual 10 * one * (1 - 1e-4)
    }

    test("a convolution without windows has norm 0; one with NaN has none") {
      val kernel = DoubleArray(25) { 1.0 }
      ConvolutionNorm.of(Convolution.of(5, 5, 1, 1, kernel).on(3, 3, Convolution.Zeros.NONE))
        .value shouldBe 0.0
      kernel[7] = Double.NaN
      ConvolutionNorm.of(Convolution.of(5, 5, 1, 1, kernel)).value shouldBe Double.POSITIVE_INFINITY
    }

    test("a convolution that does not fit together is refused with the remedy") {
      val kernel = DoubleArray(9)
      shouldThrow<IllegalArgumentException> { Convolution.of(3, 3, 1, 2, kernel) }
        .message!! shouldContain "kernel: has 9 numbers, expected 3 × 3 × 1 × 2"
      shouldThrow<IllegalArgumentException> {
          Convolution.of(3, 3, 1, 1, kernel).withStrides(2, 2).on(5, 5, Convolution.Circular())
        }
        .message!! shouldContain "take multiples"
      shouldThrow<IllegalArgumentException> { Convolution.of(3, 3, 1, 1, kernel).withGroups(2) }
        .message!! shouldContain "take a divisor"
    }
  })

/** The norm by Lanczos steps on the operator itself: never above it. */
private fun lanczos(layer: Convolution): Double {
  val image = normal(Random(1), layer.height * layer.width * layer.channels)
  var x = image
  var value = 0.0
  repeat(150) {
    val length = norm(x)
    x = DoubleArray(x.size) { i -> x[i] / length }
    val y = convolve(layer, x)
    value = norm(y)
    x = adjoint(layer, y)
  }
  return value
}

private fun adjoint(layer: Convolution, y: DoubleArray): DoubleArray {
  val zeros = layer.padding as Convolution.Zeros
  val columns = layer.width
  val out = DoubleArray(layer.height * layer.width * layer.channels)
  for (p in 0 until layer.height) for (q in 0 until columns) for (i in
    0 until layer.kernelHeight) for (j in 0 until layer.kernelWidth) {
    val r = p + i - zeros.top
    val s = q + j - zeros.left
    if (r !in 0 until layer.height || s !in 0 until layer.width) continue
    for (c in 0 until layer.channels) for (o in 0 until layer.filters) {
      out[(r * layer.width + s) * layer.channels + c] +=
        layer.kernel[((i * layer.kernelWidth + j) * layer.channels + c) * layer.filters + o] *
          y[(p * columns + q) * layer.filters + o]
    }
  }
  return out
}
