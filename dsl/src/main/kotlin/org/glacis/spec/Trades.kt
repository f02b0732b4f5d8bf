package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * `cross-entropy(clean) + beta * KL(p(x) || p(x'))` with the class probabilities `p` at the clean
 * input and at the point `x'` that the attack finds (Zhang et al. 2019, eq. 5). Gradients flow
 * through both. The authors' attack makes the same divergence large: [AttackObjective.KL]; another
 * objective is taken as it is declared.
 *
 * @property beta weight of the divergence; 0 is natural training, the authors take 1 to 6
 */
@Serializable
@SerialName("trades")
public data class Trades(val beta: Double) : RobustLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val needsBounds: Boolean
    get() = false

  override val needsAttack: Boolean
    get() = true

  override fun check(faults: Faults) {
    faults.notNegative("beta", beta)
  }
}
