package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import org.glacis.dsl.diabetes
import org.glacis.dsl.experiment
import org.glacis.dsl.l2
import org.glacis.dsl.linf
import org.glacis.dsl.meanSquaredError

private fun certified(
  heldOut: HeldOut?,
  steps: List<CertificationStep> = listOf(Ibp),
  set: PerturbationSet = linf(0.1),
) =
  small.copy(perturbation = set, certify = listOf(CertificationSpec(set, steps, heldOut = heldOut)))

private fun told(experiment: Experiment) = experiment.validate().map { it.toString() }

class HeldOutTest :
  FunSpec({
    test("a bound is asked for with one verb, in boxes and in balls") {
      val declared =
        experiment("small") {
          data(small.data.source) { batch = 32 }
          perturbation = linf(0.1)
          model(small.model)
          train(epochs = 1)
          certify(linf(0.1)) {
            ibp()
            heldOut()
          }
          certify(l2(0.25)) {
            lipschitzMargin()
            heldOut(delta = 0.05, alpha = 0.02, order = EventOrder.CORRUPT_THEN_SAMPLE)
          }
        }
      declared.certify.map { it.heldOut } shouldBe
        listOf(
          HeldOut(0.01, 0.0, EventOrder.SAMPLE_THEN_CORRUPT),
          HeldOut(0.05, 0.02, EventOrder.CORRUPT_THEN_SAMPLE),
        )
      declared.validate().shouldBeEmpty()
      ExperimentJson.decode(declared.toJson()) shouldBe declared
    }

    test("JSON names it where it is asked for, and has the order where it is not the usual one") {
      certified(null).toJson() shouldNotContain "heldOut"
      val text = certified(HeldOut()).toJson()
      text shouldContain Regex("\"heldOut\": \\{\\s*\"delta\": 0.01,\\s*\"alpha\": 0.0\\s*}")
      certified(HeldOut(order = EventOrder.CORRUPT_THEN_SAMPLE)).toJson() shouldContain
        "\"order\": \"corruptThenSample\""
      val short = text.replace(Regex("\"heldOut\": \\{[^}]*}"), "\"heldOut\": {}")
      ExperimentJson.decode(short) shouldBe certified(HeldOut())
    }

    test("numbers out of range are refused, with the value, and those at the ends are not") {
      told(certified(HeldOut(0.0, 1.5))) shouldBe
        listOf(
          "certify[0].heldOut.delta  is 0.0; give a probability above 0, up to 1, such as 0.01",
          "certify[0].heldOut.alpha  is 1.5; give a share from 0 to 1",
        )
      told(certified(HeldOut(1.01, -0.1))) shouldBe
        listOf(
          "certify[0].heldOut.delta  is 1.01; give a probability above 0, up to 1, such as 0.01",
          "certify[0].heldOut.alpha  is -0.1; give a share from 0 to 1",
        )
      told(certified(HeldOut(Double.NaN, Double.NaN))).size shouldBe 2
      told(certified(HeldOut(1.0, 1.0))).shouldBeEmpty()
      told(certified(HeldOut(1e-300, 0.0))).shouldBeEmpty()
    }

    test("where no step proves anything, or nothing is decided, there is no error to bound") {
      told(certified(HeldOut(), listOf(Attack()))) shouldBe
        listOf(
          "certify[0].heldOut  counts certified samples, but no step proves any; add a step such as ibp()"
        )
      told(certified(HeldOut(), listOf())) shouldBe
        listOf("certify[0].steps  is empty; add a step, such as ibp()")
      shouldThrow<InvalidExperimentException> {
          experiment("regression") {
            data(diabetes) {}
            perturbation = linf(0.1, null)
            model {
              input(10)
              dense(1)
            }
            train(epochs = 1) { loss = meanSquaredError() }
            certify(linf(0.1, null)) {
              ibp()
              heldOut()
            }
          }
        }
        .faults
        .map { it.toString() } shouldBe
        listOf(
          "certify[0].heldOut  counts samples that are not certified, but the task is regression; leave it out"
        )
    }

    test("there is no key by which training samples could be asked for") {
      val text =
        certified(HeldOut()).toJson().replace("\"delta\"", "\"split\": \"train\", \"delta\"")
      shouldThrow<InputException> { ExperimentJson.decode(text) }.message shouldContain
        "certify[0].heldOut.split"
    }
  })
