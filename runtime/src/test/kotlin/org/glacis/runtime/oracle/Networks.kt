package org.glacis.runtime.oracle

import io.kotest.property.Arb
import io.kotest.property.arbitrary.arbitrary
import kotlin.math.sqrt
import kotlin.random.Random
import kotlin.reflect.KClass
import org.glacis.runtime.graph.Weights
import org.glacis.spec.Absolute
import org.glacis.spec.AveragePool2d
import org.glacis.spec.BatchCentering
import org.glacis.spec.BatchLipNorm
import org.glacis.spec.BatchNorm
import org.glacis.spec.BinaryLogits
import org.glacis.spec.BlockSpec
import org.glacis.spec.ClippedPRelu
import org.glacis.spec.ConcatMaxMin
import org.glacis.spec.ConcatResidual
import org.glacis.spec.ConstrainedLayerSpec
import org.glacis.spec.Conv1d
import org.glacis.spec.Conv2d
import org.glacis.spec.Conv2dTranspose
import org.glacis.spec.ConvexResidual
import org.glacis.spec.DataRange
import org.glacis.spec.Dense
import org.glacis.spec.Dropout
import org.glacis.spec.Elu
import org.glacis.spec.Flatten
import org.glacis.spec.FrobeniusConv2d
import org.glacis.spec.FrobeniusDense
import org.glacis.spec.FullSort
import org.glacis.spec.GroupSort
import org.glacis.spec.Householder
import org.glacis.spec.InvertibleDownSampling
import org.glacis.spec.InvertibleUpSampling
import org.glacis.spec.LayerCentering
import org.glacis.spec.LayerSpec
import org.glacis.spec.LeakyRelu
import org.glacis.spec.MaxMin
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.Normalize
import org.glacis.spec.Padding
import org.glacis.spec.PrescaledResidual
import org.glacis.spec.Relu
import org.glacis.spec.Reshape
import org.glacis.spec.Residual
import org.glacis.spec.ScaledAveragePool2d
import org.glacis.spec.ScaledGlobalAveragePool2d
import org.glacis.spec.ScaledGlobalL2NormPool2d
import org.glacis.spec.ScaledL2NormPool2d
import org.glacis.spec.Shape
import org.glacis.spec.Sigmoid
import org.glacis.spec.Softplus
import org.glacis.spec.SpectralConv1d
import org.glacis.spec.SpectralConv2d
import org.glacis.spec.SpectralConv2dTranspose
import org.glacis.spec.SpectralDense
import org.glacis.spec.Tanh

/** A model and its weights. */
class Network(val model: ModelSpec, val weights: Weights) {
  val oracle: Interpreter by lazy { Interpreter(model, weights) }

  override fun toString(): String = model.toString()
}

/**
 * How to draw a layer of each kind that fits a shape; null where none does. A new kind of layer
 * gets a line here.
 */
val LAYER_GENERATORS: Map<KClass<out LayerSpec>, (Random, Shape) -> LayerSpec?> =
  mapOf(
    Dense::class to
      { r, shape ->
        if (shape.rank == 1) Dense(r.nextInt(2, 9), r.nextBoolean()) else null
      },
    Conv2d::class to
      { r, shape ->
        wrapped(r, shape) { side, stride, padding ->
          val groups = groups(r, shape)
          Conv2d(groups * r.nextInt(1, 4), side, stride, padding, r.nextBoolean(), groups)
        }
      },
    AveragePool2d::class to
      { r, shape ->
        fitted(r, shape) { side, stride, padding ->
          AveragePool2d(side, stride.takeIf { r.nextBoolean() }, padding)
        }
      },
    MaxPool2d::class to
      { r, shape ->
        fitted(r, shape) { side, stride, _ -> MaxPool2d(side, stride.takeIf { r.nextBoolean() }) }
      },
    Flatten::class to { _, _ -> Flatten },
    Reshape::class to { r, shape -> Reshape(reshaped(r, shape.size)) },
    Dropout::class to { r, _ -> Dropout(r.nextDouble(0.0, 0.9)) },
    Normalize::class to
      { r, shape ->
        val channels = shape[shape.rank - 1]
        Normalize(
          List(if (r.nextBoolean()) 1 else channels) { r.nextDouble(-1.0, 1.0) },
          List(if (r.nextBoolean()) 1 else channels) { r.nextDouble(0.1, 2.0) },
        )
      },
    BatchNorm::class to { r, _ -> BatchNorm(r.nextDouble(0.05, 1.0), r.nextDouble(1e-5, 0.1)) },
    SpectralDense::class to
      { r, shape ->
        if (shape.rank == 1) SpectralDense(r.nextInt(2, 9), r.nextBoolean()) else null
      },
    SpectralConv2d::class to
      { r, shape ->
        wrapped(r, shape) { side, stride, padding ->
          val groups = groups(r, shape)
          val (filters, bias) = groups * r.nextInt(1, 4) to r.nextBoolean()
          SpectralConv2d(filters, side, stride, padding, bias, groups = groups)
        }
      },
    FrobeniusDense::class to
      { r, shape ->
        if (shape.rank == 1) FrobeniusDense(r.nextInt(2, 9), r.nextBoolean(), r.nextBoolean())
        else null
      },
    ScaledAveragePool2d::class to { r, _ -> ScaledAveragePool2d(r.nextInt(1, 4)) },
    ScaledL2NormPool2d::class to { r, _ -> ScaledL2NormPool2d(r.nextInt(1, 4)) },
    GroupSort::class to { r, _ -> GroupSort(r.nextInt(2, 5)) },
    FullSort::class to { _, _ -> FullSort },
    MaxMin::class to { _, _ -> MaxMin },
    BinaryLogits::class to { _, shape -> BinaryLogits.takeIf { shape.size == 1 } },
    Absolute::class to { _, _ -> Absolute },
    Residual::class to
      { r, shape ->
        if (r.nextInt(3) == 0) projected(r, shape) else Residual(block(r, shape))
      },
    Conv1d::class to
      { r, shape ->
        along(r, shape) { side, stride, padding ->
          Conv1d(r.nextInt(1, 4), side, stride, padding, r.nextBoolean())
        }
      },
    SpectralConv1d::class to
      { r, shape ->
        along(r, shape) { side, stride, padding ->
          SpectralConv1d(r.nextInt(1, 4), side, stride, padding, r.nextBoolean())
        }
      },
    Conv2dTranspose::class to
      { r, shape ->
        larger(r, shape) { side, stride, padding ->
          Conv2dTranspose(r.nextInt(1, 3), side, stride, padding, r.nextBoolean())
        }
      },
    SpectralConv2dTranspose::class to
      { r, shape ->
        larger(r, shape) { side, stride, padding ->
          SpectralConv2dTranspose(r.nextInt(1, 3), side, stride, padding, r.nextBoolean())
        }
      },
    FrobeniusConv2d::class to
      { r, shape ->
        wrapped(r, shape) { side, stride, padding ->
          FrobeniusConv2d(r.nextInt(1, 4), side, stride, padding, r.nextBoolean(), r.nextBoolean())
        }
      },
    ScaledGlobalAveragePool2d::class to { _, _ -> ScaledGlobalAveragePool2d },
    ScaledGlobalL2NormPool2d::class to { _, _ -> ScaledGlobalL2NormPool2d },
    InvertibleDownSampling::class to
      { r, shape ->
        InvertibleDownSampling((1..3).filter { shape[0] % it == 0 }.random(r))
      },
    InvertibleUpSampling::class to
      { r, shape ->
        InvertibleUpSampling(if (shape[shape.rank - 1] % 4 == 0) r.nextInt(1, 3) else 1)
      },
    Householder::class to { r, _ -> Householder(r.nextInt(1, 3)) },
    ClippedPRelu::class to { _, _ -> ClippedPRelu },
    ConcatMaxMin::class to { _, _ -> ConcatMaxMin },
    LayerCentering::class to { r, _ -> LayerCentering(r.nextBoolean()) },
    BatchCentering::class to { r, _ -> BatchCentering(r.nextDouble(0.05, 1.0)) },
    BatchLipNorm::class to { r, _ -> BatchLipNorm(r.nextDouble(0.05, 1.0)) },
    ConvexResidual::class to { r, shape -> ConvexResidual(block(r, shape)) },
    PrescaledResidual::class to { r, shape -> PrescaledResidual(block(r, shape)) },
    ConcatResidual::class to
      { r, shape ->
        if (shape[shape.rank - 1] % 2 != 0) null
        else ConcatResidual(block(r, ConcatResidual(emptyList()).inner(shape)))
      },
    Relu::class to { _, _ -> Relu },
    LeakyRelu::class to { r, _ -> LeakyRelu(listOf(0.0, 0.01, 0.3, 1.0).random(r)) },
    Elu::class to { _, _ -> Elu },
    Softplus::class to { _, _ -> Softplus },
    Sigmoid::class to { _, _ -> Sigmoid },
    Tanh::class to { _, _ -> Tanh },
  )

private val ACTIVATIONS =
  setOf(Relu::class, LeakyRelu::class, Elu::class, Softplus::class, Sigmoid::class, Tanh::class)

private fun activation(r: Random, kinds: Set<KClass<out LayerSpec>> = LAYER_GENERATORS.keys) =
  LAYER_GENERATORS.getValue((ACTIVATIONS intersect kinds).random(r))(r, Shape(1))!!

/** Layers that keep the shape. */
private fun block(r: Random, shape: Shape): List<LayerSpec> =
  when (shape.rank) {
    1 -> listOf(Dense(5), activation(r), Dense(shape.size, r.nextBoolean()))
    3 -> listOf(Conv2d(shape[2], 3, padding = Padding.Same), activation(r))
    else -> listOf(activation(r))
  }

/** Layers that change the shape, and a shortcut that does too. */
private fun projected(r: Random, shape: Shape): Residual {
  val units = r.nextInt(1, 4)
  return when (shape.rank) {
    1 ->
      Residual(listOf(Dense(5), activation(r), Dense(units)), listOf(Dense(units, r.nextBoolean())))
    3 -> {
      val stride = r.nextInt(1, 3)
      val projection = Conv2d(units, 1, stride, bias = r.nextBoolean())
      Residual(
        listOf(Conv2d(units, 3, stride), activation(r), Conv2d(units, 3)),
        if (r.nextBoolean()) listOf(projection) else listOf(projection, BatchNorm()),
      )
    }
    else -> Residual(listOf(activation(r), Flatten), listOf(Flatten))
  }
}

/** Windows along a sequence. */
private fun along(r: Random, shape: Shape, make: (Int, Int, Padding) -> LayerSpec): LayerSpec? {
  if (shape.rank != 2) return null
  val side = r.nextInt(1, minOf(3, shape[0]) + 1)
  val stride = r.nextInt(1, 4)
  val padding =
    when (r.nextInt(4)) {
      0 -> Padding.Same
      1 -> Padding.Valid
      2 -> if (shape[0] % stride == 0) Padding.Circular else Padding.Same
      else -> Padding.Explicit(r.nextInt(side), r.nextInt(side), 0, 0)
    }
  return make(side, stride, padding)
}

/** Mostly one, else another divisor of the channels. */
private fun groups(r: Random, shape: Shape): Int =
  if (r.nextInt(3) > 0) 1 else (1..3).filter { shape[2] % it == 0 }.random(r)

/** Windows over a larger image. */
private fun larger(r: Random, shape: Shape, make: (Int, Int, Padding) -> LayerSpec): LayerSpec? {
  if (shape.rank != 3) return null
  val side = r.nextInt(1, 4)
  val stride = r.nextInt(1, 3)
  val padding =
    when (r.nextInt(4)) {
      0 -> Padding.Same
      1 -> Padding.Valid
      2 -> Padding.Circular
      else -> Padding.Explicit(r.nextInt(side), r.nextInt(side), r.nextInt(side), r.nextInt(side))
    }
  return make(side, stride, padding)
}

/** A window that fits the image, with any stride and padding, circular ones too. */
private fun wrapped(r: Random, shape: Shape, make: (Int, Int, Padding) -> LayerSpec): LayerSpec? =
  fitted(r, shape) { side, stride, padding ->
    val fits = (0..1).all { shape[it] % stride == 0 && side <= shape[it] }
    make(side, stride, if (fits && r.nextInt(3) == 0) Padding.Circular else padding)
  }

private fun reshaped(r: Random, size: Int): Shape {
  val divisors = (1..size).filter { size % it == 0 }
  val first = divisors.random(r)
  val second = divisors.filter { size / first % it == 0 }.random(r)
  return listOf(
      Shape(size),
      Shape(first, size / first),
      Shape(first, second, size / first / second),
    )
    .random(r)
}

/** A window that fits the image, with any stride and padding. */
private fun fitted(r: Random, shape: Shape, make: (Int, Int, Padding) -> LayerSpec): LayerSpec? {
  if (shape.rank != 3) return null
  val side = r.nextInt(1, 4)
  val padding =
    when (r.nextInt(3)) {
      0 -> Padding.Same
      1 -> Padding.Valid
      else -> Padding.Explicit(r.nextInt(side), r.nextInt(side), r.nextInt(side), r.nextInt(side))
    }
  return make(side, r.nextInt(1, 4), padding)
}

/** Small models over every kind of layer, with shapes that fit, and weights for them. */
fun Arb.Companion.network(): Arb<Network> = arbitrary { Random(it.random.nextLong()).network() }

/**
 * A network of layers of the given [kinds].
 *
 * @param weight draws one weight of a layer with so many inputs a unit
 */
fun Random.network(
  kinds: Set<KClass<out LayerSpec>> = LAYER_GENERATORS.keys,
  weight: Random.(fanIn: Int) -> Float = { moderate(it) },
): Network {
  val model = model(kinds)
  return Network(model, weights(model, weight))
}

/** A weight of a size at which values neither vanish nor explode; sometimes 0. */
private fun Random.moderate(fanIn: Int): Float =
  if (nextInt(10) == 0) 0f else (2 / sqrt(fanIn.toDouble()) * nextDouble(-1.0, 1.0)).toFloat()

private fun Random.model(kinds: Set<KClass<out LayerSpec>>): ModelSpec {
  val input =
    when (nextInt(4)) {
      0 -> Shape(nextInt(1, 9))
      1 -> Shape(nextInt(2, 5), nextInt(2, 5))
      else -> Shape(nextInt(3, 8), nextInt(3, 8), nextInt(1, 3))
    }
  val layers = mutableListOf<LayerSpec>()
  var shape = input
  repeat(nextInt(2, 9)) {
    val layer = LAYER_GENERATORS.getValue(kinds.random(this))(this, shape) ?: return@repeat
    val next = fits(layers + layer, input) ?: return@repeat
    if (next.size > 150) return@repeat
    layers += layer
    shape = next
  }
  if (shape.rank != 1) {
    layers += Flatten
    shape = Shape(shape.size)
  }
  // Most networks end with a dense layer, as margins are merged with it; some must not.
  if (shape.size !in 2..8 || nextInt(4) != 0 || layers.isEmpty()) {
    val last = Dense(nextInt(2, 6), nextBoolean())
    val ofTwo = last == Dense(5, bias = false) && BinaryLogits::class in kinds
    layers += if (ofTwo) listOf(Dense(1), BinaryLogits) else listOf(last)
  }
  if (nextInt(8) == 0) layers += activation(this, kinds)
  return ModelSpec(input, layers)
}

private fun fits(layers: List<LayerSpec>, input: Shape): Shape? =
  try {
    ModelSpec(input, layers).output.takeIf { shape -> shape.extents.all { it > 0 } }
  } catch (_: org.glacis.spec.GlacisException) {
    null
  }

/** Weights for the layers of [model]. */
fun Random.weights(
  model: ModelSpec,
  weight: Random.(fanIn: Int) -> Float = { moderate(it) },
): Weights {
  val entries = linkedMapOf<String, Weights.Entry>()
  fun draw(path: String, fanIn: Int, vararg shape: Int) {
    entries[path] = Weights.Entry(shape, FloatArray(shape.fold(1, Int::times)) { weight(fanIn) })
  }
  fun vector(path: String, size: Int) {
    entries[path] =
      Weights.Entry(intArrayOf(1, size), FloatArray(size) { nextDouble(0.5, 1.0).toFloat() })
  }
  fun even(path: String, least: Double, most: Double, vararg shape: Int) {
    entries[path] =
      Weights.Entry(
        shape,
        FloatArray(shape.fold(1, Int::times)) { nextDouble(least, most).toFloat() },
      )
  }
  fun kernel(here: String, bias: Boolean, fanIn: Int, units: Int, vararg shape: Int) {
    draw("$here/kernel", fanIn, *shape)
    if (bias) draw("$here/bias", fanIn, units)
  }
  fun walk(layers: List<LayerSpec>, input: Shape, path: String) {
    var shape = input
    layers.forEachIndexed { i, layer ->
      val here = "$path/$i"
      val channels = shape[shape.rank - 1]
      when (val plain = if (layer is ConstrainedLayerSpec) layer.plain else layer) {
        is Dense -> kernel(here, plain.bias, shape.size, plain.units, shape.size, plain.units)
        is Conv2d -> {
          val (side, filters) = plain.kernel to plain.filters
          val seen = channels / plain.groups
          kernel(here, plain.bias, side * side * seen, filters, side, side, seen, filters)
        }
        is Conv1d -> {
          val (side, filters) = plain.kernel to plain.filters
          kernel(here, plain.bias, side * channels, filters, side, channels, filters)
        }
        is Conv2dTranspose -> {
          val (side, filters) = plain.kernel to plain.filters
          kernel(here, plain.bias, side * side * channels, filters, side, side, filters, channels)
        }
        is BatchNorm -> {
          for (name in listOf("gamma", "beta", "mean")) draw("$here/$name", 4, channels)
          even("$here/variance", 0.1, 2.0, channels)
        }
        is BatchCentering -> for (name in listOf("mean", "bias")) draw("$here/$name", 4, channels)
        is BatchLipNorm -> {
          for (name in listOf("mean", "bias")) draw("$here/$name", 4, channels)
          even("$here/variance", 0.1, 2.0, channels)
        }
        is LayerCentering -> if (plain.bias) draw("$here/bias", 4, channels)
        is Householder ->
          if (plain.order == 1) even("$here/angle", -1.0, 7.0, channels / 2)
          else even("$here/angle", -1.0, 7.0, 3, channels / 2)
        is ClippedPRelu -> even("$here/slope", -1.5, 1.5, channels)
        is ConvexResidual -> even("$here/mix", -2.0, 2.0, 1)
        is PrescaledResidual -> even("$here/scale", -2.0, 2.0, 1)
        else -> {}
      }
      when (layer) {
        is SpectralDense -> vector("$here/powerVector", layer.units)
        is SpectralConv2d -> vector("$here/powerVector", layer.filters)
        is SpectralConv1d -> vector("$here/powerVector", layer.filters)
        is SpectralConv2dTranspose -> vector("$here/powerVector", channels)
        is BlockSpec ->
          for ((name, branch) in layer.branches) walk(branch, layer.inner(shape), "$here/$name")
        else -> {}
      }
      shape = layer.outputShape(shape)
    }
  }
  walk(model.layers, model.input, "layers")
  return Weights(entries)
}

/**
 * A perturbation around some inputs.
 *
 * @param radius one number, or one a feature
 * @param range what the box is clipped to
 */
class Ball(val inputs: List<DoubleArray>, val radius: List<Double>, val range: DataRange?) {
  fun radiusOf(feature: Int): Double = radius[if (radius.size == 1) 0 else feature]

  /** The box of input [i], clipped to the range or not; the input itself is always in it. */
  fun box(i: Int, clip: Boolean): Corners {
    val x = inputs[i]
    val lower = DoubleArray(x.size) { x[it] - radiusOf(it) }
    val upper = DoubleArray(x.size) { x[it] + radiusOf(it) }
    if (clip && range != null) {
      for (k in x.indices) {
        lower[k] = minOf(x[k], maxOf(lower[k], range.least))
        upper[k] = maxOf(x[k], minOf(upper[k], range.most))
      }
    }
    return Corners(lower, upper)
  }

  /** Points of a box: uniform ones, corners, and points with some coordinates at the border. */
  fun samples(random: Random, box: Corners, count: Int): List<DoubleArray> =
    List(count) { n ->
      DoubleArray(box.lower.size) { k ->
        val atBorder = n % 3 == 0 || (n % 3 == 1 && random.nextBoolean())
        when {
          atBorder -> if (random.nextBoolean()) box.lower[k] else box.upper[k]
          else -> box.lower[k] + (box.upper[k] - box.lower[k]) * random.nextDouble()
        }.coerceIn(box.lower[k], box.upper[k])
      }
    }

  override fun toString(): String =
    "radius $radius in $range around ${inputs.map { it.contentToString() }}"
}

/** Three inputs of [size] numbers with a radius from nothing to large. */
fun Random.ball(size: Int): Ball {
  val range =
    if (nextBoolean()) DataRange.UNIT else if (nextBoolean()) DataRange(-0.5, 2.0) else null
  val least = range?.least ?: -1.0
  val most = range?.most ?: 1.0
  val inputs =
    List(3) {
      DoubleArray(size) {
        when (nextInt(6)) {
          0 -> least
          1 -> most
          else -> nextDouble(least, most)
        }
      }
    }
  fun radius() = listOf(0.0, 1e-9, 0.01, 0.1, 0.5).random(this) * nextDouble(0.5, 1.5)
  return Ball(inputs, if (nextInt(3) == 0) List(size) { radius() } else listOf(radius()), range)
}
