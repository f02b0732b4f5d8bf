package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A random change of a training image, drawn anew for each sample of each step. */
@Serializable
public sealed interface AugmentationSpec {
  /** Reports what is wrong; [input] is the shape of a sample, null if that is at fault itself. */
  public fun check(input: Shape?, faults: Faults)
}

/** What lies around an image that is moved. */
@Serializable
public enum class CropMode {
  /** The nearest pixel of its edge. */
  @SerialName("edge") EDGE,

  /** Zeros: black. */
  @SerialName("zero") ZERO;

  override fun toString(): String = name.lowercase()
}

/**
 * Adds a border and cuts a window of the image's own size out of it: each of the (2 · padding + 1)²
 * places has the same chance.
 *
 * Source: the data pipeline of expressive-losses (De Palma et al., ICLR 2024), which pads CIFAR-10
 * by 2 and 64 × 64 images by 4 edge pixels.
 *
 * @property padding the width of the border on each side, in pixels; below height and width
 * @property mode what the border consists of
 */
@Serializable
@SerialName("randomCrop")
public data class RandomCrop(val padding: Int, val mode: CropMode = CropMode.EDGE) :
  AugmentationSpec {

  override fun check(input: Shape?, faults: Faults) {
    faults.positive("padding", padding)
    if (input == null || !image("randomCrop", input, faults)) return
    val least = minOf(input[0], input[1])
    if (padding >= least)
      faults.add("padding", "is $padding but the image is $input", "give a number below $least")
  }
}

/**
 * Exchanges left and right.
 *
 * @property probability of a sample to be flipped, from 0 to 1
 */
@Serializable
@SerialName("horizontalFlip")
public data class HorizontalFlip(val probability: Double = 0.5) : AugmentationSpec {

  override fun check(input: Shape?, faults: Faults) {
    faults.within("probability", probability, 0.0, 1.0)
    if (input != null) image("horizontalFlip", input, faults)
  }
}

private fun image(name: String, input: Shape, faults: Faults): Boolean {
  faults.rank(3, name, input) {
    "declare input(height, width, channels), or remove the augmentation"
  }
  return input.rank == 3
}
