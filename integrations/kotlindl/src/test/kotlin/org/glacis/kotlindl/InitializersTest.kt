package org.glacis.kotlindl

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.spec.BiasInitializer
import org.glacis.spec.InitializationSpec
import org.glacis.spec.Initializer as Law
import org.jetbrains.kotlinx.dl.api.core.initializer.Distribution
import org.jetbrains.kotlinx.dl.api.core.initializer.GlorotUniform
import org.jetbrains.kotlinx.dl.api.core.initializer.HeNormal
import org.jetbrains.kotlinx.dl.api.core.initializer.Initializer
import org.jetbrains.kotlinx.dl.api.core.initializer.Mode
import org.jetbrains.kotlinx.dl.api.core.initializer.Ones
import org.jetbrains.kotlinx.dl.api.core.initializer.RandomNormal
import org.jetbrains.kotlinx.dl.api.core.initializer.VarianceScaling
import org.jetbrains.kotlinx.dl.api.core.initializer.Zeros
import org.jetbrains.kotlinx.dl.api.core.layer.convolutional.Conv2D
import org.jetbrains.kotlinx.dl.api.core.layer.core.Dense
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input

class InitializersTest :
  FunSpec({
    fun layer(kernel: Initializer, bias: Initializer = Zeros(), name: String = "") =
      Dense(3, kernelInitializer = kernel, biasInitializer = bias, name = name)

    test("equal laws are taken over") {
      val pytorch = VarianceScaling(1.0 / 3, Mode.FAN_IN, Distribution.UNIFORM)
      initializationSpec(listOf(Input(4), layer(GlorotUniform()), layer(GlorotUniform(5)))) shouldBe
        InitializationSpec(Law.GLOROT_UNIFORM)
      initializationSpec(listOf(Input(4), layer(HeNormal()))) shouldBe
        InitializationSpec(Law.HE_NORMAL)
      initializationSpec(listOf(Input(4), layer(pytorch, pytorch))) shouldBe
        InitializationSpec(Law.FAN_IN_UNIFORM, null, BiasInitializer.FAN_IN_UNIFORM)
    }

    test("KotlinDL's defaults are taken") {
      initializationSpec(listOf(Input(8, 8, 1), Conv2D(3, 3), Dense(2))) shouldBe
        InitializationSpec(Law.HE_NORMAL, null, BiasInitializer.FAN_IN_UNIFORM)
    }

    test("the last layer may have a law of its own") {
      initializationSpec(listOf(Input(4), layer(HeNormal()), layer(GlorotUniform()))) shouldBe
        InitializationSpec(Law.HE_NORMAL, Law.GLOROT_UNIFORM)
    }

    test("a layer without bias has no say in biases") {
      val bare = Dense(3, kernelInitializer = HeNormal(), biasInitializer = Ones(), useBias = false)
      initializationSpec(listOf(Input(4), bare)) shouldBe InitializationSpec(Law.HE_NORMAL)
    }

    test("other laws are refused by name") {
      refused(
        "layers[1]",
        "Dense \"d\" has the kernelInitializer RandomNormal",
        "take GlorotUniform",
      ) {
        initializationSpec(listOf(Input(4), layer(RandomNormal(), name = "d")))
      }
      refused("layers[1]", "Dense \"d\" has the biasInitializer Ones", "take Zeros") {
        initializationSpec(listOf(Input(4), layer(HeNormal(), Ones(), "d")))
      }
    }

    test("layers that disagree are refused by name") {
      refused("layers[2]", "Dense \"b\" has another kernelInitializer than Dense \"a\"") {
        initializationSpec(
          listOf(
            Input(4),
            layer(HeNormal(), name = "a"),
            layer(GlorotUniform(), name = "b"),
            layer(HeNormal(), name = "c"),
          )
        )
      }
    }
  })
