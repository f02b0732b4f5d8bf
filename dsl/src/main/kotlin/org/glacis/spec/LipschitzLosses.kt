package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** A loss of the outputs of a 1-Lipschitz network, at the clean inputs. */
@Serializable
public sealed interface MarginLossSpec : LossSpec {
  override val task: Task?
    get() = Task.CLASSIFICATION

  override val needsBounds: Boolean
    get() = false
}

/** What the outputs of a [MarginLossSpec] are. */
@Serializable
public enum class Outputs {
  /** One a class, of which a sample has one: each class against the rest. */
  @SerialName("multiclass") MULTICLASS,

  /** One for two classes, `f`: the second output minus the first, as [BinaryLogits] give them. */
  @SerialName("binary") BINARY,

  /** One a label, of which a sample has any number: those whose target is above 0. */
  @SerialName("multilabel") MULTILABEL;

  internal val task: Task?
    get() = if (this == MULTILABEL) null else Task.CLASSIFICATION
}

/**
 * `-KR` (Kantorovich-Rubinstein): the mean over the outputs of `mean(f_c | others) - mean(f_c |
 * class c)`. Its negative is a lower bound of a mean Wasserstein distance where each `f_c` is
 * 1-Lipschitz. For binary outputs `mean(f | first) - mean(f | second)`.
 */
@Serializable
@SerialName("kr")
public data class KantorovichRubinstein(val outputs: Outputs = Outputs.MULTICLASS) :
  MarginLossSpec {
  override val task: Task?
    get() = outputs.task
}

/**
 * The mean over samples and outputs of `relu(m / 2 - s_c f_c)`, with `m` the [minMargin] and `s_c`
 * 1 for the label and -1 for the others. For several classes the label's term counts `classes - 1`
 * times, as much as all others together.
 */
@Serializable
@SerialName("hinge")
public data class HingeMargin(
  val minMargin: ScheduleSpec = Constant(1.0),
  val outputs: Outputs = Outputs.MULTICLASS,
) : MarginLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val task: Task?
    get() = outputs.task

  override val schedules: Map<String, ScheduleSpec>
    get() = mapOf("minMargin" to minMargin)

  override fun check(faults: Faults) {
    checkPositive(minMargin, faults.at("minMargin"))
  }
}

/**
 * Hinge-Kantorovich-Rubinstein (Serrurier et al. 2021): `alpha` times the [HingeMargin] minus KR,
 * as deel-lip weighs them. deel-torchlip weighs `a * hinge - (1 - a) * KR`: its `a` is `alpha / (1
 * + alpha)` here ([alphaOfShare]), with the same minimiser and gradients longer by `1 + alpha`.
 *
 * @property alpha weight of the hinge; 0 or above
 */
@Serializable
@SerialName("hkr")
public data class Hkr(
  val alpha: ScheduleSpec = Constant(10.0),
  val minMargin: ScheduleSpec = Constant(1.0),
  val outputs: Outputs = Outputs.MULTICLASS,
) : MarginLossSpec {
  override val task: Task?
    get() = outputs.task

  override val schedules: Map<String, ScheduleSpec>
    get() = mapOf("alpha" to alpha, "minMargin" to minMargin)

  override fun check(faults: Faults) {
    checkWeights(alpha, minMargin, faults)
  }
}

/**
 * HKR of several classes with weights: of the wrong classes `softmax(T f)` over them, of the label
 * 1. `alpha * mean sum_c w_c relu(m / 2 - s_c f_c) - mean sum_c w_c s_c f_c`. `T` is [temperature]
 *    times `m / mean |f|`, the mean a running one (0.99 of the last, at first `m`) and at least
 *    `m`, so that the weights do not depend on the scale of the outputs; no gradient flows through
 *    it.
 *
 * @property alpha weight of the hinge; 0 or above
 */
@Serializable
@SerialName("softHkr")
public data class SoftHkr(
  val alpha: ScheduleSpec = Constant(10.0),
  val minMargin: ScheduleSpec = Constant(1.0),
  val temperature: Double = 1.0,
) : MarginLossSpec {
  override val schedules: Map<String, ScheduleSpec>
    get() = mapOf("alpha" to alpha, "minMargin" to minMargin)

  override fun check(faults: Faults) {
    checkWeights(alpha, minMargin, faults)
    faults.positive("temperature", temperature)
  }
}

/**
 * HKR of the label's output against a smooth maximum of the others: with `g = temperature * f`, `t
 * = log(classes - 1) / (penalty * m / 2)` and `N = log(sum_{c != y} exp(t g_c)) / t`, the mean of
 * `alpha * (relu(m / 2 - g_y) + relu(m / 2 + N)) - (g_y - N)`. `N` is above the largest `g_c` by at
 * most `penalty * m / 2`. deel-torchlip's share of the hinge is converted as for [Hkr].
 *
 * @property alpha weight of the hinge; 0 or above
 */
@Serializable
@SerialName("lseHkr")
public data class LseHkr(
  val alpha: ScheduleSpec = Constant(10.0),
  val minMargin: ScheduleSpec = Constant(1.0),
  val temperature: Double = 1.0,
  val penalty: Double = 1.0,
) : MarginLossSpec {
  override val schedules: Map<String, ScheduleSpec>
    get() = mapOf("alpha" to alpha, "minMargin" to minMargin)

  override fun check(faults: Faults) {
    checkWeights(alpha, minMargin, faults)
    faults.positive("temperature", temperature)
    faults.positive("penalty", penalty)
  }
}

/** The mean over samples and classes of `relu(m - f_y + f_c)`, 0 for the label. */
@Serializable
@SerialName("multiMargin")
public data class MultiMargin(val minMargin: ScheduleSpec = Constant(1.0)) : MarginLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val schedules: Map<String, ScheduleSpec>
    get() = mapOf("minMargin" to minMargin)

  override fun check(faults: Faults) {
    checkPositive(minMargin, faults.at("minMargin"))
  }
}

/** The mean over samples of `relu(m - (f_y - max_{c != y} f_c))`. */
@Serializable
@SerialName("categoricalHinge")
public data class CategoricalHinge(val minMargin: ScheduleSpec = Constant(1.0)) : MarginLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val schedules: Map<String, ScheduleSpec>
    get() = mapOf("minMargin" to minMargin)

  override fun check(faults: Faults) {
    checkPositive(minMargin, faults.at("minMargin"))
  }
}

/**
 * `crossEntropy(temperature * f) / temperature`: the larger the temperature, the nearer the
 * accuracy to that of a free network, the smaller the margins (Béthune et al. 2022). Over
 * [BinaryLogits] it is the binary cross-entropy of `temperature * f`.
 */
@Serializable
@SerialName("temperatureCrossEntropy")
public data class TemperatureCrossEntropy(val temperature: ScheduleSpec) : MarginLossSpec {
  override val isPerSample: Boolean
    get() = true

  override val schedules: Map<String, ScheduleSpec>
    get() = mapOf("temperature" to temperature)

  override fun check(faults: Faults) {
    checkPositive(temperature, faults.at("temperature"))
  }
}

/**
 * The `alpha` of [Hkr], [SoftHkr] and [LseHkr] for deel-torchlip's share `a` of the hinge: `a / (1
 * - a)`.
 */
public fun alphaOfShare(share: Double): Double {
  require(share >= 0 && share < 1) {
    "the share of the hinge is $share; give a number from 0 to below 1, or take hinge() alone for 1"
  }
  return share / (1 - share)
}

private fun checkWeights(alpha: ScheduleSpec, minMargin: ScheduleSpec, faults: Faults) {
  val weight = faults.at("alpha")
  alpha.check(weight)
  if (weight.clean() && alpha.least < 0.0)
    weight.add("goes down to ${alpha.least}", "give values of 0 or above")
  checkPositive(minMargin, faults.at("minMargin"))
}

private fun checkPositive(schedule: ScheduleSpec, faults: Faults) {
  schedule.check(faults)
  if (faults.clean() && schedule.least <= 0.0)
    faults.add("goes down to ${schedule.least}", "give values above 0")
}
