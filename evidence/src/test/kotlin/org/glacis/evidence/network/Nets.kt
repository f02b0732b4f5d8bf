package org.glacis.evidence.network

import kotlin.math.PI
import kotlin.math.abs
import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.expm1
import kotlin.math.ln
import kotlin.math.max
import kotlin.math.min
import kotlin.math.sin
import kotlin.math.sqrt
import kotlin.math.tanh
import kotlin.random.Random
import org.glacis.evidence.file.Fields
import org.glacis.evidence.file.NumberArray

/** A network as the files have it, and what it computes, layer by layer, over doubles. */
class Net(val input: IntArray, val random: Random, val prefix: String = "layers") {
  val layers = mutableListOf<Map<String, Any?>>()
  val weights = linkedMapOf<String, NumberArray>()
  private val steps = mutableListOf<(DoubleArray) -> DoubleArray>()
  var shape = input
    private set

  val size
    get() = shape.reduce(Int::times)

  val channels
    get() = shape.last()

  fun apply(x: DoubleArray) = steps.fold(x) { value, step -> step(value) }

  fun head(task: String = "classification"): Map<String, Any?> =
    linkedMapOf(
      "format" to "glacis-network",
      "formatVersion" to 1L,
      "task" to task,
      "input" to input.map(Int::toLong),
      "layers" to layers,
      "range" to null,
    )

  fun network(task: String = "classification"): Network =
    NetworkReader.read(Fields.of("network.json", head(task)), weights, "weights.npz")

  fun add(
    type: String,
    vararg settings: Pair<String, Any?>,
    to: IntArray = shape,
    step: (DoubleArray) -> DoubleArray,
  ) = apply {
    layers += mapOf("type" to type) + settings
    steps += step
    shape = to
  }

  fun weight(
    name: String,
    vararg extents: Int,
    scale: Double = 1.0,
    shift: Double = 0.0,
  ): DoubleArray {
    val values =
      FloatArray(extents.reduce(Int::times)) {
        (shift + scale * java.util.Random(random.nextLong()).nextGaussian()).toFloat()
      }
    weights["$prefix/${layers.size}/$name"] = NumberArray(extents, values)
    return DoubleArray(values.size) { values[it].toDouble() }
  }

  fun dense(units: Int): Net {
    val n = size
    val w = weight("kernel", n, units, scale = 1 / sqrt(n.toDouble()))
    val b = weight("bias", units, scale = 0.1)
    return add("dense", "units" to units.toLong(), "bias" to true, to = intArrayOf(units)) { x ->
      DoubleArray(units) { o -> b[o] + (0 until n).sumOf { x[it] * w[it * units + o] } }
    }
  }

  fun binaryLogits(): Net =
    add("binaryLogits", to = intArrayOf(2)) { x -> doubleArrayOf(-x[0] / 2, x[0] / 2) }

  fun conv(filters: Int, side: Int, stride: Int, padding: Any, groups: Int = 1): Net {
    val (h, w, all) = shape.toList()
    val c = all / groups
    val k = weight("kernel", side, side, c, filters, scale = 1 / sqrt(side * side * c.toDouble()))
    val b = weight("bias", filters, scale = 0.1)
    val around = around(padding, h, w, side, stride)
    val rows = (h + around[0] + around[1] - side) / stride + 1
    val columns = (w + around[2] + around[3] - side) / stride + 1
    return add(
      "conv2d",
      "filters" to filters.toLong(),
      "kernel" to side.toLong(),
      "stride" to stride.toLong(),
      "padding" to padding,
      *(if (groups == 1) arrayOf() else arrayOf("groups" to groups.toLong())),
      to = intArrayOf(rows, columns, filters),
    ) { x ->
      DoubleArray(rows * columns * filters) { at ->
        val o = at % filters
        val first = o / (filters / groups) * c
        val q = at / filters % columns
        val p = at / filters / columns
        var sum = b[o]
        for (i in 0 until side) for (j in 0 until side) for (ch in 0 until c) {
          var y = p * stride + i - around[0]
          var z = q * stride + j - around[2]
          if (padding == "circular") {
            y = Math.floorMod(y, h)
            z = Math.floorMod(z, w)
          }
          if (y in 0 until h && z in 0 until w)
            sum += x[(y * w + z) * all + first + ch] * k[((i * side + j) * c + ch) * filters + o]
        }
        sum
      }
    }
  }

  private fun around(padding: Any, h: Int, w: Int, side: Int, stride: Int): IntArray {
    if (padding is List<*>) return IntArray(4) { (padding[it] as Long).toInt() }
    if (padding == "valid") return IntArray(4)
    fun missing(n: Int) = max(0, ((n + stride - 1) / stride - 1) * stride + side - n)
    return intArrayOf(
      missing(h) / 2,
      missing(h) - missing(h) / 2,
      missing(w) / 2,
      missing(w) - missing(w) / 2,
    )
  }

  /** What the windows of each output see, by channel. */
  private fun windows(
    side: Int,
    stride: Int,
    around: IntArray,
    rows: Int,
    columns: Int,
    of: (List<Double>, Int) -> Double,
  ): (DoubleArray) -> DoubleArray {
    val (h, w, c) = shape.toList()
    return { x ->
      DoubleArray(rows * columns * c) { at ->
        val seen = mutableListOf<Double>()
        for (i in 0 until side) for (j in 0 until side) {
          val y = at / c / columns * stride + i - around[0]
          val z = at / c % columns * stride + j - around[2]
          if (y in 0 until h && z in 0 until w) seen += x[(y * w + z) * c + at % c]
        }
        of(seen, side * side)
      }
    }
  }

  fun averagePool(side: Int, stride: Int?, padding: Any): Net {
    val step = stride ?: side
    val around = around(padding, shape[0], shape[1], side, step)
    val rows = (shape[0] + around[0] + around[1] - side) / step + 1
    val columns = (shape[1] + around[2] + around[3] - side) / step + 1
    return add(
      "averagePool2d",
      "pool" to side.toLong(),
      "stride" to stride?.toLong(),
      "padding" to padding,
      to = intArrayOf(rows, columns, channels),
      step =
        windows(side, step, around, rows, columns) { seen, all ->
          seen.sum() / (if (padding == "same") seen.size else all)
        },
    )
  }

  private fun pool(
    type: String,
    side: Int,
    stride: Int,
    vararg settings: Pair<String, Any?>,
    of: (List<Double>) -> Double,
  ): Net {
    val rows = (shape[0] - side) / stride + 1
    val columns = (shape[1] - side) / stride + 1
    return add(
      type,
      "pool" to side.toLong(),
      *settings,
      to = intArrayOf(rows, columns, channels),
      step = windows(side, stride, IntArray(4), rows, columns) { seen, _ -> of(seen) },
    )
  }

  fun maxPool(side: Int, stride: Int) =
    pool("maxPool2d", side, stride, "stride" to stride.toLong()) { it.max() }

  fun scaledAveragePool(side: Int) = pool("scaledAveragePool2d", side, side) { it.average() * side }

  fun normPool(side: Int) =
    pool("scaledL2NormPool2d", side, side) { seen -> sqrt(seen.sumOf { it * it }) }

  private fun global(type: String, of: (List<Double>) -> Double): Net {
    val (h, w, c) = shape.toList()
    return add(type, to = intArrayOf(c)) { x ->
      DoubleArray(c) { ch -> of((0 until h * w).map { x[it * c + ch] }) }
    }
  }

  fun globalAverage() =
    global("scaledGlobalAveragePool2d") { it.average() * sqrt(it.size.toDouble()) }

  fun globalNorm() = global("scaledGlobalL2NormPool2d") { seen -> sqrt(seen.sumOf { it * it }) }

  fun normalize(mean: List<Double>, deviation: List<Double>) =
    add("normalize", "mean" to mean, "deviation" to deviation) { x ->
      DoubleArray(x.size) { (x[it] - mean[it % mean.size]) / deviation[it % deviation.size] }
    }

  fun batchNorm(): Net {
    val c = channels
    val gamma = weight("gamma", c, shift = 1.0, scale = 0.3)
    val beta = weight("beta", c)
    val mean = weight("mean", c)
    val variance = weight("variance", c, shift = 2.0, scale = 0.1)
    return add("batchNorm", "momentum" to 0.1, "epsilon" to 1e-5) { x ->
      DoubleArray(x.size) {
        gamma[it % c] * (x[it] - mean[it % c]) / sqrt(variance[it % c] + 1e-5) + beta[it % c]
      }
    }
  }

  fun layerCentering(): Net {
    val c = channels
    val n = size / c
    val bias = weight("bias", c)
    return add("layerCentering") { x ->
      val means = DoubleArray(c) { ch -> (0 until n).sumOf { x[it * c + ch] } / n }
      DoubleArray(x.size) { x[it] - means[it % c] + bias[it % c] }
    }
  }

  fun scale(factor: Double) =
    add("scale", "factor" to factor) { x -> DoubleArray(x.size) { factor * x[it] } }

  private fun each(type: String, vararg settings: Pair<String, Any?>, f: (Double) -> Double) =
    add(type, *settings) { x -> DoubleArray(x.size) { f(x[it]) } }

  fun relu() = each("relu") { max(it, 0.0) }

  fun leakyRelu(slope: Double) =
    each("leakyRelu", "slope" to slope) { if (it > 0) it else slope * it }

  fun absolute() = each("absolute") { abs(it) }

  fun elu() = each("elu") { if (it > 0) it else expm1(it) }

  fun softplus() = each("softplus") { ln(1 + exp(it)) }

  fun sigmoid() = each("sigmoid") { 1 / (1 + exp(-it)) }

  fun tanh() = each("tanh") { tanh(it) }

  fun clippedPRelu(): Net {
    val c = channels
    val slope = weight("slope", c, scale = 0.8).map { it.coerceIn(-1.0, 1.0) }
    return add("clippedPRelu") { x ->
      DoubleArray(x.size) { if (x[it] >= 0) x[it] else slope[it % c] * x[it] }
    }
  }

  fun groupSort(group: Int) =
    add("groupSort", "size" to group.toLong()) { x ->
      x.asList().chunked(group).flatMap { it.sorted() }.toDoubleArray()
    }

  fun fullSort(): Net {
    val c = channels
    return add("fullSort") { x -> x.asList().chunked(c).flatMap { it.sorted() }.toDoubleArray() }
  }

  fun maxMin(): Net {
    val c = channels
    return add("maxMin") { x ->
      x.asList()
        .chunked(c)
        .flatMap { all ->
          val (a, b) = all.chunked(c / 2)
          a.indices.map { max(a[it], b[it]) } + a.indices.map { min(a[it], b[it]) }
        }
        .toDoubleArray()
    }
  }

  fun concatMaxMin(): Net {
    val c = channels
    return add("concatMaxMin", to = shape.dropLast(1).toIntArray() + 2 * c) { x ->
      x.asList()
        .chunked(c)
        .flatMap { all -> all.map { max(it, 0.0) } + all.map { max(-it, 0.0) } }
        .toDoubleArray()
    }
  }

  fun householder(): Net {
    val half = channels / 2
    val angle = weight("angle", half, shift = PI / 2)
    return add("householder") { x ->
      x.asList()
        .chunked(2 * half)
        .flatMap { all ->
          val pairs =
            (0 until half).map { j ->
              val (a, b, t) = Triple(all[j], all[j + half], angle[j])
              if (a * sin(t / 2) - b * cos(t / 2) <= 0) a to b
              else (a * cos(t) + b * sin(t)) to (a * sin(t) - b * cos(t))
            }
          pairs.map { it.first } + pairs.map { it.second }
        }
        .toDoubleArray()
    }
  }

  fun unshuffle(f: Int): Net {
    val (h, w, c) = shape.toList()
    return add(
      "invertibleDownSampling",
      "factor" to f.toLong(),
      to = intArrayOf(h / f, w / f, c * f * f),
    ) { x ->
      DoubleArray(x.size).also { out ->
        for (y in 0 until h) for (z in 0 until w) for (ch in 0 until c) out[
          ((y / f) * (w / f) + z / f) * c * f * f + ch * f * f + y % f * f + z % f] =
          x[(y * w + z) * c + ch]
      }
    }
  }

  fun shuffle(f: Int): Net {
    val (h, w, c) = shape.toList()
    return add(
      "invertibleUpSampling",
      "factor" to f.toLong(),
      to = intArrayOf(h * f, w * f, c / f / f),
    ) { x ->
      val out = c / f / f
      DoubleArray(x.size) { at ->
        val y = at / out / (w * f)
        val z = at / out % (w * f)
        x[(y / f * w + z / f) * c + at % out * f * f + y % f * f + z % f]
      }
    }
  }

  fun flatten() = add("flatten", to = intArrayOf(size)) { it }

  fun reshape(vararg to: Int) = add("reshape", "shape" to to.map(Int::toLong), to = to) { it }

  fun dropout() = add("dropout", "rate" to 0.5) { it }

  fun residual(block: Net.() -> Unit): Net {
    val inner = Net(shape, random, "$prefix/${layers.size}/layers").apply(block)
    weights += inner.weights
    return add("residual", "layers" to inner.layers) { x ->
      val y = inner.apply(x)
      DoubleArray(x.size) { x[it] + y[it] }
    }
  }

  fun residual(shortcut: Net.() -> Unit, block: Net.() -> Unit): Net {
    val inner = Net(shape, random, "$prefix/${layers.size}/layers").apply(block)
    val beside = Net(shape, random, "$prefix/${layers.size}/shortcut").apply(shortcut)
    weights += inner.weights
    weights += beside.weights
    return add(
      "residual",
      "layers" to inner.layers,
      "shortcut" to beside.layers,
      to = inner.shape,
    ) { x ->
      val y = inner.apply(x)
      val z = beside.apply(x)
      DoubleArray(y.size) { y[it] + z[it] }
    }
  }
}

/** One network for each kind of layer and some that mix them; all end with a dense layer of 4. */
fun nets(seed: Int): Map<String, Net> {
  val random = Random(seed)
  fun image(block: Net.() -> Unit) =
    Net(intArrayOf(4, 6, 2), random).apply(block).apply { if (shape.size > 1) flatten() }.dense(4)
  fun flat(block: Net.() -> Unit) = Net(intArrayOf(10), random).apply(block).dense(4)
  return mapOf(
    "mlp" to flat { dense(8).relu().dense(6).relu() },
    "conv same" to image { conv(3, 3, 1, "same").relu() },
    "conv strided" to
      image { normalize(listOf(0.1, 0.2), listOf(0.3, 0.4)).conv(4, 3, 2, "valid").relu() },
    "conv explicit" to image { conv(3, 4, 2, listOf(1L, 2L, 0L, 3L)).leakyRelu(0.2) },
    "conv circular" to image { conv(4, 3, 2, "circular").absolute() },
    "conv in groups" to
      image { conv(6, 3, 2, "same", groups = 2).relu().conv(9, 2, 1, "circular", groups = 3) },
    "pools" to image { averagePool(2, 1, "same").relu().averagePool(3, 2, listOf(1L, 1L, 0L, 2L)) },
    "max pool" to image { conv(2, 2, 1, "same").maxPool(2, 2).relu() },
    "max pool overlapping" to image { maxPool(3, 1).relu() },
    "batch norm" to
      image { conv(4, 2, 2, "valid").batchNorm().relu().flatten().dense(6).batchNorm().elu() },
    "residual" to
      flat { dense(8).residual { dense(5).relu().dense(8) }.relu().residual { relu() } },
    "residual conv" to
      image {
        conv(2, 3, 1, "same").residual { conv(2, 3, 1, "same").relu().conv(2, 1, 1, "same") }.relu()
      },
    "residual with shortcuts" to
      image {
        residual({ conv(3, 1, 2, "same") }) { conv(3, 3, 2, "same").relu().conv(3, 3, 1, "same") }
          .relu()
          .residual({ flatten() }) { flatten().dense(size).relu().dense(size) }
      },
    "smooth" to flat { dense(8).tanh().dense(8).sigmoid().dense(8).softplus().dense(8).elu() },
    "tanh" to flat { dense(8).tanh() },
    "sigmoid" to flat { scale(6.0).dense(8).sigmoid() },
    "prelu" to image { conv(4, 3, 1, "valid").clippedPRelu() },
    "sorts" to
      image {
        conv(4, 3, 1, "same")
          .groupSort(2)
          .conv(4, 1, 1, "valid")
          .maxMin()
          .conv(3, 1, 1, "same")
          .fullSort()
      },
    "two classes" to image { flatten().dense(6).groupSort(2).dense(1).binaryLogits() },
    "concat" to image { concatMaxMin().conv(4, 3, 2, "same").householder() },
    "scaled pools" to image { scaledAveragePool(2).relu().normPool(2) },
    "global average" to image { conv(5, 3, 1, "same").relu().globalAverage() },
    "global norm" to image { layerCentering().globalNorm().dropout() },
    "shuffles" to image { unshuffle(2).conv(8, 1, 1, "valid").groupSort(4).shuffle(2).scale(0.7) },
    "conv 1d" to
      flat { reshape(5, 2).conv1d(3, 3, 2, "same").conv1d(2, 2, 1, "circular").relu().flatten() },
    "conv transposed" to
      image {
        transposed(3, 3, 2, "same")
          .transposed(1, 2, 1, "valid")
          .transposed(2, 3, 1, "circular")
          .transposed(1, 3, 2, listOf(1L, 0L, 2L, 1L))
          .relu()
      },
    "folds of order 2" to image { conv(6, 3, 1, "same").householderOfTwo() },
    "convex residual" to flat { dense(8).mixed("convexResidual") { dense(8).relu() }.relu() },
    "prescaled residual" to
      flat { dense(8).mixed("prescaledResidual") { dense(8).relu() }.absolute() },
    "concat residual" to
      image {
        conv(4, 3, 1, "same")
          .concatResidual { conv(2, 3, 1, "same").relu() }
          .concatResidual { concatResidual { leakyRelu(0.1) } }
      },
    "batch centering" to image { batchCentering().relu().flatten().batchLipNorm() },
    "reshape" to flat { reshape(1, 5, 2).conv(2, 1, 1, "valid").relu().reshape(10) },
  )
}
