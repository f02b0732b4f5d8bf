package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * When the free kernel of each [ConstrainedLayerSpec] becomes the constrained one that was computed
 * from it, before the factors of the layer and of [ModelSpec.lipschitz]. The network stays what it
 * is, to the accuracy of the iteration, and few iterations then suffice. Layers with
 * [MatrixExponential], which makes another matrix of an orthogonal one, keep their free kernels.
 *
 * Slots of the optimiser, such as a momentum, stay those of the kernel before.
 */
@Serializable
public enum class Condensing {
  @SerialName("never") NEVER,

  /** After the last step of each epoch. */
  @SerialName("everyEpoch") EVERY_EPOCH,

  /** After each step: the constrained kernels are computed twice in each. */
  @SerialName("everyStep") EVERY_STEP,
}
