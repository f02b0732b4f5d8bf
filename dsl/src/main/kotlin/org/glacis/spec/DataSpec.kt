package org.glacis.spec

import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** What a network is for. */
@Serializable
public enum class Task {
  /** Labels 0 to K-1, one logit each. */
  @SerialName("classification") CLASSIFICATION,

  /** Real targets. */
  @SerialName("regression") REGRESSION;

  override fun toString(): String = name.lowercase()
}

/**
 * Which data, and how they come.
 *
 * @property batch samples a training step
 * @property validation the share of the training samples that is kept for validation: see
 *   [ValidationSpec]; 0 to train on all of them and keep the last network, as published recipes do
 * @property limitTrain use only so many training samples, from the first
 * @property limitTest use only so many test samples, from the first
 * @property augmentation how training samples are changed at random, new at each step, the first
 *   first; evaluation and certification see the samples as they are
 * @property classes of a classification, the only ones whose samples are taken, numbered anew in
 *   this order; empty for all. Limits count the samples that are left
 * @property fraction the share of the training samples that is used, chosen at random by the
 *   experiment's seed; null for all
 * @property corruption how training samples are spoilt before training, the first first; those kept
 *   for validation too
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
public data class DataSpec(
  val source: DataSource,
  val batch: Int = 128,
  val validation: Double = VALIDATION,
  val limitTrain: Int? = null,
  val limitTest: Int? = null,
  val augmentation: List<AugmentationSpec> = emptyList(),
  @EncodeDefault(EncodeDefault.Mode.NEVER) val classes: List<Int> = emptyList(),
  @EncodeDefault(EncodeDefault.Mode.NEVER) val fraction: Double? = null,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val corruption: List<CorruptionSpec> = emptyList(),
) {
  /** What is known of the samples that are taken, before they are read; null if only files tell. */
  public val facts: DataFacts?
    get() = source.facts?.let { if (classes.isEmpty()) it else it.of(classes) }

  internal fun check(faults: Faults) {
    faults.positive("batch", batch)
    if (!(validation >= 0.0 && validation < 1.0))
      faults.add("validation", "is $validation", "give a share from 0 to below 1")
    if (fraction != null && !(fraction > 0.0 && fraction <= 1.0))
      faults.add("fraction", "is $fraction", "give a share above 0, 1 at most, or leave it out")
    limitTrain?.let { faults.positive("limitTrain", it) }
    limitTest?.let { faults.positive("limitTest", it) }
    source.check(faults.at("source"))
    if (classes.isNotEmpty()) checkClasses(faults.at("classes"))
  }

  private fun checkClasses(faults: Faults) {
    val known = source.facts
    if (known?.task == Task.REGRESSION)
      faults.add("is $classes but ${known.name} is for regression", "leave it out")
    else if (classes.size < 2 || classes.distinct().size < classes.size)
      faults.add("is $classes", "give two or more different classes")
    else {
      val most = known?.outputs ?: Int.MAX_VALUE
      classes
        .firstOrNull { it !in 0 until most }
        ?.let { faults.add("has $it", "give classes from 0 to ${most - 1}") }
    }
  }

  /** Whether the augmentation suits samples that the network takes as [input]; null if unknown. */
  internal fun checkAugmentation(input: Shape?, faults: Faults) {
    augmentation.forEachIndexed { i, change ->
      change.check(input, faults.at("augmentation").at("[$i]"))
    }
    corruption.forEachIndexed { i, spoilt ->
      spoilt.check(input, faults.at("corruption").at("[$i]"))
    }
  }

  public companion object {
    /** The share that is kept for validation where a declaration does not say. */
    public const val VALIDATION: Double = 0.1
  }
}

/** Where samples come from. */
@Serializable
public sealed interface DataSource {
  /** What is known of the data before they are read; null when only the files can tell. */
  public val facts: DataFacts?

  public fun check(faults: Faults) {}
}

/** A data set that Glacis knows by [name]: see [DataFacts.KNOWN]. */
@Serializable
@SerialName("named")
public data class NamedData(val name: String) : DataSource {
  override val facts: DataFacts?
    get() = DataFacts.KNOWN[name]

  override fun check(faults: Faults) {
    if (facts == null)
      faults.add("name", "is \"$name\"", nearest(name, DataFacts.KNOWN.keys, "data set"))
  }
}

/**
 * An npz archive with the arrays `x_train`, `y_train`, `x_test`, `y_test`. Features are uint8 (read
 * as 0 to 1) or floating point, samples first; labels are integers (classification) or floating
 * point (regression).
 */
@Serializable
@SerialName("npz")
public data class NpzFile(val path: String) : DataSource {
  override val facts: DataFacts?
    get() = null

  override fun check(faults: Faults) {
    faults.notBlank("path", path)
  }
}

/**
 * Folders `train` and `test` under [path], each with a folder of images a class; classes are
 * numbered in the order of their names. Every image must have the shape [height] × [width] ×
 * [channels].
 */
@Serializable
@SerialName("imageFolder")
public data class ImageFolder(
  val path: String,
  val height: Int,
  val width: Int,
  val channels: Int = 3,
) : DataSource {
  override val facts: DataFacts?
    get() = null

  override fun check(faults: Faults) {
    faults.notBlank("path", path)
    faults.positive("height", height)
    faults.positive("width", width)
    if (channels != 1 && channels != 3)
      faults.add("channels", "is $channels", "give 1 (grey) or 3 (colour)")
  }
}

/** Arrays that the program hands over when it runs the experiment, under this [name]. */
@Serializable
@SerialName("memory")
public data class InMemory(
  val name: String,
  val shape: Shape,
  val outputs: Int,
  val task: Task = Task.CLASSIFICATION,
) : DataSource {
  override val facts: DataFacts
    get() = DataFacts(name, shape, outputs, task, null)

  override fun check(faults: Faults) {
    faults.notBlank("name", name)
    faults.extents("shape", shape)
    faults.positive("outputs", outputs)
  }
}

/**
 * What is known of a data set without its files.
 *
 * @property outputs the number of classes, or of targets
 * @property range the values that its features can have; null where any number is possible
 */
public data class DataFacts(
  val name: String,
  val shape: Shape,
  val outputs: Int,
  val task: Task,
  val range: DataRange?,
  val classNames: List<String> = emptyList(),
) {
  /** Of the samples of some classes, numbered anew; classes that do not exist have no name. */
  internal fun of(classes: List<Int>): DataFacts =
    copy(outputs = classes.size, classNames = classes.mapNotNull(classNames::getOrNull))

  public companion object {
    private val DIGITS = (0..9).map(Int::toString)

    /** The data sets with a name. */
    @JvmField
    public val KNOWN: Map<String, DataFacts> =
      listOf(
          DataFacts("digits", Shape(8, 8, 1), 10, Task.CLASSIFICATION, DataRange.UNIT, DIGITS),
          DataFacts("diabetes", Shape(10), 1, Task.REGRESSION, null),
          DataFacts(
            "wasserstein-toy",
            Shape(7, 7, 1),
            2,
            Task.CLASSIFICATION,
            null,
            listOf("dark", "bright"),
          ),
          DataFacts("mnist", Shape(28, 28, 1), 10, Task.CLASSIFICATION, DataRange.UNIT, DIGITS),
          DataFacts(
            "fashion-mnist",
            Shape(28, 28, 1),
            10,
            Task.CLASSIFICATION,
            DataRange.UNIT,
            listOf(
              "T-shirt/top",
              "Trouser",
              "Pullover",
              "Dress",
              "Coat",
              "Sandal",
              "Shirt",
              "Sneaker",
              "Bag",
              "Ankle boot",
            ),
          ),
          DataFacts(
            "cifar-10",
            Shape(32, 32, 3),
            10,
            Task.CLASSIFICATION,
            DataRange.UNIT,
            listOf(
              "airplane",
              "automobile",
              "bird",
              "cat",
              "deer",
              "dog",
              "frog",
              "horse",
              "ship",
              "truck",
            ),
          ),
          DataFacts("tiny-imagenet", Shape(64, 64, 3), 200, Task.CLASSIFICATION, DataRange.UNIT),
          DataFacts("imagenet64", Shape(64, 64, 3), 1000, Task.CLASSIFICATION, DataRange.UNIT),
        )
        .associateBy { it.name }
  }
}
