package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import org.glacis.dsl.binaryHkr
import org.glacis.dsl.categoricalHinge
import org.glacis.dsl.experiment
import org.glacis.dsl.hinge
import org.glacis.dsl.hkr
import org.glacis.dsl.kr
import org.glacis.dsl.l2
import org.glacis.dsl.linear
import org.glacis.dsl.lseHkr
import org.glacis.dsl.mnist
import org.glacis.dsl.multiMargin
import org.glacis.dsl.multiclassHkr
import org.glacis.dsl.softHkr
import org.glacis.dsl.temperatureCrossEntropy

private val SOUND: Experiment =
  experiment("lipschitz") {
    data(mnist) {}
    perturbation = l2(0.5)
    model {
      input(28, 28, 1)
      flatten()
      spectralDense(32)
      groupSort(2)
      frobeniusDense(10)
    }
    train(epochs = 10) { loss = multiclassHkr() }
  }

private fun lipschitz(
  loss: LossSpec = multiclassHkr(),
  classes: List<Int> = emptyList(),
  lipschitz: Double = 1.0,
): Experiment {
  val outputs = FrobeniusDense(if (classes.isEmpty()) 10 else classes.size)
  return SOUND.copy(
    data = SOUND.data.copy(classes = classes),
    model =
      SOUND.model.copy(layers = SOUND.model.layers.dropLast(1) + outputs, lipschitz = lipschitz),
    train = SOUND.train.copy(loss = loss),
  )
}

private fun faults(experiment: Experiment): String =
  experiment.validate().joinToString("\n") { it.toString() }

/** Faults of losses of 1-Lipschitz networks, of chosen classes and of a network's constant. */
class MarginLossValidationTest :
  FunSpec({
    test("losses with sound numbers have no fault") {
      listOf(
          kr(),
          hinge(0.5),
          multiclassHkr(0.0, 0.1),
          hkr(linear(1, 10, 0.0, 100.0)),
          softHkr(),
          lseHkr(),
          multiMargin(),
          categoricalHinge(),
          temperatureCrossEntropy(3.0),
        )
        .forEach { lipschitz(it).validate().shouldBeEmpty() }
      lipschitz(binaryHkr(), listOf(0, 8)).validate().shouldBeEmpty()
    }

    test("a weight below 0, and a margin or a temperature that is not above 0") {
      faults(lipschitz(multiclassHkr(-1.0, 0.0))) shouldBe
        "train.loss.alpha  goes down to -1.0; give values of 0 or above\n" +
          "train.loss.minMargin  goes down to 0.0; give values above 0"
      faults(lipschitz(hkr(linear(1, 5, 1.0, -2.0)))) shouldBe
        "train.loss.alpha  goes down to -2.0; give values of 0 or above"
      faults(lipschitz(softHkr(temperature = 0.0))) shouldBe
        "train.loss.temperature  is 0.0; give a finite number above 0"
      faults(lipschitz(lseHkr(penalty = Double.NaN))) shouldBe
        "train.loss.penalty  is NaN; give a finite number above 0"
      faults(lipschitz(temperatureCrossEntropy(-3.0))) shouldBe
        "train.loss.temperature  goes down to -3.0; give values above 0"
      faults(lipschitz(hinge(Double.POSITIVE_INFINITY))) shouldBe
        "train.loss.minMargin.value  is Infinity; give a finite number"
    }

    test("a share of the hinge becomes a weight, and a share of 1 is the hinge alone") {
      alphaOfShare(0.0) shouldBe 0.0
      alphaOfShare(100.0 / 101) shouldBe (100.0 plusOrMinus 1e-9)
      shouldThrow<IllegalArgumentException> { alphaOfShare(1.0) }.message shouldBe
        "the share of the hinge is 1.0; give a number from 0 to below 1, or take hinge() alone for 1"
    }

    test("classes that do not exist, or twice the same, or only one") {
      faults(lipschitz(classes = listOf(0, 10))) shouldBe
        "data.classes  has 10; give classes from 0 to 9"
      faults(lipschitz(classes = listOf(3, 3))) shouldBe
        "data.classes  is [3, 3]; give two or more different classes"
    }

    test("the network has an output for each class that is chosen") {
      val two = lipschitz(classes = listOf(0, 8))
      faults(two.copy(model = lipschitz().model)) shouldBe
        "model.layers  end with the shape [10] but mnist has 2 classes; end with dense(2)"
      two.data.facts!!.classNames shouldBe listOf("0", "8")
    }

    test("a constant is above 0, and constrained layers hold it, each the same share") {
      faults(lipschitz(lipschitz = 0.0)) shouldBe
        "model.lipschitz  is 0.0; give a finite number above 0"
      val free = ModelSpec(Shape(4), listOf(Dense(2)), lipschitz = 2.0)
      Faults().also { free.check(it.at("model")) }.all().joinToString() shouldBe
        "model.lipschitz  is 2.0 but no layer is constrained; take layers such as spectralDense(64), or leave it out"
      lipschitz(lipschitz = 9.0).model.lipschitzShare shouldBe (3.0 plusOrMinus 1e-12)
    }
  })
