package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/** How gradients become updates. */
@Serializable
public sealed interface OptimizerSpec {
  public val learningRate: Double

  public fun check(faults: Faults)
}

/**
 * Adam (Kingma and Ba 2015), with [epsilon] added to the square root of the bias-corrected second
 * moment, as PyTorch has it.
 */
@Serializable
@SerialName("adam")
public data class Adam(
  override val learningRate: Double = 1e-3,
  val beta1: Double = 0.9,
  val beta2: Double = 0.999,
  val epsilon: Double = 1e-8,
) : OptimizerSpec {
  override fun check(faults: Faults) {
    faults.positive("learningRate", learningRate)
    for ((name, beta) in listOf("beta1" to beta1, "beta2" to beta2)) if (
      !(beta >= 0.0 && beta < 1.0)
    )
      faults.add(name, "is $beta", "give a number from 0 to below 1")
    faults.positive("epsilon", epsilon)
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019): `w <- w - rate * weightDecay * w`
 * before each update, as PyTorch has it.
 */
@Serializable
@SerialName("adamW")
public data class AdamW(
  override val learningRate: Double = 1e-3,
  val beta1: Double = 0.9,
  val beta2: Double = 0.999,
  val epsilon: Double = 1e-8,
  val weightDecay: Double = 1e-2,
) : OptimizerSpec {
  override fun check(faults: Faults) {
    Adam(learningRate, beta1, beta2, epsilon).check(faults)
    faults.notNegative("weightDecay", weightDecay)
  }
}

/**
 * Adam whose adaptive rate is rectified in the first steps (Liu et al. 2020, algorithm 2), as
 * PyTorch has it.
 */
@Serializable
@SerialName("rAdam")
public data class RAdam(
  override val learningRate: Double = 1e-3,
  val beta1: Double = 0.9,
  val beta2: Double = 0.999,
  val epsilon: Double = 1e-8,
) : OptimizerSpec {
  override fun check(faults: Faults) {
    Adam(learningRate, beta1, beta2, epsilon).check(faults)
  }
}

/**
 * Gradient descent; with [momentum] `m`: `v <- m v + g`, `w <- w - rate v` (or, [nesterov], `w <-
 * w - rate (g + m v)`).
 *
 * @property weightDecay added to the gradient `g` times the weight, as PyTorch has it
 */
@Serializable
@SerialName("sgd")
public data class Sgd(
  override val learningRate: Double = 0.1,
  val momentum: Double = 0.0,
  val nesterov: Boolean = false,
  val weightDecay: Double = 0.0,
) : OptimizerSpec {
  override fun check(faults: Faults) {
    faults.positive("learningRate", learningRate)
    if (!(momentum >= 0.0 && momentum < 1.0))
      faults.add("momentum", "is $momentum", "give a number from 0 to below 1")
    if (nesterov && momentum == 0.0)
      faults.add("nesterov", "is true but momentum is 0", "give a momentum above 0")
    faults.notNegative("weightDecay", weightDecay)
  }
}
