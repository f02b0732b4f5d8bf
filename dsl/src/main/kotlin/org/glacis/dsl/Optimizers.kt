@file:JvmName("Optimizers")

package org.glacis.dsl

import org.glacis.spec.Adam
import org.glacis.spec.AdamW
import org.glacis.spec.RAdam
import org.glacis.spec.Sgd

/** Adam with the given rate. */
@JvmOverloads
public fun adam(
  learningRate: Double = 1e-3,
  beta1: Double = 0.9,
  beta2: Double = 0.999,
  epsilon: Double = 1e-8,
): Adam = Adam(learningRate, beta1, beta2, epsilon)

/** Adam with decoupled weight decay. */
@JvmOverloads
public fun adamW(
  learningRate: Double = 1e-3,
  weightDecay: Double = 1e-2,
  beta1: Double = 0.9,
  beta2: Double = 0.999,
  epsilon: Double = 1e-8,
): AdamW = AdamW(learningRate, beta1, beta2, epsilon, weightDecay)

/** Rectified Adam. */
@JvmOverloads
public fun rAdam(
  learningRate: Double = 1e-3,
  beta1: Double = 0.9,
  beta2: Double = 0.999,
  epsilon: Double = 1e-8,
): RAdam = RAdam(learningRate, beta1, beta2, epsilon)

/** Gradient descent with the given rate. */
@JvmOverloads
public fun sgd(
  learningRate: Double = 0.1,
  momentum: Double = 0.0,
  nesterov: Boolean = false,
  weightDecay: Double = 0.0,
): Sgd = Sgd(learningRate, momentum, nesterov, weightDecay)
