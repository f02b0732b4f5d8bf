@file:JvmName("Data")

package org.glacis.dsl

import org.glacis.spec.AugmentationSpec
import org.glacis.spec.CorruptionSpec
import org.glacis.spec.CropMode
import org.glacis.spec.DataSource
import org.glacis.spec.DataSpec
import org.glacis.spec.GaussianNoise
import org.glacis.spec.HorizontalFlip
import org.glacis.spec.ImageFolder
import org.glacis.spec.InMemory
import org.glacis.spec.NamedData
import org.glacis.spec.NpzFile
import org.glacis.spec.Occlusion
import org.glacis.spec.RandomCrop
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.glacis.spec.WrongLabels

/** UCI handwritten digits: 8 × 8 × 1, 10 classes, 1,437 train and 360 test. Needs no files. */
@get:JvmName("digits") public val digits: NamedData = NamedData("digits")

/** Two clouds of points whose Wasserstein distance is known: 35. Needs no files. */
@get:JvmName("wassersteinToy") public val wassersteinToy: NamedData = NamedData("wasserstein-toy")

/**
 * Diabetes progression: 10 features, one target, 442 patients (Efron et al. 2004). Needs no files.
 */
@get:JvmName("diabetes") public val diabetes: NamedData = NamedData("diabetes")

/** MNIST: 28 × 28 × 1, 10 classes, 60,000 train and 10,000 test. */
@get:JvmName("mnist") public val mnist: NamedData = NamedData("mnist")

/** Fashion-MNIST: the shape and counts of MNIST. */
@get:JvmName("fashionMnist") public val fashionMnist: NamedData = NamedData("fashion-mnist")

/** CIFAR-10: 32 × 32 × 3, 10 classes, 50,000 train and 10,000 test. */
@get:JvmName("cifar10") public val cifar10: NamedData = NamedData("cifar-10")

/**
 * TinyImageNet: 64 × 64 × 3, 200 classes, 100,000 train; its 10,000 validation images are the test
 * split.
 */
@get:JvmName("tinyImageNet") public val tinyImageNet: NamedData = NamedData("tiny-imagenet")

/**
 * ImageNet downsampled to 64 × 64 × 3, 1,000 classes, 1,281,167 train; its 50,000 validation images
 * are the test split.
 */
@get:JvmName("imageNet64") public val imageNet64: NamedData = NamedData("imagenet64")

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
  private val augmentation = mutableListOf<AugmentationSpec>()
  private val corruption = mutableListOf<CorruptionSpec>()
  private var classes = emptyList<Int>()

  /** The share of the training samples that is used, chosen at random; null for all. */
  public var fraction: Double? = null

  /** Samples a training step. */
  public var batch: Int = 128

  /** The share of the training samples that is kept for validation; 0 for none. */
  public var validation: Double = DataSpec.VALIDATION

  /** Use only so many training samples. */
  public var limitTrain: Int? = null

  /** Use only so many test samples. */
  public var limitTest: Int? = null

  public fun batch(samples: Int): DataBuilder = apply { batch = samples }

  public fun validation(share: Double): DataBuilder = apply { validation = share }

  public fun limitTrain(samples: Int): DataBuilder = apply { limitTrain = samples }

  public fun limitTest(samples: Int): DataBuilder = apply { limitTest = samples }

  /** Takes only the samples of these classes, numbered anew in this order. */
  public fun classes(vararg chosen: Int): DataBuilder = apply { classes = chosen.toList() }

  /** In training, moves each image by up to [padding] pixels: see [RandomCrop]. */
  @JvmOverloads
  public fun randomCrop(padding: Int, mode: CropMode = CropMode.EDGE): DataBuilder =
    augment(RandomCrop(padding, mode))

  /** In training, mirrors each image with this [probability]: see [HorizontalFlip]. */
  @JvmOverloads
  public fun horizontalFlip(probability: Double = 0.5): DataBuilder =
    augment(HorizontalFlip(probability))

  /** Adds a change of the training images; they are applied in the order of their declaration. */
  public fun augment(change: AugmentationSpec): DataBuilder = apply { augmentation += change }

  /** Uses only this share of the training samples, chosen at random. */
  public fun fraction(share: Double): DataBuilder = apply { fraction = share }

  /**
   * Gives a [share] of the training samples a wrong label, always the same one or, with [redrawn],
   * others in each epoch: see [WrongLabels].
   */
  @JvmOverloads
  public fun wrongLabels(share: Double, redrawn: Boolean = false): DataBuilder =
    corrupt(WrongLabels(share, redrawn))

  /** Adds normal noise to the training samples: see [GaussianNoise]. */
  public fun gaussianNoise(deviation: Double): DataBuilder = corrupt(GaussianNoise(deviation))

  /** Hides a square of each training image: see [Occlusion]. */
  public fun occlusion(side: Int): DataBuilder = corrupt(Occlusion(side))

  /** Spoils the training samples; corruptions are applied in the order of their declaration. */
  public fun corrupt(how: CorruptionSpec): DataBuilder = apply { corruption += how }

  internal fun build() =
    DataSpec(
      source,
      batch,
      validation,
      limitTrain,
      limitTest,
      augmentation.toList(),
      classes,
      fraction,
      corruption.toList(),
    )
}
