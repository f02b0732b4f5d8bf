package org.glacis.spec

import kotlinx.serialization.KSerializer
import kotlinx.serialization.Serializable
import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.builtins.serializer
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder

/** The extents of one sample, without the batch axis. Images are height × width × channels. */
@Serializable(with = ShapeSerializer::class)
public data class Shape(val extents: List<Int>) {
  public constructor(vararg extents: Int) : this(extents.toList())

  public val rank: Int
    get() = extents.size

  /** How many numbers one sample has. */
  public val size: Int
    get() = extents.fold(1, Math::multiplyExact)

  /** True when the numbers of one sample cannot be counted by an [Int]; [size] then throws. */
  internal val isTooLarge: Boolean
    get() = extents.fold(1.0) { all, extent -> all * extent } > Int.MAX_VALUE

  public operator fun get(axis: Int): Int = extents[axis]

  public fun toArray(): IntArray = extents.toIntArray()

  override fun toString(): String = extents.toString()
}

internal object ShapeSerializer : KSerializer<Shape> {
  private val list = ListSerializer(Int.serializer())
  override val descriptor = list.descriptor

  override fun serialize(encoder: Encoder, value: Shape) = list.serialize(encoder, value.extents)

  override fun deserialize(decoder: Decoder) = Shape(list.deserialize(decoder))
}
