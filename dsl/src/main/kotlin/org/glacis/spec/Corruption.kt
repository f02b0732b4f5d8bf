package org.glacis.spec

import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A way in which training samples are spoilt, by the experiment's seed. */
@Serializable
public sealed interface CorruptionSpec {
  /** Reports what is wrong; [input] is the shape of a sample, null if that is at fault itself. */
  public fun check(input: Shape?, faults: Faults)
}

/** A way in which test samples are made harder, by the experiment's seed. */
@Serializable
public sealed interface StressSpec {
  /** What it does, one word: the `type` of its JSON. */
  public val kind: String

  /** How strong it is, in the unit of its kind. */
  public val level: Double

  /** Reports what is wrong; [input] is the shape of a sample, null if that is at fault itself. */
  public fun check(input: Shape?, faults: Faults)
}

/**
 * Wrong labels: each of a [share] of the samples gets another class, all with the same chance.
 *
 * @property share of the samples, 0 to 1
 * @property redrawn whether each epoch has wrong labels of its own: each sample that a step sees
 *   gets another class with the probability [share]. Otherwise they are the same all the time, and
 *   a network can learn them by heart
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
@SerialName("wrongLabels")
public data class WrongLabels(
  val share: Double,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val redrawn: Boolean = false,
) : CorruptionSpec {
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
public data class GaussianNoise(val deviation: Double) : CorruptionSpec, StressSpec {
  override val kind: String
    get() = "gaussianNoise"

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
public data class Occlusion(val side: Int) : CorruptionSpec, StressSpec {
  override val kind: String
    get() = "occlusion"

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

/**
 * The worst point that an [attack] finds in a set of the norm and range of the experiment's
 * perturbation set.
 *
 * @property epsilon the radius, in units of the inputs
 */
@Serializable
@SerialName("evasion")
public data class Evasion(val epsilon: Double, val attack: AttackSpec = Pgd()) : StressSpec {
  override val kind: String
    get() = "evasion"

  override val level: Double
    get() = epsilon

  override fun check(input: Shape?, faults: Faults) {
    faults.positive("epsilon", epsilon)
    attack.checkOwnSet(faults.at("attack"))
  }
}
