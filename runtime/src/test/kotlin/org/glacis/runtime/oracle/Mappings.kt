package org.glacis.runtime.oracle

import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.atan2
import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.hypot
import kotlin.math.sin
import kotlin.math.sqrt
import org.glacis.spec.Shape

private fun Shape.channels() = this[rank - 1]

/** Rows that take one number each. */
private fun moved(count: Int, from: (Int) -> Int) =
  Step.Linear(List(count) { Row(intArrayOf(from(it)), doubleArrayOf(1.0), 0.0) })

/** Pixel (i, j) of a square of channel c becomes channel `c factor^2 + i factor + j`. */
fun downSampling(input: Shape, factor: Int): Step.Linear {
  val (_, width, channels) = input.extents
  val square = factor * factor
  return moved(input.size) { at ->
    val channel = at % (channels * square)
    val pixel = at / (channels * square)
    val y = pixel / (width / factor) * factor + channel % square / factor
    val x = pixel % (width / factor) * factor + channel % factor
    (y * width + x) * channels + channel / square
  }
}

fun upSampling(input: Shape, factor: Int): Step.Linear {
  val (_, width, deep) = input.extents
  val channels = deep / factor / factor
  return moved(input.size) { at ->
    val pixel = at / channels
    val (y, x) = pixel / (width * factor) to pixel % (width * factor)
    val channel = at % channels * factor * factor + y % factor * factor + x % factor
    (y / factor * width + x / factor) * deep + channel
  }
}

/** The mean of each channel times the root of the number of pixels. */
fun globalAverage(input: Shape): Step.Linear {
  val places = input[0] * input[1]
  return Step.Linear(
    List(input[2]) { c ->
      Row(
        IntArray(places) { it * input[2] + c },
        DoubleArray(places) { 1 / sqrt(places.toDouble()) },
        0.0,
      )
    }
  )
}

/** Each number less the mean of its channel, plus [bias]. */
fun centring(input: Shape, bias: DoubleArray): Step.Linear {
  val places = input[0] * input[1]
  return Step.Linear(
    List(input.size) { at ->
      val c = at % input[2]
      Row(
        IntArray(places) { it * input[2] + c },
        DoubleArray(places) { (if (it == at / input[2]) 1.0 else 0.0) - 1.0 / places },
        bias[c],
      )
    }
  )
}

/** `scale (x - mean) + bias`. */
fun shifted(input: Shape, mean: DoubleArray, bias: DoubleArray, scale: Double) =
  Step.Linear(
    List(input.size) {
      val c = it % input.channels()
      Row(intArrayOf(it), doubleArrayOf(scale), bias[c] - mean[c] * scale)
    }
  )

/** `max(x, slope x)` with slopes from -1 to 1, one a channel. */
fun clipped(slopes: DoubleArray): Step.Mapped {
  fun at(x: Double, i: Int) = if (x > 0) x else x * slopes[i % slopes.size].coerceIn(-1.0, 1.0)
  return Step.Mapped(
    { x -> DoubleArray(x.size) { at(x[it], it) } },
    { box ->
      val ends =
        List(box.lower.size) { i ->
          val (l, u) = box.lower[i] to box.upper[i]
          listOfNotNull(at(l, i), at(u, i), 0.0.takeIf { l < 0 && u > 0 })
        }
      Corners(DoubleArray(ends.size) { ends[it].min() }, DoubleArray(ends.size) { ends[it].max() })
    },
  )
}

/** The parts above zero, then the sizes of those below. */
fun parts(channels: Int): Step.Mapped {
  fun side(above: DoubleArray, below: DoubleArray) =
    above.indices
      .chunked(channels)
      .flatMap { at -> at.map { maxOf(above[it], 0.0) } + at.map { maxOf(-below[it], 0.0) } }
      .toDoubleArray()
  return Step.Mapped(
    { side(it, it) },
    { Corners(side(it.lower, it.upper), side(it.upper, it.lower)) },
  )
}

/** A point, and what a box of that radius around it is spread to. */
private class Piece(val a: Double, val b: Double, val radiusOfA: Double, val radiusOfB: Double)

/** The reflection at the line of direction [t]/2. */
private fun reflected(a: Double, b: Double, ra: Double, rb: Double, t: Double) =
  Piece(
    a * cos(t) + b * sin(t),
    a * sin(t) - b * cos(t),
    abs(cos(t)) * ra + abs(sin(t)) * rb,
    abs(sin(t)) * ra + abs(cos(t)) * rb,
  )

/** Order 1: both sides of the line, those that the box has points on. */
private fun fold(a: Double, b: Double, ra: Double, rb: Double, t: Double): List<Piece> {
  val side = a * sin(t / 2) - b * cos(t / 2)
  val reach = abs(sin(t / 2)) * ra + abs(cos(t / 2)) * rb
  return buildList {
    if (side - reach <= 0) add(Piece(a, b, ra, rb))
    if (side + reach > 0) add(reflected(a, b, ra, rb, t))
  }
}

/** Order 2: the piece of the centre, and a circle around it that holds the corners. */
private fun turn(a: Double, b: Double, ra: Double, rb: Double, angles: List<Double>): List<Piece> {
  val t1 = angles[1].coerceIn(0.0, 2 * PI)
  val t2 = angles[2].coerceIn(0.0, 2 * PI)
  val direction = (atan2(b, a) - angles[0] / 2).mod(2 * PI)
  val at =
    when {
      direction < t1 / 2 -> Piece(a, b, 0.0, 0.0)
      direction < (t1 + t2) / 2 -> reflected(a, b, 0.0, 0.0, angles[0] + t1)
      direction < PI + t2 / 2 ->
        Piece(a * cos(t2) + b * sin(t2), b * cos(t2) - a * sin(t2), 0.0, 0.0)
      else -> reflected(a, b, 0.0, 0.0, angles[0])
    }
  return listOf(Piece(at.a, at.b, hypot(ra, rb), hypot(ra, rb)))
}

/** Pairs of channels, half of them apart, folded at [angles]. */
fun folds(channels: Int, order: Int, angles: DoubleArray): Step.Mapped {
  val half = channels / 2
  fun box(lower: DoubleArray, upper: DoubleArray): Corners {
    val low = lower.copyOf()
    val high = upper.copyOf()
    for (pixel in lower.indices step channels) for (j in 0 until half) {
      val (p, q) = pixel + j to pixel + j + half
      val a = (lower[p] + upper[p]) / 2
      val b = (lower[q] + upper[q]) / 2
      val (ra, rb) = (upper[p] - lower[p]) / 2 to (upper[q] - lower[q]) / 2
      val pieces =
        if (order == 1) fold(a, b, ra, rb, angles[j])
        else turn(a, b, ra, rb, List(3) { angles[it * half + j] })
      low[p] = pieces.minOf { it.a - it.radiusOfA }
      high[p] = pieces.maxOf { it.a + it.radiusOfA }
      low[q] = pieces.minOf { it.b - it.radiusOfB }
      high[q] = pieces.maxOf { it.b + it.radiusOfB }
    }
    return Corners(low, high)
  }
  return Step.Mapped({ box(it, it).lower }, { box(it.lower, it.upper) })
}

private fun Corners.times(factor: Double) =
  Corners(
    DoubleArray(lower.size) { minOf(factor * lower[it], factor * upper[it]) },
    DoubleArray(lower.size) { maxOf(factor * lower[it], factor * upper[it]) },
  )

private fun DoubleArray.times(factor: Double) = DoubleArray(size) { factor * this[it] }

private fun sum(a: DoubleArray, b: DoubleArray) = DoubleArray(a.size) { a[it] + b[it] }

private fun sum(a: Corners, b: Corners) = Corners(sum(a.lower, b.lower), sum(a.upper, b.upper))

/** `s x + (1 - s) f(x)` with the share of [mix]. */
fun convex(mix: Double, f: Step.Mapped): Step.Mapped {
  val share = 1 / (1 + exp(-mix))
  val rest = 1 / (1 + exp(mix))
  return Step.Mapped(
    { sum(it.times(share), f.forward(it).times(rest)) },
    { sum(it.times(share), f.interval(it).times(rest)) },
  )
}

/** `(x + f(a x)) / (1 + |a|)`. */
fun prescaled(a: Double, f: Step.Mapped): Step.Mapped {
  val whole = 1 / (1 + abs(a))
  return Step.Mapped(
    { sum(it, f.forward(it.times(a))).times(whole) },
    { sum(it, f.interval(it.times(a))).times(whole) },
  )
}

/** The first half of the channels, and [f] of the second. */
fun besides(channels: Int, f: Step.Mapped): Step.Mapped {
  val half = channels / 2
  fun firsts(x: DoubleArray) = x.indices.filter { it % channels < half }.map { x[it] }
  fun seconds(x: DoubleArray) =
    x.indices.filter { it % channels >= half }.map { x[it] }.toDoubleArray()
  fun joined(kept: List<Double>, made: DoubleArray) =
    kept.chunked(half).zip(made.asList().chunked(half)) { a, b -> a + b }.flatten().toDoubleArray()
  return Step.Mapped(
    { joined(firsts(it), f.forward(seconds(it))) },
    { box ->
      val made = f.interval(Corners(seconds(box.lower), seconds(box.upper)))
      Corners(joined(firsts(box.lower), made.lower), joined(firsts(box.upper), made.upper))
    },
  )
}

/** Divided by the length of the whole, or each column by its own. */
fun unit(free: Matrix, disjoint: Boolean): Matrix {
  val columns =
    List(free.columns) { j -> sqrt((0 until free.rows).sumOf { free[it, j] * free[it, j] }) }
  return Matrix.of(free.rows, free.columns) { i, j ->
    val length = if (disjoint) columns[j] else free.length()
    if (length == 0.0) 0.0 else free[i, j] / length
  }
}
