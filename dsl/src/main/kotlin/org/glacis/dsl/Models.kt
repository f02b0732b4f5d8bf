@file:JvmName("Models")

package org.glacis.dsl

import org.glacis.spec.Absolute
import org.glacis.spec.AveragePool2d
import org.glacis.spec.BatchCentering
import org.glacis.spec.BatchLipNorm
import org.glacis.spec.BatchNorm
import org.glacis.spec.BinaryLogits
import org.glacis.spec.Bjorck
import org.glacis.spec.ClippedPRelu
import org.glacis.spec.ConcatMaxMin
import org.glacis.spec.ConcatResidual
import org.glacis.spec.Conv1d
import org.glacis.spec.Conv2d
import org.glacis.spec.Conv2dTranspose
import org.glacis.spec.ConvexResidual
import org.glacis.spec.Dense
import org.glacis.spec.Dropout
import org.glacis.spec.Elu
import org.glacis.spec.Flatten
import org.glacis.spec.FrobeniusConv2d
import org.glacis.spec.FrobeniusDense
import org.glacis.spec.FullSort
import org.glacis.spec.GroupSort
import org.glacis.spec.Householder
import org.glacis.spec.InputException
import org.glacis.spec.InvertibleDownSampling
import org.glacis.spec.InvertibleUpSampling
import org.glacis.spec.LayerCentering
import org.glacis.spec.LayerSpec
import org.glacis.spec.LeakyRelu
import org.glacis.spec.MaxMin
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.Normalize
import org.glacis.spec.Orthogonalization
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

/** Declares a network by itself. */
public fun model(block: Block<ModelBuilder>): ModelSpec = ModelBuilder().declaredBy(block).build()

/** Receives the layers of one model, in order. Opened by [model]. */
@GlacisDsl
public class ModelBuilder internal constructor() {
  private val layers = mutableListOf<LayerSpec>()
  private var input: Shape? = null
  private var name = ""

  /** The Lipschitz constant that constrained layers hold together; in Java [lipschitz]. */
  public var lipschitz: Double = 1.0
    @JvmSynthetic get
    @JvmSynthetic set

  /**
   * The shape of one sample, without the batch: (height, width, channels) for images, (features)
   * for tables.
   */
  public fun input(vararg extents: Int): ModelBuilder = apply { input = Shape(*extents) }

  /** The Lipschitz constant that constrained layers hold together. */
  public fun lipschitz(constant: Double): ModelBuilder = apply { lipschitz = constant }

  /** The name of the architecture, for tables. */
  public fun named(name: String): ModelBuilder = apply { this.name = name }

  /** Adds a fully connected layer. */
  @JvmOverloads
  public fun dense(units: Int, bias: Boolean = true): ModelBuilder = add(Dense(units, bias))

  /** Turns one number into the logits of two classes. */
  public fun binaryLogits(): ModelBuilder = add(BinaryLogits)

  /** Adds a convolution with square windows of side [kernel], in so many [groups] of channels. */
  @JvmOverloads
  public fun conv2d(
    filters: Int,
    kernel: Int,
    stride: Int = 1,
    padding: Padding = Padding.Same,
    bias: Boolean = true,
    groups: Int = 1,
  ): ModelBuilder = add(Conv2d(filters, kernel, stride, padding, bias, groups))

  /** Adds a convolution along a sequence with windows of length [kernel]. */
  @JvmOverloads
  public fun conv1d(
    filters: Int,
    kernel: Int,
    stride: Int = 1,
    padding: Padding = Padding.Same,
    bias: Boolean = true,
  ): ModelBuilder = add(Conv1d(filters, kernel, stride, padding, bias))

  /** Adds the adjoint of a convolution, which makes images larger by [stride]. */
  @JvmOverloads
  public fun conv2dTranspose(
    filters: Int,
    kernel: Int,
    stride: Int = 1,
    padding: Padding = Padding.Same,
    bias: Boolean = true,
  ): ModelBuilder = add(Conv2dTranspose(filters, kernel, stride, padding, bias))

  /** Adds batch normalisation of each channel; [momentum] is the share of the new statistics. */
  @JvmOverloads
  public fun batchNorm(momentum: Double = 0.1, epsilon: Double = 1e-5): ModelBuilder =
    add(BatchNorm(momentum, epsilon))

  /** Adds the mean over square windows. */
  @JvmOverloads
  public fun averagePool2d(
    pool: Int,
    stride: Int = pool,
    padding: Padding = Padding.Valid,
  ): ModelBuilder = add(AveragePool2d(pool, stride.takeIf { it != pool }, padding))

  /** Adds the maximum over square windows. */
  @JvmOverloads
  public fun maxPool2d(pool: Int, stride: Int = pool): ModelBuilder =
    add(MaxPool2d(pool, stride.takeIf { it != pool }))

  public fun relu(): ModelBuilder = add(Relu)

  @JvmOverloads public fun leakyRelu(slope: Double = 0.01): ModelBuilder = add(LeakyRelu(slope))

  public fun elu(): ModelBuilder = add(Elu)

  public fun softplus(): ModelBuilder = add(Softplus)

  public fun sigmoid(): ModelBuilder = add(Sigmoid)

  public fun tanh(): ModelBuilder = add(Tanh)

  /** Makes one axis of all. */
  public fun flatten(): ModelBuilder = add(Flatten)

  /** Gives the same numbers another shape. */
  public fun reshape(vararg extents: Int): ModelBuilder = add(Reshape(Shape(*extents)))

  /** Adds a dense layer whose matrix is held orthogonal. */
  @JvmOverloads
  public fun spectralDense(
    units: Int,
    bias: Boolean = true,
    orthogonalization: Orthogonalization = Bjorck(),
  ): ModelBuilder = add(SpectralDense(units, bias, orthogonalization))

  /**
   * Adds a convolution whose norm is held at 1, with square windows of side [kernel], in so many
   * [groups] of channels.
   */
  @JvmOverloads
  public fun spectralConv2d(
    filters: Int,
    kernel: Int,
    stride: Int = 1,
    padding: Padding = Padding.Same,
    bias: Boolean = true,
    orthogonalization: Orthogonalization = Bjorck(),
    groups: Int = 1,
  ): ModelBuilder =
    add(SpectralConv2d(filters, kernel, stride, padding, bias, orthogonalization, groups))

  /** Adds a transposed convolution whose norm is held at 1. */
  @JvmOverloads
  public fun spectralConv2dTranspose(
    filters: Int,
    kernel: Int,
    stride: Int = 1,
    padding: Padding = Padding.Same,
    bias: Boolean = true,
    orthogonalization: Orthogonalization = Bjorck(),
  ): ModelBuilder =
    add(SpectralConv2dTranspose(filters, kernel, stride, padding, bias, orthogonalization))

  /** Adds a convolution along a sequence whose norm is held at 1. */
  @JvmOverloads
  public fun spectralConv1d(
    filters: Int,
    kernel: Int,
    stride: Int = 1,
    padding: Padding = Padding.Same,
    bias: Boolean = true,
    orthogonalization: Orthogonalization = Bjorck(),
  ): ModelBuilder = add(SpectralConv1d(filters, kernel, stride, padding, bias, orthogonalization))

  /** Adds a convolution whose kernel, or each of whose filters, has length 1. */
  @JvmOverloads
  public fun frobeniusConv2d(
    filters: Int,
    kernel: Int,
    stride: Int = 1,
    padding: Padding = Padding.Same,
    disjointNeurons: Boolean = false,
    bias: Boolean = true,
  ): ModelBuilder = add(FrobeniusConv2d(filters, kernel, stride, padding, disjointNeurons, bias))

  /** Adds a dense layer whose units, or whose matrix, have length 1. */
  @JvmOverloads
  public fun frobeniusDense(
    units: Int,
    disjointNeurons: Boolean = true,
    bias: Boolean = true,
  ): ModelBuilder = add(FrobeniusDense(units, disjointNeurons, bias))

  /** Adds the mean over windows that do not overlap, times their side. */
  public fun scaledAveragePool2d(pool: Int): ModelBuilder = add(ScaledAveragePool2d(pool))

  /** Adds the Euclidean length over windows that do not overlap. */
  public fun scaledL2NormPool2d(pool: Int): ModelBuilder = add(ScaledL2NormPool2d(pool))

  /** Adds the mean over the whole image, times the root of its number of pixels. */
  public fun scaledGlobalAveragePool2d(): ModelBuilder = add(ScaledGlobalAveragePool2d)

  /** Adds the Euclidean length over the whole image. */
  public fun scaledGlobalL2NormPool2d(): ModelBuilder = add(ScaledGlobalL2NormPool2d)

  /** Makes channels of squares of [factor] × [factor] pixels. */
  public fun invertibleDownSampling(factor: Int): ModelBuilder = add(InvertibleDownSampling(factor))

  /** Makes squares of [factor] × [factor] pixels of channels. */
  public fun invertibleUpSampling(factor: Int): ModelBuilder = add(InvertibleUpSampling(factor))

  /** Sorts groups of [size] neighbouring channels. */
  @JvmOverloads public fun groupSort(size: Int = 2): ModelBuilder = add(GroupSort(size))

  /** Sorts all channels. */
  public fun fullSort(): ModelBuilder = add(FullSort)

  /** Adds the larger and the smaller number of both halves of the channels. */
  public fun maxMin(): ModelBuilder = add(MaxMin)

  /** Adds `|x|`. */
  public fun absolute(): ModelBuilder = add(Absolute)

  /** Folds pairs of channels at learnable angles, one of [order] 1 or three of order 2. */
  @JvmOverloads public fun householder(order: Int = 1): ModelBuilder = add(Householder(order))

  /** Adds a leaky ReLU with a learnable slope a channel, from -1 to 1. */
  public fun clippedPRelu(): ModelBuilder = add(ClippedPRelu)

  /** Adds `max(x, 0)` and `max(-x, 0)`: twice as many channels. */
  public fun concatMaxMin(): ModelBuilder = add(ConcatMaxMin)

  /** Takes each channel's mean over the image away. */
  @JvmOverloads
  public fun layerCentering(bias: Boolean = true): ModelBuilder = add(LayerCentering(bias))

  /** Takes each channel's mean over the batch away; [momentum] is the share of the new mean. */
  @JvmOverloads
  public fun batchCentering(momentum: Double = 0.1): ModelBuilder = add(BatchCentering(momentum))

  /** Centres each channel over the batch and divides all by the largest standard deviation. */
  @JvmOverloads
  public fun batchLipNorm(momentum: Double = 0.1): ModelBuilder = add(BatchLipNorm(momentum))

  /** Drops numbers at [rate] while training. */
  public fun dropout(rate: Double): ModelBuilder = add(Dropout(rate))

  /** Adds `(x - mean) / deviation`. */
  public fun normalize(mean: Double, deviation: Double): ModelBuilder =
    normalize(listOf(mean), listOf(deviation))

  /** Adds `(x - mean) / deviation` with a number a channel. */
  public fun normalize(mean: List<Double>, deviation: List<Double>): ModelBuilder =
    add(Normalize(mean, deviation))

  /** Adds `x + block(x)`; both ends must have one shape. */
  public fun residual(block: Block<ModelBuilder>): ModelBuilder = add(Residual(inner(block)))

  /** Adds `shortcut(x) + block(x)`, where the block changes the shape; both end with one shape. */
  public fun residual(shortcut: Block<ModelBuilder>, block: Block<ModelBuilder>): ModelBuilder =
    add(Residual(inner(block), inner(shortcut)))

  /** Adds `s x + (1 - s) block(x)` with a learnable share; both ends must have one shape. */
  public fun convexResidual(block: Block<ModelBuilder>): ModelBuilder =
    add(ConvexResidual(inner(block)))

  /** Adds `(x + block(a x)) / (1 + |a|)` with a learnable number; both ends have one shape. */
  public fun prescaledResidual(block: Block<ModelBuilder>): ModelBuilder =
    add(PrescaledResidual(inner(block)))

  /** Adds the first half of the channels and the block of the second, side by side. */
  public fun concatResidual(block: Block<ModelBuilder>): ModelBuilder =
    add(ConcatResidual(inner(block)))

  private fun inner(block: Block<ModelBuilder>): List<LayerSpec> {
    val inner = ModelBuilder().declaredBy(block)
    inner.input?.let {
      throw InputException(
        "the residual block declares input(${it.extents.joinToString(", ")}); leave it out, a block's input is the layer before it"
      )
    }
    return inner.layers.toList()
  }

  /** The door for a layer this builder has no verb for. */
  public fun add(layer: LayerSpec): ModelBuilder = apply { layers += layer }

  internal fun build() =
    ModelSpec(
      input ?: throw InputException("the model declares no input; begin it with input(28, 28, 1)"),
      layers.toList(),
      name,
    )
}
