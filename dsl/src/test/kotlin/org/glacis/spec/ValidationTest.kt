package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.property.checkAll
import org.glacis.dsl.experiment
import org.glacis.dsl.linf
import org.glacis.dsl.model
import org.glacis.dsl.ramp

class ValidationTest :
  FunSpec({
    test("an experiment without faults has none, and is returned as it is") {
      small.validate().shouldBeEmpty()
      (small.validated() === small) shouldBe true
      everything.validate().shouldBeEmpty()
    }

    test(
      "whatever is declared, the validation answers with faults and never with an exception of its own"
    ) {
      checkAll(1000, Generators.experiments) { experiment ->
        experiment.validate().forEach { fault ->
          (fault.path.isNotBlank() &&
            fault.problem.isNotBlank() &&
            fault.remedy.isNotBlank()) shouldBe true
        }
      }
    }

    context("the name") {
      test("blank") {
        small.copy(name = " ").validate().single().toString() shouldBe "name  is blank; give a name"
      }
    }

    test("everything that is wrong is told at once") {
      faults {
        copy(perturbation = linf(-0.1), data = data.copy(batch = 0))
          .layers(Flatten, Dense(7))
          .withEpochs(5)
          .certifying(linf(0.1))
      } shouldBe
        """
        5 faults
          data.batch            is 0; give a whole number above 0
          model.layers          end with the shape [7] but digits has 10 classes; end with dense(10)
          perturbation.epsilon  is -0.1; give a finite number, 0 or above
          train.epsilon         ends at epoch 10 but training stops at epoch 5; lengthen train.epochs or shorten the schedule
          certify[0].steps      is empty; add a step, such as ibp()
        """
          .trimIndent()
    }

    test("parts that a declaration leaves out are told at once, each with an example") {
      shouldThrow<InvalidExperimentException> { experiment("empty") { seed = 3 } }.message shouldBe
        """
        experiment "empty" has 4 faults
          data          is missing; add data(digits)
          perturbation  is missing; add perturbation(linf(0.1))
          model         is missing; add model { input(28, 28, 1); flatten(); dense(10) }
          train         is missing; add train(10) { }
        """
          .trimIndent()
    }

    test("a model without an input, and a block with one, are refused") {
      shouldThrow<InputException> { model { dense(10) } }.message shouldBe
        "the model declares no input; begin it with input(28, 28, 1)"
      shouldThrow<InputException> {
          model {
            input(4)
            residual {
              input(4)
              dense(4)
            }
          }
        }
        .message shouldBe
        "the residual block declares input(4); leave it out, a block's input is the layer before it"
    }

    test("a faulty declaration in a builder is refused where it ends") {
      shouldThrow<InvalidExperimentException> {
          experiment("long") {
            data(NamedData("digits"))
            perturbation = linf(0.1)
            model {
              input(8, 8, 1)
              flatten()
              dense(10)
            }
            train(epochs = 5) { epsilon = ramp(2, 8) }
          }
        }
        .faults shouldBe
        listOf(
          Fault(
            "train.epsilon",
            "ends at epoch 10 but training stops at epoch 5",
            "lengthen train.epochs or shorten the schedule",
          )
        )
    }
  })
