package org.glacis.runtime.oracle

import java.math.BigDecimal
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln1p
import kotlin.math.sqrt
import kotlin.math.tanh
import org.glacis.runtime.graph.Weights
import org.glacis.spec.Absolute
import org.glacis.spec.AveragePool2d
import org.glacis.spec.BatchCentering
import org.glacis.spec.BatchLipNorm
import org.glacis.spec.BatchNorm
import org.glacis.spec.BinaryLogits
import org.glacis.spec.Bjorck
import org.glacis.spec.BlockSpec
import org.glacis.spec.ClippedPRelu
import org.glacis.spec.ConcatMaxMin
import org.glacis.spec.ConcatResidual
import org.glacis.spec.Conv1d
import org.glacis.spec.Conv2d
import org.glacis.spec.Conv2dTranspose
import org.glacis.spec.ConvexResidual
import org.glacis.spec.CustomLayerSpec
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

/** One output of an affine layer: `sum_k weights[k] x[indices[k]] + bias`. */
class Row(val indices: IntArray, val weights: DoubleArray, val bias: Double)

/** The two corners of a box. */
class Corners(val lower: DoubleArray, val upper: DoubleArray) {
  operator fun contains(x: DoubleArray): Boolean =
    x.indices.all { x[it] >= lower[it] && x[it] <= upper[it] }
}

/** What a layer is to the interpreter. */
sealed interface Step {
  class Linear(val rows: List<Row>) : Step

  /** @property exact the same for all digits; null where decimals cannot express it */
  class Pointwise(
    val exact: ((BigDecimal) -> BigDecimal)? = null,
    val function: (Double) -> Double,
  ) : Step

  class Largest(val windows: List<IntArray>) : Step

  /** Sorts each group of places, the least to the first. */
  class Sorted(val groups: List<IntArray>) : Step

  /** The Euclidean length of each window. */
  class Lengths(val windows: List<IntArray>) : Step

  /** Sizes of numbers. */
  data object Sizes : Step

  /** The sum of what both branches make of a value. */
  class Branch(val steps: List<Step>, val beside: List<Step>) : Step

  /** What maps points and boxes by rules of its own. */
  class Mapped(val forward: (DoubleArray) -> DoubleArray, val interval: (Corners) -> Corners) : Step
}

/**
 * A network in plain double arithmetic, without TensorFlow: every layer is written out as rows of
 * numbers. Intervals are propagated by signs, `W+ l + W- u`, not by centre and radius.
 */
class Interpreter(model: ModelSpec, private val weights: Weights) {
  val steps: List<Step> = sequence(model.layers, model.input, "layers")

  /** The output at [x]. */
  fun forward(x: DoubleArray): DoubleArray = forward(steps, x)

  /** The output box of the input box. */
  fun interval(box: Corners): Corners = interval(steps, box) {}

  /** The boxes that enter the activations, in order. */
  fun preactivations(box: Corners): List<Corners> = buildList { interval(steps, box) { add(it) } }

  private fun forward(steps: List<Step>, x: DoubleArray): DoubleArray =
    steps.fold(x) { value, step ->
      when (step) {
        is Step.Linear ->
          DoubleArray(step.rows.size) { i ->
            val row = step.rows[i]
            row.indices.indices.sumOf { row.weights[it] * value[row.indices[it]] } + row.bias
          }
        is Step.Pointwise -> DoubleArray(value.size) { step.function(value[it]) }
        is Step.Largest -> largest(step, value)
        is Step.Sorted -> sorted(step, value)
        is Step.Lengths -> lengths(step, value)
        is Step.Sizes -> DoubleArray(value.size) { abs(value[it]) }
        is Step.Mapped -> step.forward(value)
        is Step.Branch -> {
          val made = forward(step.steps, value)
          val kept = forward(step.beside, value)
          DoubleArray(made.size) { kept[it] + made[it] }
        }
      }
    }

  private fun interval(steps: List<Step>, box: Corners, enters: (Corners) -> Unit): Corners =
    steps.fold(box) { x, step ->
      when (step) {
        is Step.Linear ->
          Corners(
            DoubleArray(step.rows.size) { end(step.rows[it], x.lower, x.upper) },
            DoubleArray(step.rows.size) { end(step.rows[it], x.upper, x.lower) },
          )
        is Step.Pointwise -> {
          enters(x)
          Corners(
            DoubleArray(x.lower.size) { step.function(x.lower[it]) },
            DoubleArray(x.lower.size) { step.function(x.upper[it]) },
          )
        }
        is Step.Largest -> Corners(largest(step, x.lower), largest(step, x.upper))
        is Step.Sorted -> Corners(sorted(step, x.lower), sorted(step, x.upper))
        is Step.Lengths ->
          sizes(x).let { Corners(lengths(step, it.lower), lengths(step, it.upper)) }
        is Step.Sizes -> sizes(x)
        is Step.Mapped -> step.interval(x)
        is Step.Branch -> {
          val made = interval(step.steps, x, enters)
          val kept = interval(step.beside, x, enters)
          Corners(
            DoubleArray(made.lower.size) { kept.lower[it] + made.lower[it] },
            DoubleArray(made.lower.size) { kept.upper[it] + made.upper[it] },
          )
        }
      }
    }

  /** Positive weights take [near], negative ones [far]. */
  private fun end(row: Row, near: DoubleArray, far: DoubleArray): Double {
    var sum = 0.0
    for (k in row.indices.indices) {
      val w = row.weights[k]
      sum += if (w > 0) w * near[row.indices[k]] else w * far[row.indices[k]]
    }
    return sum + row.bias
  }

  private fun sizes(box: Corners) =
    Corners(
      DoubleArray(box.lower.size) { maxOf(0.0, box.lower[it], -box.upper[it]) },
      DoubleArray(box.lower.size) { maxOf(abs(box.lower[it]), abs(box.upper[it])) },
    )

  private fun sorted(step: Step.Sorted, x: DoubleArray): DoubleArray {
    val result = x.copyOf()
    for (group in step.groups) {
      group.map { x[it] }.sorted().forEachIndexed { place, value -> result[group[place]] = value }
    }
    return result
  }

  private fun lengths(step: Step.Lengths, x: DoubleArray) =
    DoubleArray(step.windows.size) { i -> sqrt(step.windows[i].sumOf { x[it] * x[it] }) }

  private fun largest(step: Step.Largest, x: DoubleArray) =
    DoubleArray(step.windows.size) { i -> step.windows[i].maxOf { x[it] } }

  private fun sequence(layers: List<LayerSpec>, input: Shape, path: String): List<Step> {
    var shape = input
    return layers.flatMapIndexed { i, layer ->
      val step = step(layer, shape, "$path/$i")
      shape = layer.outputShape(shape)
      listOfNotNull(step)
    }
  }

  private fun step(layer: LayerSpec, input: Shape, path: String): Step? =
    when (layer) {
      is Dense -> dense(layer, input, path)
      is Conv2d -> convolution(layer, input, path)
      is AveragePool2d -> average(layer, input)
      is Normalize ->
        Step.Linear(
          List(input.size) {
            val channel = it % input[input.rank - 1]
            val deviation = layer.deviation[if (layer.deviation.size == 1) 0 else channel]
            val mean = layer.mean[if (layer.mean.size == 1) 0 else channel]
            Row(intArrayOf(it), doubleArrayOf(1 / deviation), -mean / deviation)
          }
        )
      is BatchNorm -> {
        val (gamma, beta, mean, variance) =
          listOf("gamma", "beta", "mean", "variance").map { weights["$path/$it"].values }
        Step.Linear(
          List(input.size) {
            val c = it % input[input.rank - 1]
            val scale = gamma[c] / sqrt(variance[c] + layer.epsilon)
            Row(intArrayOf(it), doubleArrayOf(scale), beta[c] - mean[c] * scale)
          }
        )
      }
      is MaxPool2d ->
        Step.Largest(
          windows(input, layer.pool, layer.stride ?: layer.pool, Padding.Valid).flatMap { window ->
            List(input[2]) { c -> IntArray(window.size) { window[it].pixel * input[2] + c } }
          }
        )
      is SpectralDense ->
        dense(
          layer.plain,
          input,
          path,
          orthogonal(
              layer.orthogonalization as Bjorck,
              Matrix(input.size, layer.units, numbers("$path/kernel")),
              Matrix(1, layer.units, numbers("$path/powerVector")),
            )
            .values,
        )
      is SpectralConv2d -> {
        val overlap = (layer.kernel + layer.stride - 1) / layer.stride
        val how = layer.orthogonalization as Bjorck
        val kernel = spectral(how, path, layer.filters, layer.groups)
        convolution(layer.plain, input, path, kernel.map { it / overlap }.values)
      }
      is FrobeniusDense -> {
        val kernel = unit(matrix("$path/kernel", layer.units), layer.disjointNeurons)
        dense(layer.plain, input, path, kernel.values)
      }
      is ScaledAveragePool2d ->
        Step.Linear(
          (average(AveragePool2d(layer.pool), input) as Step.Linear).rows.map { row ->
            Row(
              row.indices,
              DoubleArray(row.weights.size) { row.weights[it] * layer.pool },
              row.bias,
            )
          }
        )
      is ScaledL2NormPool2d ->
        Step.Lengths(
          windows(input, layer.pool, layer.pool, Padding.Valid).flatMap { window ->
            List(input[2]) { c -> IntArray(window.size) { window[it].pixel * input[2] + c } }
          }
        )
      is GroupSort -> groups(input, layer.size)
      is FullSort -> groups(input, input[input.rank - 1])
      is BinaryLogits ->
        Step.Linear(listOf(-0.5, 0.5).map { Row(intArrayOf(0), doubleArrayOf(it), 0.0) })
      is MaxMin -> {
        val channels = input[input.rank - 1]
        Step.Sorted(
          (0 until input.size / channels).flatMap { at ->
            List(channels / 2) { intArrayOf(at * channels + it + channels / 2, at * channels + it) }
          }
        )
      }
      is Absolute -> Step.Sizes
      is Residual ->
        Step.Branch(
          sequence(layer.layers, input, "$path/layers"),
          sequence(layer.shortcut, input, "$path/shortcut"),
        )
      is ConvexResidual -> convex(numbers("$path/mix")[0], within(layer, input, path))
      is PrescaledResidual -> prescaled(numbers("$path/scale")[0], within(layer, input, path))
      is ConcatResidual -> besides(input[input.rank - 1], within(layer, input, path))
      is Conv1d -> convolution(layer, input, path)
      is SpectralConv1d -> {
        val overlap = (layer.kernel + layer.stride - 1) / layer.stride
        val kernel = spectral(layer.orthogonalization as Bjorck, path, layer.filters)
        convolution(layer.plain, input, path, kernel.map { it / sqrt(overlap.toDouble()) }.values)
      }
      is Conv2dTranspose -> transposed(layer, input, path)
      is SpectralConv2dTranspose -> {
        val overlap = (layer.kernel + layer.stride - 1) / layer.stride
        val kernel = spectral(layer.orthogonalization as Bjorck, path, input[2])
        transposed(layer.plain, input, path, kernel.map { it / overlap }.values)
      }
      is FrobeniusConv2d -> {
        val overlap = (layer.kernel + layer.stride - 1) / layer.stride
        val kernel = unit(matrix("$path/kernel", layer.filters), layer.disjointNeurons)
        convolution(layer.plain, input, path, kernel.map { it / overlap }.values)
      }
      is ScaledGlobalAveragePool2d -> globalAverage(input)
      is ScaledGlobalL2NormPool2d ->
        Step.Lengths(List(input[2]) { c -> IntArray(input[0] * input[1]) { it * input[2] + c } })
      is InvertibleDownSampling -> downSampling(input, layer.factor)
      is InvertibleUpSampling -> upSampling(input, layer.factor)
      is Householder -> folds(input[input.rank - 1], layer.order, numbers("$path/angle"))
      is ClippedPRelu -> clipped(numbers("$path/slope"))
      is ConcatMaxMin -> parts(input[input.rank - 1])
      is LayerCentering ->
        centring(input, if (layer.bias) numbers("$path/bias") else DoubleArray(input[2]))
      is BatchCentering -> shifted(input, numbers("$path/mean"), numbers("$path/bias"), 1.0)
      is BatchLipNorm ->
        shifted(
          input,
          numbers("$path/mean"),
          numbers("$path/bias"),
          1 / sqrt(numbers("$path/variance").max()),
        )
      is Relu -> Step.Pointwise({ it.max(BigDecimal.ZERO) }) { maxOf(it, 0.0) }
      is LeakyRelu ->
        Step.Pointwise({ if (it.signum() > 0) it else it * BigDecimal(layer.slope) }) {
          if (it > 0) it else layer.slope * it
        }
      is Elu -> Step.Pointwise { if (it > 0) it else Math.expm1(it) }
      is Softplus -> Step.Pointwise { if (it > 0) it + ln1p(exp(-it)) else ln1p(exp(it)) }
      is Sigmoid -> Step.Pointwise { if (it > 0) 1 / (1 + exp(-it)) else exp(it) / (1 + exp(it)) }
      is Tanh -> Step.Pointwise { tanh(it) }
      is Flatten,
      is Reshape,
      is Dropout -> null
      is CustomLayerSpec -> error("the interpreter does not know $layer")
    }

  /** A block's layers as maps of points and of boxes. */
  private fun within(block: BlockSpec, input: Shape, path: String): Step.Mapped {
    val steps = sequence(block.layers, block.inner(input), "$path/layers")
    return Step.Mapped({ forward(steps, it) }, { box -> interval(steps, box) {} })
  }

  private fun matrix(path: String, columns: Int): Matrix =
    numbers(path).let { Matrix(it.size / columns, columns, it) }

  /** Each group of the columns is a matrix by itself. */
  private fun spectral(how: Bjorck, path: String, columns: Int, groups: Int = 1): Matrix {
    val each = columns / groups
    fun part(all: Matrix, group: Int) =
      Matrix.of(all.rows, each) { i, j -> all[i, group * each + j] }
    val free = matrix("$path/kernel", columns)
    val vector = matrix("$path/powerVector", columns)
    val parts = List(groups) { orthogonal(how, part(free, it), part(vector, it)) }
    return Matrix.of(free.rows, columns) { i, j -> parts[j / each][i, j % each] }
  }

  private fun groups(input: Shape, size: Int) =
    Step.Sorted(List(input.size / size) { at -> IntArray(size) { at * size + it } })

  private fun numbers(path: String): DoubleArray =
    weights[path].values.let { values -> DoubleArray(values.size) { values[it].toDouble() } }

  private fun dense(
    layer: Dense,
    input: Shape,
    path: String,
    kernel: DoubleArray = numbers("$path/kernel"),
  ): Step {
    val bias = if (layer.bias) weights["$path/bias"].values else null
    return Step.Linear(
      List(layer.units) { j ->
        Row(
          IntArray(input.size) { it },
          DoubleArray(input.size) { i -> kernel[i * layer.units + j] },
          bias?.get(j)?.toDouble() ?: 0.0,
        )
      }
    )
  }

  private fun convolution(
    layer: Conv2d,
    input: Shape,
    path: String,
    kernel: DoubleArray = numbers("$path/kernel"),
  ): Step {
    val bias = if (layer.bias) numbers("$path/bias") else DoubleArray(layer.filters)
    val seen = windows(input, layer.kernel, layer.stride, layer.padding)
    return Step.Linear(convolved(seen, input[2], kernel, bias, layer.groups))
  }

  private fun average(layer: AveragePool2d, input: Shape): Step {
    val channels = input[2]
    return Step.Linear(
      windows(input, layer.pool, layer.stride ?: layer.pool, layer.padding).flatMap { window ->
        val count = if (layer.padding is Padding.Explicit) layer.pool * layer.pool else window.size
        List(channels) { c ->
          Row(
            IntArray(window.size) { window[it].pixel * channels + c },
            DoubleArray(window.size) { 1.0 / count },
            0.0,
          )
        }
      }
    )
  }

  /** A pixel of the image, and its place in the window. */
  private class Seen(val pixel: Int, val place: Int)

  /** A sequence is an image that is one pixel wide. */
  private fun convolution(
    layer: Conv1d,
    input: Shape,
    path: String,
    kernel: DoubleArray = numbers("$path/kernel"),
  ): Step {
    val image = Shape(input[0], 1, input[1])
    val seen = windows(image, layer.kernel, layer.stride, layer.padding, 1, 1)
    val bias = if (layer.bias) numbers("$path/bias") else DoubleArray(layer.filters)
    return Step.Linear(convolved(seen, input[1], kernel, bias))
  }

  /** What the windows of the adjoint, which lie over the output, take from it is added to it. */
  private fun transposed(
    layer: Conv2dTranspose,
    input: Shape,
    path: String,
    kernel: DoubleArray = numbers("$path/kernel"),
  ): Step {
    val output = layer.outputShape(input)
    val bias = if (layer.bias) numbers("$path/bias") else DoubleArray(layer.filters)
    val adjoint =
      convolved(
        windows(output, layer.kernel, layer.stride, layer.padding),
        layer.filters,
        kernel,
        DoubleArray(input[2]),
      )
    val indices = List(output.size) { mutableListOf<Int>() }
    val weights = List(output.size) { mutableListOf<Double>() }
    adjoint.forEachIndexed { i, row ->
      row.indices.forEachIndexed { k, o ->
        indices[o] += i
        weights[o] += row.weights[k]
      }
    }
    return Step.Linear(
      List(output.size) {
        Row(indices[it].toIntArray(), weights[it].toDoubleArray(), bias[it % layer.filters])
      }
    )
  }

  /** The rows of a convolution whose windows see [seen], a number for each filter of [bias]. */
  private fun convolved(
    seen: List<List<Seen>>,
    channels: Int,
    kernel: DoubleArray,
    bias: DoubleArray,
    groups: Int = 1,
  ): List<Row> {
    val inside = channels / groups
    return seen.flatMap { window ->
      List(bias.size) { filter ->
        val first = filter / (bias.size / groups) * inside
        Row(
          IntArray(window.size * inside) {
            window[it / inside].pixel * channels + first + it % inside
          },
          DoubleArray(window.size * inside) {
            kernel[(window[it / inside].place * inside + it % inside) * bias.size + filter]
          },
          bias[filter],
        )
      }
    }
  }

  /** The pixels that each window sees, window by window in rows. */
  private fun windows(
    input: Shape,
    side: Int,
    stride: Int,
    padding: Padding,
    wide: Int = side,
    right: Int = stride,
  ): List<List<Seen>> {
    val (top, _) = padding.amounts(0, input[0], side, stride)
    val (left, _) = padding.amounts(1, input[1], wide, right)
    val height = padding.outputExtent(0, input[0], side, stride)
    val width = padding.outputExtent(1, input[1], wide, right)
    return List(height * width) { at ->
      val y = at / width * stride - top
      val x = at % width * right - left
      (0 until side * wide).mapNotNull { place ->
        var row = y + place / wide
        var column = x + place % wide
        if (padding == Padding.Circular) {
          row = row.mod(input[0])
          column = column.mod(input[1])
        }
        if (row in 0 until input[0] && column in 0 until input[1])
          Seen(row * input[1] + column, place)
        else null
      }
    }
  }
}
