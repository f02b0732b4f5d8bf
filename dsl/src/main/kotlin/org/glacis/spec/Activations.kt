package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** `max(x, 0)`. */
@Serializable @SerialName("relu") public data object Relu : ActivationSpec

/** `x` above zero, `slope * x` below. */
@Serializable
@SerialName("leakyRelu")
public data class LeakyRelu(val slope: Double = 0.01) : ActivationSpec {
  override fun check(faults: Faults) {
    faults.within("slope", slope, 0.0, 1.0)
  }
}

/** `x` above zero, `exp(x) - 1` below. */
@Serializable @SerialName("elu") public data object Elu : ActivationSpec

/** `log(1 + exp(x))`. */
@Serializable @SerialName("softplus") public data object Softplus : ActivationSpec

/** `1 / (1 + exp(-x))`. */
@Serializable @SerialName("sigmoid") public data object Sigmoid : ActivationSpec

/** The hyperbolic tangent. */
@Serializable @SerialName("tanh") public data object Tanh : ActivationSpec
