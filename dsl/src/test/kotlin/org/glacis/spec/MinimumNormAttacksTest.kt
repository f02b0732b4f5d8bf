package org.glacis.spec

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import org.glacis.dsl.carliniWagner
import org.glacis.dsl.deepFool
import org.glacis.dsl.experiment
import org.glacis.dsl.l2
import org.glacis.dsl.linf
import org.glacis.dsl.pgd

/** [small] with one certification. */
private fun certified(
  set: PerturbationSet,
  vararg steps: CertificationStep,
  validation: CertificateValidation? = null,
) =
  small.copy(
    perturbation = set,
    certify = listOf(CertificationSpec(set, steps.toList(), null, validation)),
  )

private fun told(experiment: Experiment) = experiment.validate().map { it.toString() }

class MinimumNormAttacksTest :
  FunSpec({
    test("Carlini-Wagner is quick as it stands: few long steps, a constant that is large at once") {
      carliniWagner() shouldBe CarliniWagner(4, 100, 0.1, 0.0, 1.0, false, null)
      carliniWagner() shouldBe CarliniWagner()
    }

    test("with many steps and searches its numbers are those of the paper") {
      carliniWagner(binarySearchSteps = 6, steps = 8000) shouldBe
        CarliniWagner(6, 8000, 0.01, 0.0, 1.0, true, null)
      carliniWagner(9, 10_000) shouldBe CarliniWagner(9, 10_000, 0.01, 0.0, 1e-3, true, null)
      deepFool() shouldBe DeepFool(50, 10, 0.02)
    }

    test("defaults that follow other numbers are filled in when JSON leaves them out") {
      val text =
        certified(l2(0.5), Attack(CarliniWagner(6, 8000)), LipschitzMargin)
          .toJson()
          .replace(Regex("\"(stepSize|initialConstant|abortEarly)\": [\\w.-]+,\\s*"), "")
      val read = ExperimentJson.decode(text).certify[0].steps[0] as Attack
      read.attack shouldBe CarliniWagner(6, 8000)
    }

    test("a file from before, without validation, is read as one that asks for none") {
      val declared = certified(l2(0.5), LipschitzMargin)
      val before = declared.toJson().replace(Regex(",\\s*\"validateCertificates\": null"), "")
      ("validateCertificates" in before) shouldBe false
      ExperimentJson.decode(before) shouldBe declared
    }

    test("attacks and validation are declared with verbs") {
      val declared =
        experiment("small") {
          data(small.data.source) { batch = 32 }
          perturbation = l2(0.25)
          model(small.model)
          train(epochs = 1)
          certify(l2(0.25)) {
            attack(deepFool())
            lipschitzMargin()
            validateCertificates(carliniWagner(), pgd(), samples = 50)
          }
        }
      declared.certify.single() shouldBe
        CertificationSpec(
          l2(0.25),
          listOf(Attack(DeepFool()), LipschitzMargin),
          null,
          CertificateValidation(listOf(CarliniWagner(), Pgd()), 50),
        )
      ExperimentJson.decode(declared.toJson()) shouldBe declared
      declared.validate().shouldBeEmpty()
      experiment("small") {
          data(small.data.source) {}
          perturbation = l2(0.25)
          model(small.model)
          train(epochs = 1)
          certify(l2(0.25)) { lipschitzMargin().validateCertificates(7, pgd()) }
        }
        .certify
        .single()
        .validateCertificates shouldBe CertificateValidation(listOf(Pgd()), 7)
    }

    test("impossible numbers are told with their paths") {
      val worst = CarliniWagner(0, 0, -1.0, -0.5, 0.0, false, -1)
      told(certified(l2(0.5), Attack(worst), Attack(DeepFool(0, 1, -1.0)))) shouldBe
        listOf(
          "certify[0].steps[0].attack.binarySearchSteps  is 0; give a whole number above 0",
          "certify[0].steps[0].attack.steps  is 0; give a whole number above 0",
          "certify[0].steps[0].attack.stepSize  is -1.0; give a finite number above 0",
          "certify[0].steps[0].attack.confidence  is -0.5; give a finite number, 0 or above",
          "certify[0].steps[0].attack.initialConstant  is 0.0; give a finite number above 0",
          "certify[0].steps[0].attack.target  is -1; give a whole number, 0 or above",
          "certify[0].steps[1].attack.steps  is 0; give a whole number above 0",
          "certify[0].steps[1].attack.candidates  is 1; give 2 or more: the label is one of them",
          "certify[0].steps[1].attack.overshoot  is -1.0; give a finite number, 0 or above",
        )
    }

    test("an attack in l2 is refused for an l-inf set") {
      told(certified(linf(0.1), Attack(DeepFool()))) shouldBe
        listOf(
          "certify[0].steps[0].attack  is ${DeepFool()}, which looks for the nearest point in l2, " +
            "but the set is linf(0.1) in [0.0, 1.0]; take pgd(..), or certify an l2 set"
        )
    }

    test("Carlini-Wagner needs a range, DeepFool does not") {
      told(certified(l2(0.1, null), Attack(CarliniWagner()), Attack(DeepFool()))) shouldBe
        listOf(
          "certify[0].steps[0].attack  is ${CarliniWagner()}, which needs the range of the data, " +
            "but the set is l2(0.1) without limits; give the set a range, or take deepFool()"
        )
    }

    test(
      "a loss trains on the worst points of a set: an attack that looks for the nearest is refused"
    ) {
      val declared =
        small.copy(train = small.train.copy(loss = Adversarial(), attack = CarliniWagner()))
      told(declared) shouldBe
        listOf(
          "train.attack  is ${CarliniWagner()}, which looks for the nearest wrong point, not for " +
            "the worst of a set; take pgd(..), and this attack in a certification of an l2 set"
        )
    }

    test("radii that nothing proves cannot be validated") {
      told(
        certified(
          l2(0.5),
          Ibp,
          validation = CertificateValidation(listOf(Pgd(0), Pgd(epsilonFactor = 2.0)), 0),
        )
      ) shouldBe
        listOf(
          "certify[0].validateCertificates.samples  is 0; give a whole number above 0",
          "certify[0].validateCertificates.attacks[0].steps  is 0; give a whole number above 0",
          "certify[0].validateCertificates.attacks[1].epsilonFactor  is 2.0 but a certification " +
            "attacks its own set; leave it out",
          "certify[0].validateCertificates  compares distances with proved radii, but no step " +
            "proves one; add the step lipschitzMargin()",
        )
      told(certified(linf(0.1), Ibp, validation = CertificateValidation(emptyList()))) shouldBe
        listOf(
          "certify[0].validateCertificates.attacks  is empty; add an attack, such as carliniWagner()",
          "certify[0].validateCertificates  compares distances with proved radii, but " +
            "linf(0.1) in [0.0, 1.0] has none; leave it out",
        )
    }
  })
