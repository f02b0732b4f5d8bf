package org.glacis.evidence.norm

import kotlin.math.PI
import kotlin.math.cos
import kotlin.math.sin
import kotlin.random.Random

/** The matrix of a convolution on images of its size, column by column from impulses. */
fun operator(layer: Convolution): Matrix {
  val inputs = layer.height * layer.width * layer.channels * layer.groups
  var matrix: Matrix? = null
  for (place in 0 until inputs) {
    val image = DoubleArray(inputs).also { it[place] = 1.0 }
    val answer = convolve(layer, image)
    val whole = matrix ?: Matrix(answer.size, inputs).also { matrix = it }
    for (i in answer.indices) whole[i, place] = answer[i]
  }
  return checkNotNull(matrix)
}

/** The convolution as its definition has it: height × width × channels in and out. */
fun convolve(layer: Convolution, image: DoubleArray): DoubleArray {
  val zeros = layer.padding as? Convolution.Zeros
  fun windows(extent: Int, kernel: Int, stride: Int, around: Int) =
    if (zeros == null) extent / stride
    else maxOf(0, Math.floorDiv(extent + around - kernel, stride) + 1)
  val rows =
    windows(
      layer.height,
      layer.kernelHeight,
      layer.strideHeight,
      zeros?.let { it.top + it.bottom } ?: 0,
    )
  val columns =
    windows(
      layer.width,
      layer.kernelWidth,
      layer.strideWidth,
      zeros?.let { it.left + it.right } ?: 0,
    )
  val all = layer.channels * layer.groups
  val each = layer.filters / layer.groups
  val out = DoubleArray(rows * columns * layer.filters)
  for (p in 0 until rows) for (q in 0 until columns) for (i in 0 until layer.kernelHeight) for (j in
    0 until layer.kernelWidth) {
    var y = p * layer.strideHeight + i - (zeros?.top ?: 0)
    var x = q * layer.strideWidth + j - (zeros?.left ?: 0)
    if (zeros == null) {
      y = Math.floorMod(y, layer.height)
      x = Math.floorMod(x, layer.width)
    }
    if (y !in 0 until layer.height || x !in 0 until layer.width) continue
    for (c in 0 until layer.channels) for (o in 0 until layer.filters) {
      val channel = o / each * layer.channels + c
      out[(p * columns + q) * layer.filters + o] +=
        layer.kernel[((i * layer.kernelWidth + j) * layer.channels + c) * layer.filters + o] *
          image[(y * layer.width + x) * all + channel]
    }
  }
  return out
}

/** The largest singular value of the channel matrix over [points]² frequencies, stride 1. */
fun symbolNorm(layer: Convolution, points: Int): Double {
  var most = 0.0
  for (a in 0 until points) for (b in 0..points / 2) {
    // A complex matrix as a real one of twice the extents.
    val whole = Matrix(2 * layer.channels, 2 * layer.filters)
    for (i in 0 until layer.kernelHeight) for (j in 0 until layer.kernelWidth) {
      val angle = 2 * PI * (a * i + b * j) / points
      for (c in 0 until layer.channels) for (o in 0 until layer.filters) {
        val k = layer.kernel[((i * layer.kernelWidth + j) * layer.channels + c) * layer.filters + o]
        whole[2 * c, 2 * o] += k * cos(angle)
        whole[2 * c + 1, 2 * o + 1] += k * cos(angle)
        whole[2 * c, 2 * o + 1] -= k * sin(angle)
        whole[2 * c + 1, 2 * o] += k * sin(angle)
      }
    }
    most = maxOf(most, singularValues(whole)[0])
  }
  return most
}

/** Kernels that bounds like least, and ordinary ones: height × width × channels × filters. */
enum class Kernels(val make: (Random, Int, Int, Int, Int) -> DoubleArray, val exponent: Int = 0) {
  NORMAL({ random, h, w, c, o -> normal(random, h * w * c * o) }),
  CONSTANT({ _, h, w, c, o -> DoubleArray(h * w * c * o) { 0.37 } }),
  RANK_ONE({ random, h, w, c, o ->
    val taps = normal(random, h * w * c)
    val filters = normal(random, o)
    DoubleArray(h * w * c * o) { taps[it / o] * filters[it % o] }
  }),
  ORTHOGONAL({ random, h, w, c, o ->
    orthonormal(Matrix(h * w * c, o, normal(random, h * w * c * o))).values
  }),
  CONSTANT_TAPS({ random, h, w, c, o ->
    val channels = orthonormal(Matrix(c, o, normal(random, c * o))).values
    DoubleArray(h * w * c * o) { channels[it % (c * o)] }
  }),
  ALTERNATING({ _, h, w, c, o ->
    DoubleArray(h * w * c * o) { if ((it / (c * o) / w + it / (c * o) % w) % 2 == 0) 1.0 else -1.0 }
  }),
  SPIKE({ random, h, w, c, o ->
    val noise = normal(random, h * w * c * o)
    DoubleArray(h * w * c * o) { 1e-7 * noise[it] }.also { it[random.nextInt(it.size)] = 3.0 }
  }),
  NEAR_OVERFLOW({ random, h, w, c, o -> normal(random, h * w * c * o) }, 1010),
  SUBNORMAL(
    { random, h, w, c, o -> DoubleArray(h * w * c * o) { random.nextInt(-20, 21).toDouble() } },
    -1074,
  ),
  MIXED_SCALES({ random, h, w, c, o ->
    val noise = normal(random, h * w * c * o)
    DoubleArray(h * w * c * o) { Math.scalb(noise[it], -random.nextInt(600)) }
  });

  /** The kernel of [make] and the power of two that it is to be multiplied by. */
  fun of(random: Random, h: Int, w: Int, c: Int, o: Int) = make(random, h, w, c, o)
}

fun normal(random: Random, size: Int): DoubleArray {
  val source = java.util.Random(random.nextLong())
  return DoubleArray(size) { source.nextGaussian() }
}
