@file:JvmName("KotlinDlData")

package org.glacis.kotlindl

import org.glacis.runtime.data.Dataset
import org.glacis.runtime.data.Samples
import org.glacis.spec.InputException
import org.glacis.spec.ModelSpec
import org.glacis.spec.PerturbationSet
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.jetbrains.kotlinx.dl.dataset.Dataset as KotlinDlDataset

private const val NAME = "KotlinDL data set"

/**
 * The samples of a KotlinDL data set, in its order, copied. Only `xSize`, `getX` and `getY` are
 * asked, which KotlinDL's data sets have had with one signature from 0.4.0 to 0.5.2.
 *
 * @param shape of one sample: its numbers lie row by row (images: height × width × channels)
 * @param task classification takes labels as classes, which must be whole numbers from 0;
 *   regression takes them as they are, one target a sample
 * @throws InputException when there is no sample, a sample has not as many numbers as [shape], a
 *   number is not finite, or a label is no class
 */
@JvmOverloads
public fun KotlinDlDataset.toSamples(shape: Shape, task: Task = Task.CLASSIFICATION): Samples {
  val size = xSize()
  val width = shape.size
  if (size == 0) throw InputException("$NAME: it has no samples; give at least one")
  if (size.toLong() * width > Int.MAX_VALUE)
    throw InputException(
      "$NAME: $size samples of $width numbers are more than one array holds; split it"
    )
  val values = FloatArray(size * width)
  for (i in 0 until size) {
    val x = getX(i)
    if (x.size != width)
      throw InputException(
        "$NAME: sample $i has ${x.size} numbers but the shape $shape has $width; " +
          "give the shape of one sample"
      )
    x.copyInto(values, i * width)
  }
  return when (task) {
    Task.CLASSIFICATION -> Samples.table(shape, values, IntArray(size) { label(it, getY(it)) })
    Task.REGRESSION -> Samples.regression(shape, values, FloatArray(size) { getY(it) }, 1)
  }
}

/**
 * A KotlinDL pair of training and test data (`mnist()`, `dataset.split(0.8)`) as a Glacis data set,
 * for `RunOptions.withDataset`. Classes are counted from the labels; features may have any value:
 * `withOutputs`, `withClassNames` and `withRange` say more.
 *
 * @param name under which runs report it
 * @throws InputException as [toSamples]
 */
@JvmOverloads
public fun Pair<KotlinDlDataset, KotlinDlDataset>.toDataset(
  name: String,
  shape: Shape,
  task: Task = Task.CLASSIFICATION,
): Dataset = Dataset.of(name, first.toSamples(shape, task), second.toSamples(shape, task))

/** The samples as [model] takes them, with labels that it has outputs for. */
internal fun KotlinDlDataset.samplesOf(model: ModelSpec, task: Task): Samples {
  val samples = toSamples(model.input, task)
  if (task == Task.CLASSIFICATION) Dataset.of(NAME, samples, samples).withOutputs(model.output.size)
  return samples
}

/**
 * These, all in the range of [set]: boxes are clipped to it, so that one outside would leave its
 * own.
 */
internal fun Samples.within(set: PerturbationSet): Samples = also {
  Dataset.of(NAME, it, it).withRange(set.range)
}

private fun label(sample: Int, value: Float): Int {
  val label = value.toInt()
  if (label.toFloat() != value || label < 0 || label == Int.MAX_VALUE)
    throw InputException(
      "$NAME: sample $sample has the label $value, expected a class 0, 1, 2, ...; " +
        "number the classes from 0, or say that the task is regression"
    )
  return label
}
