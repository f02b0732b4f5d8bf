package org.glacis.spec

import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
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
import kotlinx.serialization.json.intOrNull

/**
 * What a sliding window sees beyond the border of an image. In JSON: `"same"`, `"valid"`,
 * `"circular"` or `[top, bottom, left, right]`.
 *
 * The functions have no bodies here: an interface with bodies is initialised before its objects,
 * and [SAME] would be null for whoever met [Same] first.
 */
@Serializable(with = PaddingSerializer::class)
public sealed interface Padding {
  /** Zeros before and after [extent] along one axis: `axis` 0 is the height, 1 the width. */
  public fun amounts(axis: Int, extent: Int, kernel: Int, stride: Int): Pair<Int, Int>

  /** The extent of the output along one axis; 0 or less when the window does not fit. */
  public fun outputExtent(axis: Int, extent: Int, kernel: Int, stride: Int): Int

  /**
   * Zeros so that the output extent is `ceil(extent / stride)`; the odd one goes to the bottom and
   * right.
   */
  public data object Same : Padding {
    override fun amounts(axis: Int, extent: Int, kernel: Int, stride: Int): Pair<Int, Int> {
      val total = maxOf(0, ((extent + stride - 1) / stride - 1) * stride + kernel - extent)
      return total / 2 to total - total / 2
    }

    override fun outputExtent(axis: Int, extent: Int, kernel: Int, stride: Int): Int =
      places(amounts(axis, extent, kernel, stride), extent, kernel, stride)
  }

  /**
   * The image goes on from its other end, by as many numbers as [Same] has zeros: the image is a
   * torus. Its extents are multiples of the stride.
   */
  public data object Circular : Padding {
    override fun amounts(axis: Int, extent: Int, kernel: Int, stride: Int): Pair<Int, Int> =
      Same.amounts(axis, extent, kernel, stride)

    override fun outputExtent(axis: Int, extent: Int, kernel: Int, stride: Int): Int =
      Same.outputExtent(axis, extent, kernel, stride)
  }

  /** No padding: windows stay inside. */
  public data object Valid : Padding {
    override fun amounts(axis: Int, extent: Int, kernel: Int, stride: Int): Pair<Int, Int> = 0 to 0

    override fun outputExtent(axis: Int, extent: Int, kernel: Int, stride: Int): Int =
      places(0 to 0, extent, kernel, stride)
  }

  /** So many rows and columns of zeros. */
  public data class Explicit(val top: Int, val bottom: Int, val left: Int, val right: Int) :
    Padding {
    override fun amounts(axis: Int, extent: Int, kernel: Int, stride: Int): Pair<Int, Int> =
      if (axis == 0) top to bottom else left to right

    override fun outputExtent(axis: Int, extent: Int, kernel: Int, stride: Int): Int =
      places(amounts(axis, extent, kernel, stride), extent, kernel, stride)
  }

  public companion object {
    @JvmField public val SAME: Padding = Same
    @JvmField public val VALID: Padding = Valid
    @JvmField public val CIRCULAR: Padding = Circular

    /** The same [amount] of zeros on all four sides. */
    @JvmStatic public fun explicit(amount: Int): Padding = Explicit(amount, amount, amount, amount)

    @JvmStatic
    public fun explicit(top: Int, bottom: Int, left: Int, right: Int): Padding =
      Explicit(top, bottom, left, right)
  }
}

private fun places(amounts: Pair<Int, Int>, extent: Int, kernel: Int, stride: Int): Int =
  Math.floorDiv(extent + amounts.first + amounts.second - kernel, stride) + 1

internal object PaddingSerializer : KSerializer<Padding> {
  @OptIn(ExperimentalSerializationApi::class)
  override val descriptor =
    SerialDescriptor("org.glacis.spec.Padding", JsonElement.serializer().descriptor)

  override fun serialize(encoder: Encoder, value: Padding) {
    val json =
      when (value) {
        Padding.Same -> JsonPrimitive("same")
        Padding.Valid -> JsonPrimitive("valid")
        Padding.Circular -> JsonPrimitive("circular")
        is Padding.Explicit ->
          JsonArray(listOf(value.top, value.bottom, value.left, value.right).map(::JsonPrimitive))
      }
    (encoder as JsonEncoder).encodeJsonElement(json)
  }

  override fun deserialize(decoder: Decoder): Padding {
    val json = (decoder as JsonDecoder).decodeJsonElement()
    val sides =
      (json as? JsonArray)?.map { (it as? JsonPrimitive)?.takeIf { !it.isString }?.intOrNull }
    return when {
      json == JsonPrimitive("same") -> Padding.Same
      json == JsonPrimitive("valid") -> Padding.Valid
      json == JsonPrimitive("circular") -> Padding.Circular
      sides?.size == 4 && null !in sides ->
        Padding.Explicit(sides[0]!!, sides[1]!!, sides[2]!!, sides[3]!!)
      else ->
        throw SerializationException(
          "is $json; give \"same\", \"valid\", \"circular\" or [top, bottom, left, right]"
        )
    }
  }
}
