package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A way in which samples are spoilt, by the experiment's seed: for experiments with robustness. */
@Serializable
public sealed interface CorruptionSpec {
  /** Whether it spoils labels, which training samples have and inputs of a test do not show. */
  public val ofLabels: Boolean
    get() = false

  /** How strong it is, in the unit of its kind. */
  public val level: Double

  /** Reports what is wrong; [input] is the shape of a sample, null if that is at fault itself. */
  public fun check(input: Shape?, faults: Faults)
}

/**
 * Wrong labels: each of a [share] of the samples gets another class, all with the same chance.
 *
 * @property share of the samples, 0 to 1
 */
@Serializable
@SerialName("wrongLabels")
public data class WrongLabels(val share: Double) : CorruptionSpec {
  override val ofLabels: Boolean
    get() = true

  override val level: Double
    get() = share

  override fun check(input: Shape?, faults: Faults) {
    faults.within("share", share, 0.0, 1.0)
  }
}

/**
 * Normal noise in each number of the input, which stays in the range of the data where the
 * perturbation set has one.
 *
 * @property deviation of the noise, in units of the inputs
 */
@Serializable
@SerialName("gaussianNoise")
public data class GaussianNoise(val deviation: Double) : CorruptionSpec {
  override val level: Double
    get() = deviation

  override fun check(input: Shape?, faults: Faults) {
    faults.notNegative("deviation", deviation)
  }
}

/**
 * A black square at a random place of each image.
 *
 * @property side in pixels; no more than the image has
 */
@Serializable
@SerialName("occlusion")
public data class Occlusion(val side: Int) : CorruptionSpec {
  override val level: Double
    get() = side.toDouble()

  override fun check(input: Shape?, faults: Faults) {
    faults.positive("side", side)
    if (input == null) return
    if (input.rank != 3)
      faults.add("is $this but an input is $input", "take it for images, (height, width, channels)")
    else if (side > minOf(input[0], input[1]))
      faults.add(
        "side",
        "is $side but an image is $input",
        "give ${minOf(input[0], input[1])} at most",
      )
  }
}
