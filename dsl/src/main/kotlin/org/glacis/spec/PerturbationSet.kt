package org.glacis.spec

import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.SerializationException
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonDecoder
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonEncoder
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.doubleOrNull

/** The points that an adversary may put in the place of an input. */
@Serializable
public sealed interface PerturbationSet {
  public val epsilon: Epsilon

  /**
   * The values that data can have; points outside are not in the set. Null where any number is
   * possible.
   */
  public val range: DataRange?

  /** `linf` or `l2`. */
  public val norm: String

  /** The same set with another radius. */
  public fun withEpsilon(epsilon: Epsilon): PerturbationSet

  public fun check(input: Shape?, faults: Faults) {
    val values = epsilon.values
    if (values.size > 1 && input != null && values.size != input.size)
      faults.add(
        "epsilon",
        "has ${values.size} numbers but the input $input has ${input.size}",
        "give 1 or ${input.size} numbers",
      )
    if (values.isEmpty()) faults.add("epsilon", "is empty", "give a number")
    values.forEachIndexed { i, value ->
      faults.notNegative(if (values.size == 1) "epsilon" else "epsilon[$i]", value)
    }
    range?.let {
      if (!(it.least < it.most) || it.least.isInfinite() || it.most.isInfinite())
        faults.add("range", "is $it", "give two finite numbers, the smaller first")
    }
  }
}

/**
 * All points within [epsilon] of the input in every coordinate: `max_i |x'_i - x_i| / epsilon_i <=
 * 1`.
 */
@Serializable
@SerialName("linf")
public data class Linf(
  override val epsilon: Epsilon,
  override val range: DataRange? = DataRange.UNIT,
) : PerturbationSet {
  override val norm: String
    get() = "linf"

  override fun withEpsilon(epsilon: Epsilon): Linf = copy(epsilon = epsilon)

  override fun toString(): String = "linf($epsilon) ${limits(range)}"
}

/** All points within Euclidean distance [epsilon] of the input. */
@Serializable
@SerialName("l2")
public data class L2(
  override val epsilon: Epsilon,
  override val range: DataRange? = DataRange.UNIT,
) : PerturbationSet {
  override val norm: String
    get() = "l2"

  override fun withEpsilon(epsilon: Epsilon): L2 = copy(epsilon = epsilon)

  override fun check(input: Shape?, faults: Faults) {
    super.check(input, faults)
    if (epsilon.values.size > 1)
      faults.add(
        "epsilon",
        "has ${epsilon.values.size} numbers",
        "an l2 ball has one radius; use linf for a radius a feature",
      )
  }

  override fun toString(): String = "l2($epsilon) ${limits(range)}"
}

private fun limits(range: DataRange?) = range?.let { "in $it" } ?: "without limits"

/**
 * A radius in the units of the data: one number, or one a number of the input (row by row). In JSON
 * a number or a list.
 */
@Serializable(with = EpsilonSerializer::class)
public data class Epsilon(val values: List<Double>) {
  public constructor(value: Double) : this(listOf(value))

  public val isScalar: Boolean
    get() = values.size == 1

  public val largest: Double
    get() = values.max()

  public operator fun times(factor: Double): Epsilon = Epsilon(values.map { it * factor })

  override fun toString(): String = if (isScalar) values[0].toString() else "up to $largest"
}

/** The least and the most that a number of the data can be. */
@Serializable
public data class DataRange(val least: Double, val most: Double) {
  /** Whether data can have this value; no range has NaN. */
  public operator fun contains(value: Double): Boolean = value in least..most

  override fun toString(): String = "[$least, $most]"

  public companion object {
    /** Pixels: 0 to 1. */
    @JvmField public val UNIT: DataRange = DataRange(0.0, 1.0)
  }
}

internal object EpsilonSerializer : KSerializer<Epsilon> {
  @OptIn(ExperimentalSerializationApi::class)
  override val descriptor =
    SerialDescriptor("org.glacis.spec.Epsilon", JsonElement.serializer().descriptor)

  override fun serialize(encoder: Encoder, value: Epsilon) {
    if (!value.values.all(Double::isFinite))
      throw SerializationException("epsilon is $value; JSON has finite numbers only")
    val numbers = value.values.map(::JsonPrimitive)
    (encoder as JsonEncoder).encodeJsonElement(
      if (value.isScalar) numbers[0] else JsonArray(numbers)
    )
  }

  override fun deserialize(decoder: Decoder): Epsilon {
    val json = (decoder as JsonDecoder).decodeJsonElement()
    val numbers =
      (json as? JsonArray ?: listOf(json)).map { element ->
        (element as? JsonPrimitive)?.takeIf { !it.isString }?.doubleOrNull?.takeIf(Double::isFinite)
      }
    if (null in numbers)
      throw SerializationException("is $json; give a number or a list of numbers")
    return Epsilon(numbers.filterNotNull())
  }
}
