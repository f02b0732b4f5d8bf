package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * A layer with weights whose Lipschitz constant (l2) is held at a share of that of the network
 * while it trains. After training it is frozen to a plain layer whose constant is proved from its
 * weights.
 */
@Serializable
public sealed interface ConstrainedLayerSpec : LayerSpec {
  /** The plain layer that does the same with the constrained weights. */
  public val plain: LayerSpec
}

/** A constrained layer whose matrix is made orthogonal. */
@Serializable
public sealed interface SpectralLayerSpec : ConstrainedLayerSpec {
  public val orthogonalization: Orthogonalization
}

/**
 * A dense layer whose matrix is made orthogonal: all singular values 1 (Anil et al. 2019).
 *
 * @property units length of the output
 */
@Serializable
@SerialName("spectralDense")
public data class SpectralDense(
  val units: Int,
  val bias: Boolean = true,
  override val orthogonalization: Orthogonalization = Bjorck(),
) : SpectralLayerSpec {
  override val plain: Dense
    get() = Dense(units, bias)

  override fun check(faults: Faults) {
    plain.check(faults)
    orthogonalization.check(faults.at("orthogonalization"))
  }

  override fun check(input: Shape, faults: Faults) {
    faults.rank(1, "spectralDense($units)", input) { "put flatten() before it" }
  }

  override fun outputShape(input: Shape): Shape = plain.outputShape(input)
}

/**
 * A dense layer whose matrix is divided by its Frobenius norm or, for [disjointNeurons], each
 * unit's weights by their Euclidean length: then each output by itself is 1-Lipschitz, all together
 * only `sqrt(units)`.
 */
@Serializable
@SerialName("frobeniusDense")
public data class FrobeniusDense(
  val units: Int,
  val disjointNeurons: Boolean = true,
  val bias: Boolean = true,
) : ConstrainedLayerSpec {
  override val plain: Dense
    get() = Dense(units, bias)

  override fun check(faults: Faults) {
    plain.check(faults)
  }

  override fun check(input: Shape, faults: Faults) {
    faults.rank(1, "frobeniusDense($units)", input) { "put flatten() before it" }
  }

  override fun outputShape(input: Shape): Shape = plain.outputShape(input)
}
