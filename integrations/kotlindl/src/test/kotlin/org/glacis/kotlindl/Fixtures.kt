package org.glacis.kotlindl

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.matchers.string.shouldContain
import org.glacis.runtime.data.DataLocations
import org.glacis.runtime.data.DataSets
import org.glacis.runtime.data.Samples
import org.glacis.spec.DataSpec
import org.glacis.spec.InputException
import org.glacis.spec.NamedData
import org.jetbrains.kotlinx.dl.api.core.activation.Activations
import org.jetbrains.kotlinx.dl.api.core.initializer.GlorotUniform
import org.jetbrains.kotlinx.dl.api.core.initializer.Zeros
import org.jetbrains.kotlinx.dl.api.core.layer.core.Dense
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input
import org.jetbrains.kotlinx.dl.api.core.layer.reshaping.Flatten
import org.jetbrains.kotlinx.dl.dataset.OnHeapDataset

/** The embedded digits, as KotlinDL holds data: 1,437 to train and 360 to test. */
internal fun digits(): Pair<OnHeapDataset, OnHeapDataset> {
  val digits = DataSets.load(DataSpec(NamedData("digits")), DataLocations.system(null))
  return onHeap(digits.train()) to onHeap(digits.test())
}

private fun onHeap(samples: Samples) =
  OnHeapDataset.create(
    Array(samples.size()) { samples.input(it) },
    FloatArray(samples.size()) { samples.labels()[it].toFloat() },
  )

/** [size] points of the plane in two classes: whether the first number is the larger. */
internal fun points(size: Int): OnHeapDataset {
  val x = Array(size) { floatArrayOf((it * 7 % 11) / 10f, (it * 5 % 11) / 10f) }
  return OnHeapDataset.create(x, FloatArray(size) { if (x[it][0] > x[it][1]) 1f else 0f })
}

/** `2 x - y` at the points of the plane. */
internal fun slope(size: Int): OnHeapDataset {
  val x = points(size).x
  return OnHeapDataset.create(x, FloatArray(size) { 2 * x[it][0] - x[it][1] })
}

/** A dense layer whose initializers have the same law here. */
internal fun dense(units: Int, activation: Activations = Activations.Relu, name: String = "") =
  Dense(
    units,
    activation,
    kernelInitializer = GlorotUniform(),
    biasInitializer = Zeros(),
    name = name,
  )

internal fun smallModel(outputs: Int = 2): GlacisSequential =
  GlacisSequential.of(Input(2), dense(8), dense(outputs, Activations.Linear))

internal fun digitsModel(): GlacisSequential =
  GlacisSequential.of(Input(8, 8, 1), Flatten(), dense(100), dense(10, Activations.Linear))

/** Expects [block] to refuse its input with a message that has all [parts]. */
internal fun refused(vararg parts: String, block: () -> Unit): String {
  val message = shouldThrow<InputException> { block() }.message.orEmpty()
  parts.forEach { message shouldContain it }
  return message
}
