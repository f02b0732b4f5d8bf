package org.glacis.spec

import kotlinx.serialization.KSerializer
import kotlinx.serialization.Serializable
import kotlinx.serialization.SerializationException
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonDecoder
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonEncoder
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.intOrNull

/**
 * What a sliding window sees beyond the border of an image. In JSON: `"same"`, `"valid"` or `[top,
 * bottom, left, right]`.
 */
@Serializable(with = PaddingSerializer::class)
public sealed interface Padding {
  /**
   * Zeros so that the output extent is `ceil(extent / stride)`; the odd one goes to the bottom and
   * right.
   */
  public data object Same : Padding

  /** No padding: windows stay inside. */
  public data object Valid : Padding

  /** So many rows and columns of zeros. */
  public data class Explicit(val top: Int, val bottom: Int, val left: Int, val right: Int) : Padding

  /** Zeros before and after [extent] along one axis: `axis` 0 is the height, 1 the width. */
  public fun amounts(axis: Int, extent: Int, kernel: Int, stride: Int): Pair<Int, Int> =
    when (this) {
      Valid -> 0 to 0
      Same -> {
        val total = maxOf(0, ((extent + stride - 1) / stride - 1) * stride + kernel - extent)
        total / 2 to total - total / 2
      }
      is Explicit -> if (axis == 0) top to bottom else left to right
    }

  /** The extent of the output along one axis; 0 or less when the window does not fit. */
  public fun outputExtent(axis: Int, extent: Int, kernel: Int, stride: Int): Int {
    val (before, after) = amounts(axis, extent, kernel, stride)
    return Math.floorDiv(extent + before + after - kernel, stride) + 1
  }

  public companion object {
    @JvmField public val SAME: Padding = Same
    @JvmField public val VALID: Padding = Valid

    /** The same [amount] of zeros on all four sides. */
    @JvmStatic public fun explicit(amount: Int): Padding = Explicit(amount, amount, amount, amount)

    @JvmStatic
    public fun explicit(top: Int, bottom: Int, left: Int, right: Int): Padding =
      Explicit(top, bottom, left, right)
  }
}

internal object PaddingSerializer : KSerializer<Padding> {
  override val descriptor = JsonElement.serializer().descriptor

  override fun serialize(encoder: Encoder, value: Padding) {
    val json =
      when (value) {
        Padding.Same -> JsonPrimitive("same")
        Padding.Valid -> JsonPrimitive("valid")
        is Padding.Explicit ->
          JsonArray(listOf(value.top, value.bottom, value.left, value.right).map(::JsonPrimitive))
      }
    (encoder as JsonEncoder).encodeJsonElement(json)
  }

  override fun deserialize(decoder: Decoder): Padding {
    val json = (decoder as JsonDecoder).decodeJsonElement()
    val sides = (json as? JsonArray)?.map { (it as? JsonPrimitive)?.intOrNull }
    return when {
      json == JsonPrimitive("same") -> Padding.Same
      json == JsonPrimitive("valid") -> Padding.Valid
      sides?.size == 4 && null !in sides ->
        Padding.Explicit(sides[0]!!, sides[1]!!, sides[2]!!, sides[3]!!)
      else ->
        throw SerializationException(
          "padding is $json; give \"same\", \"valid\" or [top, bottom, left, right]"
        )
    }
  }
}
