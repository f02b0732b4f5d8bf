package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.modules.SerializersModule
import kotlinx.serialization.modules.polymorphic
import kotlinx.serialization.modules.subclass

/** A layer as a user would write it: multiplies by a number. */
@Serializable
@SerialName("test.scale")
data class Scale(val factor: Double, val label: String? = null) : CustomLayerSpec() {
  override fun check(faults: Faults) {
    faults.finite("factor", factor)
  }

  override fun outputShape(input: Shape): Shape = input
}

@Serializable
@SerialName("test.hinge")
data class Hinge(val margin: Double = 1.0) : CustomLossSpec() {
  override val task: Task
    get() = Task.CLASSIFICATION

  override val needsBounds: Boolean
    get() = false
}

@Serializable
@SerialName("test.noise")
data class Noise(val samples: Int) : CustomAttackSpec() {
  override fun check(faults: Faults) {
    faults.positive("samples", samples)
  }
}

/** A layer whose author forgot the extension. */
@Serializable
data object Unregistered : CustomLayerSpec() {
  override fun outputShape(input: Shape): Shape = input
}

/** Named in META-INF/services. */
class TestExtension : SpecExtension {
  override val serializers: SerializersModule = SerializersModule {
    polymorphic(LayerSpec::class) { subclass(Scale::class) }
    polymorphic(LossSpec::class) { subclass(Hinge::class) }
    polymorphic(AttackSpec::class) { subclass(Noise::class) }
  }
}

class CustomTypesTest :
  FunSpec({
    fun Experiment.layers(vararg layers: LayerSpec) =
      copy(model = model.copy(layers = layers.toList()))

    val own =
      small
        .layers(Scale(2.0), Residual(listOf(Scale(0.5, "inner"))), Flatten, Dense(10))
        .copy(
          certify = listOf(CertificationSpec(small.perturbation, listOf(Attack(Noise(20)), Ibp)))
        )
        .let { it.copy(train = it.train.copy(loss = 0.5 * Hinge(2.0) + RobustCrossEntropy())) }

    test("layers, losses and attacks of a user's own go through JSON like ours") {
      ExperimentJson.decode(own.toJson()).validated() shouldBe own
    }

    test("their fields can be set") {
      own.with("model.layers[1].layers[0].factor", "0.25").model.layers[1] shouldBe
        Residual(listOf(Scale(0.25, "inner")))
    }

    test("their faults are told with their path") {
      own.layers(Scale(Double.NaN), Flatten, Dense(10)).validate() shouldBe
        listOf(Fault("model.layers[0].factor", "is NaN", "give a finite number"))
      own
        .copy(certify = listOf(CertificationSpec(own.perturbation, listOf(Attack(Noise(0))))))
        .validate() shouldBe
        listOf(Fault("certify[0].steps[0].attack.samples", "is 0", "give a whole number above 0"))
    }

    test("their keys are checked like ours") {
      shouldThrow<InputException> {
          ExperimentJson.decode(own.toJson().replaceFirst("\"factor\"", "\"faktor\""), "x.json")
        }
        .message shouldBe
        """
        x.json has 2 faults
          model.layers[0].faktor  is not a field of test.scale; did you mean "factor"? known fields: factor, label
          model.layers[0].factor  is missing; add a finite number
        """
          .trimIndent()
    }

    test("their tags are offered beside ours") {
      shouldThrow<InputException> {
          ExperimentJson.decode(
            own.toJson().replaceFirst("\"test.scale\"", "\"test.scal\""),
            "x.json",
          )
        }
        .message shouldContain "did you mean \"test.scale\"?"
    }

    test("a type without an extension is refused by name") {
      val message =
        shouldThrow<InputException> { small.layers(Unregistered, Flatten, Dense(10)).toJson() }
          .message
      message shouldContain "experiment \"small\" has no JSON form"
      message shouldContain "Unregistered"
      message shouldContain "bring its serializer with a SpecExtension"
    }
  })
