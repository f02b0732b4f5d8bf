package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A loss for classification by the outputs of a 1-Lipschitz network, at the clean inputs. */
@Serializable
public sealed interface MarginLossSpec : LossSpec {
  override val task: Task
    get() = Task.CLASSIFICATION

  override val needsBounds: Boolean
    get() = false
}

/**
 * Hinge-Kantorovich-Rubinstein for several classes, one against the rest (Serrurier et al. 2021):
 * `alpha * hinge - KR`. *KR* is the mean over the classes of `mean(f_c | class c) - mean(f_c |
 * other classes)`, a lower bound of a Wasserstein distance where `f_c` is 1-Lipschitz. *hinge* is
 * the mean over samples and classes of `relu(m / 2 - s_c f_c)`, `s_c` 1 for the label and -1 for
 * the others, the label's term times `classes - 1`, with `m` the [minMargin].
 *
 * deel-torchlip weighs `a * hinge - (1 - a) * KR`: its `a` is `alpha / (1 + alpha)` here, with the
 * same minimiser and gradients longer by `1 + alpha`.
 *
 * @property alpha weight of the hinge; 0 or above
 */
@Serializable
@SerialName("multiclassHkr")
public data class MulticlassHkr(val alpha: Double = 10.0, val minMargin: Double = 1.0) :
  MarginLossSpec {
  override fun check(faults: Faults) {
    faults.notNegative("alpha", alpha)
    faults.positive("minMargin", minMargin)
  }
}

/**
 * `crossEntropy(temperature * f) / temperature`: the larger the temperature, the nearer the
 * accuracy to that of a free network, the smaller the margins (Béthune et al. 2022).
 */
@Serializable
@SerialName("temperatureCrossEntropy")
public data class TemperatureCrossEntropy(val temperature: Double) : MarginLossSpec {
  override fun check(faults: Faults) {
    faults.positive("temperature", temperature)
  }
}
