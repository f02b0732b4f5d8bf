@file:JvmName("KotlinDlOptimizers")

package org.glacis.kotlindl

import org.glacis.spec.Adam
import org.glacis.spec.InputException
import org.glacis.spec.OptimizerSpec
import org.glacis.spec.Sgd
import org.jetbrains.kotlinx.dl.api.core.optimizer.Adam as KotlinDlAdam
import org.jetbrains.kotlinx.dl.api.core.optimizer.Momentum
import org.jetbrains.kotlinx.dl.api.core.optimizer.NoClipGradient
import org.jetbrains.kotlinx.dl.api.core.optimizer.Optimizer
import org.jetbrains.kotlinx.dl.api.core.optimizer.SGD

/**
 * The Glacis optimiser with the settings of a KotlinDL [optimizer]: `Adam`, `SGD` or `Momentum`.
 * Adam's epsilon is added to the root of the bias-corrected second moment here; TensorFlow 1.x,
 * below KotlinDL, adds it before the correction.
 *
 * @throws InputException when it is another optimiser, or clips gradients
 */
public fun optimizerSpec(optimizer: Optimizer): OptimizerSpec {
  val name = optimizer::class.simpleName
  if (optimizer.clipGradient !is NoClipGradient)
    throw InputException(
      "compile: the optimizer $name clips gradients by ${optimizer.clipGradient::class.simpleName}; " +
        "leave clipGradient out and declare robust { gradientClip = 1.0 }, the largest L2 norm of the whole gradient"
    )
  return when (optimizer) {
    is KotlinDlAdam -> {
      if (optimizer.useNesterov)
        throw InputException("compile: the optimizer Adam has useNesterov = true; leave it out")
      Adam(
        optimizer.learningRate.decimal(),
        optimizer.beta1.decimal(),
        optimizer.beta2.decimal(),
        optimizer.epsilon.decimal(),
      )
    }
    is SGD -> Sgd(optimizer.learningRate.decimal())
    is Momentum ->
      Sgd(
        optimizer.learningRate.decimal(),
        optimizer.momentum.decimal(),
        optimizer.useNesterov && optimizer.momentum != 0f,
      )
    else ->
      throw InputException(
        "compile: the optimizer $name has no counterpart; take Adam, SGD or Momentum"
      )
  }
}
