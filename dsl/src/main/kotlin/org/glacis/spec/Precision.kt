package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * The numbers of training. Bounds of a certification are always float64, of the float32 weights.
 */
@Serializable
public enum class Precision {
  /** Everything in float32. */
  @SerialName("float32") FLOAT32,

  /**
   * Matrix products and convolutions multiply numbers rounded to bfloat16 (8 bits of precision);
   * weights, statistics, boxes, losses and the optimiser stay float32. Faster on processors with
   * AMX or AVX512-BF16 and on GPUs, slower on others.
   */
  @SerialName("mixedBfloat16") MIXED_BFLOAT16,
}
