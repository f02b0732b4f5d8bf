@file:JvmName("KotlinDlInitializers")

package org.glacis.kotlindl

import kotlin.math.abs
import org.glacis.spec.BiasInitializer
import org.glacis.spec.Faults
import org.glacis.spec.InitializationSpec
import org.glacis.spec.Initializer as Law
import org.glacis.spec.InputException
import org.jetbrains.kotlinx.dl.api.core.initializer.Distribution
import org.jetbrains.kotlinx.dl.api.core.initializer.Initializer
import org.jetbrains.kotlinx.dl.api.core.initializer.Mode
import org.jetbrains.kotlinx.dl.api.core.initializer.VarianceScaling
import org.jetbrains.kotlinx.dl.api.core.initializer.Zeros
import org.jetbrains.kotlinx.dl.api.core.layer.Layer
import org.jetbrains.kotlinx.dl.api.core.layer.convolutional.Conv2D
import org.jetbrains.kotlinx.dl.api.core.layer.core.Dense

/**
 * How the weights of KotlinDL [layers] begin. Glacis has one law for all layers and may have
 * another for the last; seeds of KotlinDL initializers play no role.
 *
 * Kernels: `GlorotUniform` is the same law here. `HeNormal` becomes the normal law of the same
 * deviation, which Glacis does not cut off at two deviations. `VarianceScaling(1.0 / 3, FAN_IN,
 * UNIFORM)` is PyTorch's default, uniform on `±1 / sqrt(fan_in)`. Biases: `Zeros` is the same;
 * `HeUniform`, which KotlinDL takes where nothing is said, becomes uniform on `±1 / sqrt(fan_in)`,
 * narrower by `sqrt(6)`.
 *
 * @throws InputException naming each layer with another initializer, or with one that the layers
 *   before it do not have
 */
public fun initializationSpec(layers: List<Layer>): InitializationSpec {
  val faults = Faults()
  val owners = layers.withIndex().mapNotNull { (i, layer) -> owner(i, layer) }
  val kernels = owners.map { kernelLaw(it, faults.at("layers[${it.index}]")) }
  val biases = owners.filter { it.bias != null }
  val biasLaws = biases.map { biasLaw(it, faults.at("layers[${it.index}]")) }
  if (faults.clean()) {
    agree(owners.dropLast(1), kernels.dropLast(1), "kernelInitializer", faults)
    agree(biases, biasLaws, "biasInitializer", faults)
  }
  if (!faults.clean())
    throw InputException(Faults.describe("the initialization of the KotlinDL layers", faults.all()))
  val weights = kernels.firstOrNull() ?: Law.GLOROT_UNIFORM
  return InitializationSpec(
    weights,
    kernels.lastOrNull()?.takeIf { it != weights },
    biasLaws.firstOrNull() ?: BiasInitializer.ZERO,
  )
}

private class Owner(
  val index: Int,
  val layer: Layer,
  val kernel: Initializer,
  val bias: Initializer?,
)

private fun owner(index: Int, layer: Layer): Owner? =
  when (layer) {
    is Dense ->
      Owner(index, layer, layer.kernelInitializer, layer.biasInitializer.takeIf { layer.useBias })
    is Conv2D ->
      Owner(index, layer, layer.kernelInitializer, layer.biasInitializer.takeIf { layer.useBias })
    else -> null
  }

private fun kernelLaw(owner: Owner, faults: Faults): Law? {
  val kernel = owner.kernel
  return when {
    scales(kernel, 1.0, Mode.FAN_AVG, Distribution.UNIFORM) -> Law.GLOROT_UNIFORM
    scales(kernel, 2.0, Mode.FAN_IN, Distribution.TRUNCATED_NORMAL) -> Law.HE_NORMAL
    scales(kernel, 2.0, Mode.FAN_IN, Distribution.UNTRUNCATED_NORMAL) -> Law.HE_NORMAL
    scales(kernel, 1.0 / 3, Mode.FAN_IN, Distribution.UNIFORM) -> Law.FAN_IN_UNIFORM
    else -> {
      faults.add(
        "${described(owner.layer)} has the kernelInitializer ${kernel::class.simpleName}",
        "take GlorotUniform or HeNormal, or declare robust { initialization = .. }",
      )
      null
    }
  }
}

private fun biasLaw(owner: Owner, faults: Faults): BiasInitializer? {
  val bias = owner.bias
  return when {
    bias is Zeros -> BiasInitializer.ZERO
    scales(bias, 2.0, Mode.FAN_IN, Distribution.UNIFORM) -> BiasInitializer.FAN_IN_UNIFORM
    scales(bias, 1.0 / 3, Mode.FAN_IN, Distribution.UNIFORM) -> BiasInitializer.FAN_IN_UNIFORM
    else -> {
      faults.add(
        "${described(owner.layer)} has the biasInitializer ${bias?.let { it::class.simpleName }}",
        "take Zeros or HeUniform, or declare robust { initialization = .. }",
      )
      null
    }
  }
}

private fun scales(
  initializer: Initializer?,
  scale: Double,
  mode: Mode,
  distribution: Distribution,
): Boolean =
  initializer is VarianceScaling &&
    abs(initializer.scale - scale) < 1e-9 &&
    initializer.mode == mode &&
    initializer.distribution == distribution

private fun agree(owners: List<Owner>, laws: List<Enum<*>?>, option: String, faults: Faults) {
  for (k in 1..laws.lastIndex) {
    if (laws[k] != laws[0])
      faults
        .at("layers[${owners[k].index}]")
        .add(
          "${described(owners[k].layer)} has another $option than ${described(owners[0].layer)}",
          "give all layers one (the last may have a kernelInitializer of its own), or declare robust { initialization = .. }",
        )
  }
}
