package org.glacis.evidence.network

import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.atan2
import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.max
import kotlin.math.sin
import kotlin.math.sqrt

private fun around(padding: Any, n: Int, side: Int, stride: Int, first: Int): Pair<Int, Int> {
  if (padding is List<*>)
    return (padding[first] as Long).toInt() to (padding[first + 1] as Long).toInt()
  if (padding == "valid") return 0 to 0
  val missing = max(0, ((n + stride - 1) / stride - 1) * stride + side - n)
  return missing / 2 to missing - missing / 2
}

fun Net.conv1d(filters: Int, side: Int, stride: Int, padding: Any): Net {
  val (n, c) = shape.toList()
  val k = weight("kernel", side, c, filters, scale = 1 / sqrt(side * c.toDouble()))
  val b = weight("bias", filters, scale = 0.1)
  val (before, after) = around(padding, n, side, stride, 0)
  val places = (n + before + after - side) / stride + 1
  return add(
    "conv1d",
    "filters" to filters.toLong(),
    "kernel" to side.toLong(),
    "stride" to stride.toLong(),
    "padding" to padding,
    to = intArrayOf(places, filters),
  ) { x ->
    DoubleArray(places * filters) { at ->
      val o = at % filters
      var sum = b[o]
      for (i in 0 until side) for (ch in 0 until c) {
        var y = at / filters * stride + i - before
        if (padding == "circular") y = Math.floorMod(y, n)
        if (y in 0 until n) sum += x[y * c + ch] * k[(i * c + ch) * filters + o]
      }
      sum
    }
  }
}

/** Every input pixel adds its window of weights to the output. */
fun Net.transposed(filters: Int, side: Int, stride: Int, padding: Any): Net {
  val (h, w, c) = shape.toList()
  val k = weight("kernel", side, side, filters, c, scale = 1 / sqrt(side * side * c.toDouble()))
  val b = weight("bias", filters, scale = 0.1)
  fun extent(n: Int, first: Int) =
    if (padding == "same" || padding == "circular") n * stride
    else
      around(padding, 0, side, stride, first).let { (n - 1) * stride + side - it.first - it.second }
  val height = extent(h, 0)
  val width = extent(w, 2)
  val top = around(padding, height, side, stride, 0).first
  val left = around(padding, width, side, stride, 2).first
  return add(
    "conv2dTranspose",
    "filters" to filters.toLong(),
    "kernel" to side.toLong(),
    "stride" to stride.toLong(),
    "padding" to padding,
    to = intArrayOf(height, width, filters),
  ) { x ->
    val out = DoubleArray(height * width * filters) { b[it % filters] }
    for (p in 0 until h) for (q in 0 until w) for (i in 0 until side) for (j in 0 until side) {
      var y = p * stride + i - top
      var z = q * stride + j - left
      if (padding == "circular") {
        y = Math.floorMod(y, height)
        z = Math.floorMod(z, width)
      }
      if (y in 0 until height && z in 0 until width)
        for (o in 0 until filters) for (ch in 0 until c) out[(y * width + z) * filters + o] +=
          x[(p * w + q) * c + ch] * k[((i * side + j) * filters + o) * c + ch]
    }
    out
  }
}

fun Net.householderOfTwo(): Net {
  val half = channels / 2
  val angle = weight("angle", 3, half, shift = PI / 2)
  return add("householder", "order" to 2L) { x ->
    x.asList()
      .chunked(2 * half)
      .flatMap { all ->
        val pairs =
          (0 until half).map { j ->
            val (a, b) = all[j] to all[j + half]
            val t0 = angle[j]
            val t1 = angle[half + j].coerceIn(0.0, 2 * PI)
            val t2 = angle[2 * half + j].coerceIn(0.0, 2 * PI)
            val direction = (atan2(b, a) - t0 / 2).mod(2 * PI)
            fun mirror(t: Double) = a * cos(t) + b * sin(t) to a * sin(t) - b * cos(t)
            when {
              direction < t1 / 2 -> a to b
              direction < (t1 + t2) / 2 -> mirror(t0 + t1)
              direction < PI + t2 / 2 -> a * cos(t2) + b * sin(t2) to b * cos(t2) - a * sin(t2)
              else -> mirror(t0)
            }
          }
        pairs.map { it.first } + pairs.map { it.second }
      }
      .toDoubleArray()
  }
}

/** `convexResidual` or `prescaledResidual`. */
fun Net.mixed(type: String, block: Net.() -> Unit): Net {
  val inner = Net(shape, random, "$prefix/${layers.size}/layers").apply(block)
  val a = weight(if (type == "convexResidual") "mix" else "scale", 1)[0]
  weights += inner.weights
  return add(type, "layers" to inner.layers) { x ->
    if (type == "convexResidual") {
      val y = inner.apply(x)
      val share = 1 / (1 + exp(-a))
      DoubleArray(x.size) { share * x[it] + (1 - share) * y[it] }
    } else {
      val y = inner.apply(DoubleArray(x.size) { a * x[it] })
      DoubleArray(x.size) { (x[it] + y[it]) / (1 + abs(a)) }
    }
  }
}

fun Net.concatResidual(block: Net.() -> Unit): Net {
  val half = channels / 2
  val seen = shape.dropLast(1).toIntArray() + half
  val inner = Net(seen, random, "$prefix/${layers.size}/layers").apply(block)
  weights += inner.weights
  return add("concatResidual", "layers" to inner.layers) { x ->
    val parts = x.asList().chunked(2 * half)
    val y = inner.apply(parts.flatMap { it.drop(half) }.toDoubleArray()).asList().chunked(half)
    parts.indices.flatMap { parts[it].take(half) + y[it] }.toDoubleArray()
  }
}

fun Net.batchCentering(): Net {
  val c = channels
  val mean = weight("mean", c)
  val bias = weight("bias", c)
  return add("batchCentering", "momentum" to 0.1) { x ->
    DoubleArray(x.size) { x[it] - mean[it % c] + bias[it % c] }
  }
}

fun Net.batchLipNorm(): Net {
  val c = channels
  val mean = weight("mean", c)
  val bias = weight("bias", c)
  val variance = weight("variance", c, shift = 2.0, scale = 0.3)
  return add("batchLipNorm", "momentum" to 0.1) { x ->
    DoubleArray(x.size) { (x[it] - mean[it % c]) / sqrt(variance.max()) + bias[it % c] }
  }
}
