@file:JvmName("Data")

package org.glacis.dsl

import org.glacis.spec.DataSource
import org.glacis.spec.DataSpec
import org.glacis.spec.ImageFolder
import org.glacis.spec.InMemory
import org.glacis.spec.NamedData
import org.glacis.spec.NpzFile
import org.glacis.spec.Shape
import org.glacis.spec.Task

/** UCI handwritten digits: 8 × 8 × 1, 10 classes, 1,437 train and 360 test. Needs no files. */
@get:JvmName("digits") public val digits: NamedData = NamedData("digits")

/**
 * Diabetes progression: 10 features, one target, 442 patients (Efron et al. 2004). Needs no files.
 */
@get:JvmName("diabetes") public val diabetes: NamedData = NamedData("diabetes")

/** MNIST: 28 × 28 × 1, 10 classes, 60,000 train and 10,000 test. */
@get:JvmName("mnist") public val mnist: NamedData = NamedData("mnist")

/** Fashion-MNIST: the shape and counts of MNIST. */
@get:JvmName("fashionMnist") public val fashionMnist: NamedData = NamedData("fashion-mnist")

/** The arrays `x_train`, `y_train`, `x_test`, `y_test` of an npz archive. */
public fun npz(path: String): NpzFile = NpzFile(path)

/** Folders `train` and `test` with a folder of images a class. */
@JvmOverloads
public fun imageFolder(path: String, height: Int, width: Int, channels: Int = 3): ImageFolder =
  ImageFolder(path, height, width, channels)

/** Arrays that the program hands over when it runs the experiment. */
@JvmOverloads
public fun memory(
  name: String,
  shape: Shape,
  outputs: Int,
  task: Task = Task.CLASSIFICATION,
): InMemory = InMemory(name, shape, outputs, task)

/** Receives how data are used. Opened by [ExperimentBuilder.data]. */
@GlacisDsl
public class DataBuilder internal constructor(private val source: DataSource) {
  /** Samples a training step. */
  public var batch: Int = 128

  /** The share of the training samples that is kept for validation. */
  public var validation: Double = 0.0

  /** Use only so many training samples. */
  public var limitTrain: Int? = null

  /** Use only so many test samples. */
  public var limitTest: Int? = null

  public fun batch(samples: Int): DataBuilder = apply { batch = samples }

  public fun validation(share: Double): DataBuilder = apply { validation = share }

  public fun limitTrain(samples: Int): DataBuilder = apply { limitTrain = samples }

  public fun limitTest(samples: Int): DataBuilder = apply { limitTest = samples }

  internal fun build() = DataSpec(source, batch, validation, limitTrain, limitTest)
}
