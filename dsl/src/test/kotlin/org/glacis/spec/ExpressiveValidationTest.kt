package org.glacis.spec

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import org.glacis.dsl.adversarial
import org.glacis.dsl.ccIbp
import org.glacis.dsl.constant
import org.glacis.dsl.crossEntropy
import org.glacis.dsl.crownIbp
import org.glacis.dsl.expIbp
import org.glacis.dsl.fgsm
import org.glacis.dsl.ibp
import org.glacis.dsl.l2
import org.glacis.dsl.linear
import org.glacis.dsl.linf
import org.glacis.dsl.mtlIbp
import org.glacis.dsl.pgd
import org.glacis.dsl.robustCrossEntropy
import org.glacis.dsl.sabr
import org.glacis.dsl.warmUpRegularizer

/** Faults of expressive losses, attacks in training, batch normalisation and warm-up. */
class ExpressiveValidationTest :
  FunSpec({
    test("an experiment with everything of them has none") { expressive.validate().shouldBeEmpty() }

    context("the loss:") {
      test("coefficients outside of 0 to 1, or no numbers") {
        val attack = pgd(steps = 1)
        for ((loss, name) in
          listOf(
            ccIbp(-0.1) to "alpha",
            mtlIbp(-0.1) to "alpha",
            expIbp(-0.1) to "alpha",
            sabr(-0.1) to "lambda",
          )) faults { training { copy(loss = loss, attack = attack) } } shouldBe
          "1 fault\n  train.loss.$name  is -0.1; give a number from 0 to 1"
        faults { training { copy(loss = sabr(1.1), attack = attack) } } shouldBe
          "1 fault\n  train.loss.lambda  is 1.1; give a number from 0 to 1"
        faults {
          training { copy(loss = crossEntropy() + mtlIbp(Double.NaN), attack = attack) }
        } shouldBe "1 fault\n  train.loss.terms[1].loss.alpha  is NaN; give a number from 0 to 1"
      }
      test("a share of the clean loss outside of 0 to 1") {
        for (loss in
          listOf(ibp(linear(1, 5, 1.5, -0.5)), crownIbp(linear(1, 5, 1.5, -0.5)))) faults {
          training { copy(loss = loss) }
        } shouldBe "1 fault\n  train.loss.kappa  goes from -0.5 to 1.5; give values from 0 to 1"
        faults { training { copy(loss = ibp(constant(Double.NaN))) } } shouldBe
          "1 fault\n  train.loss.kappa.value  is NaN; give a finite number"
      }
      test("a share of the clean loss that still moves when training stops") {
        val problem =
          "ends at epoch 20 but training stops at epoch 10; lengthen train.epochs or shorten the schedule"
        for (loss in listOf(ibp(linear(1, 20)), crownIbp(linear(1, 20)))) faults {
          training { copy(loss = loss) }
        } shouldBe "1 fault\n  train.loss.kappa  $problem"
        faults { training { copy(loss = crossEntropy() + 2.0 * ibp(linear(1, 20))) } } shouldBe
          "1 fault\n  train.loss.terms[1].loss.kappa  $problem"
      }
      test("small boxes in a ball") {
        val attack = pgd(steps = 1)
        val problem =
          "is ${sabr(0.5)}, but a small box around a point of l2 need not lie in it; take linf(..), or another loss"
        val ball = expressive.copy(perturbation = l2(0.5), certify = emptyList())
        fun found(loss: LossSpec) =
          ball.copy(train = ball.train.copy(loss = loss, attack = attack)).validate().map {
            "${it.path}  ${it.problem}; ${it.remedy}"
          }
        found(sabr(0.5)) shouldBe listOf("train.loss  $problem")
        found(crossEntropy() + sabr(0.5)) shouldBe listOf("train.loss.terms[1].loss  $problem")
        found(mtlIbp(0.5)).shouldBeEmpty()
      }
      test("margins that are fused and mixed at once") {
        faults { training { copy(loss = crownIbp(fusion = true)) } } shouldBe
          "1 fault\n  train.loss.fusion  is true and so is mixing, but a fused bound has no margins to mix; set one of them to false"
      }
    }

    context("the attack:") {
      test("none where the loss needs one") {
        for (loss in
          listOf(adversarial(), ccIbp(0.5), mtlIbp(0.5), expIbp(0.5), sabr(0.5))) faults {
          training { copy(loss = loss) }
        } shouldBe
          "1 fault\n  train.attack  is missing but the loss $loss needs one; add attack = pgd(steps = 1, stepSize = 10.0)"
        faults { training { copy(loss = crossEntropy() + sabr(0.5)) } }.lines()[1].trim() shouldBe
          "train.attack  is missing but the loss ${crossEntropy() + sabr(0.5)} needs one; add attack = pgd(steps = 1, stepSize = 10.0)"
      }
      test("impossible numbers") {
        faults {
          training {
            copy(
              attack = Pgd(0, -1.0, 0, decay = 1.5, decayAt = listOf(0.5, 1.0), epsilonFactor = 0.0)
            )
          }
        } shouldBe
          """
          6 faults
            train.attack.steps          is 0; give a whole number above 0
            train.attack.stepSize       is -1.0; give a finite number above 0
            train.attack.restarts       is 0; give a whole number above 0
            train.attack.decay          is 1.5; give a number above 0, 1 at most
            train.attack.decayAt[1]     is 1.0; give a share of the steps between 0 and 1
            train.attack.epsilonFactor  is 0.0; give a finite number above 0
          """
            .trimIndent()
      }
      test("several starts from one point") {
        faults { certifying(linf(0.02), Attack(fgsm().copy(restarts = 3))) } shouldBe
          "1 fault\n  certify[0].steps[0].attack.restarts  is 3 but every start is the input; give 1, or set randomStart to true"
      }
    }

    context("the training:") {
      test("impossible radii and weights") {
        faults {
          training { copy(epsilonFactor = 0.0, leastEpsilon = -1.0, l1 = Double.NaN) }
        } shouldBe
          """
          3 faults
            train.epsilonFactor  is 0.0; give a finite number above 0
            train.leastEpsilon   is -1.0; give a finite number, 0 or above
            train.l1             is NaN; give a finite number, 0 or above
          """
            .trimIndent()
      }
      test("a regulariser with impossible numbers") {
        faults {
          training {
            copy(regularizer = WarmUpRegularizer(-1.0, 0.0, Double.NaN, true, emptyList(), 0))
          }
        } shouldBe
          """
          5 faults
            train.regularizer.weight     is -1.0; give a finite number, 0 or above
            train.regularizer.tolerance  is 0.0; give a finite number above 0
            train.regularizer.radius     is NaN; give a finite number above 0
            train.regularizer.terms      is empty; give tightness, relu, or both
            train.regularizer.lastEpoch  is 0; give a whole number above 0
          """
            .trimIndent()
      }
      test("a regulariser of intervals where no loss has any") {
        faults {
          training { copy(loss = CrossEntropy, regularizer = warmUpRegularizer()) }
        } shouldBe
          "1 fault\n  train.regularizer  is set but the loss CrossEntropy has no intervals to hold tight; leave it out, or take a loss over bounds, such as ibp()"
        small
          .training {
            copy(loss = crossEntropy() + robustCrossEntropy(), regularizer = warmUpRegularizer())
          }
          .validate()
          .shouldBeEmpty()
      }
      test("a regulariser that no epoch has") {
        faults {
          training { copy(epsilon = Constant(1.0), regularizer = warmUpRegularizer()) }
        } shouldBe
          "1 fault\n  train.regularizer  is set but ends with the epsilon schedule, which is Constant(value=1.0) from the start; give it a lastEpoch, or let epsilon grow"
        faults { training { copy(regularizer = WarmUpRegularizer(lastEpoch = 1000)) } } shouldBe
          "1 fault\n  train.regularizer.lastEpoch  is 1000 but training stops at epoch ${small.train.epochs}; lengthen train.epochs or end it earlier"
        small
          .training {
            copy(epsilon = Constant(1.0), regularizer = WarmUpRegularizer(lastEpoch = 1))
          }
          .validate()
          .shouldBeEmpty()
      }
      test("an attack on the divergence that begins where it has no slope") {
        faults {
          training {
            copy(attack = Pgd(2, 0.5, randomStart = false, objective = AttackObjective.KL))
          }
        } shouldBe
          "1 fault\n  train.attack.objective  is kl but every start is the input, where the divergence has no slope; set randomStart to true, or take another objective"
      }
      test("a certification that attacks another set than its own") {
        faults {
          copy(
            certify =
              listOf(CertificationSpec(perturbation, listOf(Attack(Pgd(epsilonFactor = 2.0)), Ibp)))
          )
        } shouldBe
          "1 fault\n  certify[0].steps[0].attack.epsilonFactor  is 2.0 but a certification attacks its own set; leave it out"
      }
      test("statistics of a batch that does not exist yet") {
        faults {
          training { copy(batchNorm = BatchNormStatistics(attack = StatisticsOf.ADVERSARIAL)) }
        } shouldBe
          "1 fault\n  train.batchNorm.attack  is adversarial, but there is no adversarial batch before the attack; take clean or population"
      }
      test("an average of weights whose statistics nobody estimates") {
        val never = BatchNormStatistics()
        expressive.training { copy(batchNorm = never) }.validate().single().toString() shouldBe
          "train.averaging  averages weights, but model.layers[1] has running statistics, and their mean is not what the averaged weights have; set train.batchNorm.reestimated to true, or leave averaging out"
        val block = Residual(listOf(Relu, BatchNorm()))
        val inner = expressive.model.copy(layers = listOf(block, Flatten, Dense(10)))
        expressive
          .copy(model = inner)
          .training { copy(batchNorm = never) }
          .validate()
          .single()
          .problem shouldContain "model.layers[0].layers[1] has"
        val beside = Residual(listOf(Relu), listOf(BatchNorm()))
        expressive
          .copy(model = inner.copy(layers = listOf(beside, Flatten, Dense(10))))
          .training { copy(batchNorm = never) }
          .validate()
          .single()
          .problem shouldContain "model.layers[0].shortcut[0] has"
        val without = expressive.model.copy(layers = listOf(Flatten, Dense(10)))
        expressive
          .copy(model = without)
          .training { copy(batchNorm = never) }
          .validate()
          .shouldBeEmpty()
      }
      test("optimisers with impossible numbers") {
        faults { training { copy(optimizer = AdamW(0.0, 1.0, -0.1, 0.0, -1.0)) } } shouldBe
          """
          5 faults
            train.optimizer.learningRate  is 0.0; give a finite number above 0
            train.optimizer.beta1         is 1.0; give a number from 0 to below 1
            train.optimizer.beta2         is -0.1; give a number from 0 to below 1
            train.optimizer.epsilon       is 0.0; give a finite number above 0
            train.optimizer.weightDecay   is -1.0; give a finite number, 0 or above
          """
            .trimIndent()
        faults { training { copy(optimizer = RAdam(beta2 = 1.0)) } } shouldBe
          "1 fault\n  train.optimizer.beta2  is 1.0; give a number from 0 to below 1"
        faults { training { copy(optimizer = Sgd(weightDecay = Double.NaN)) } } shouldBe
          "1 fault\n  train.optimizer.weightDecay  is NaN; give a finite number, 0 or above"
      }
    }

    test("batch normalisation with impossible numbers") {
      faults { layers(BatchNorm(0.0, 0.0), BatchNorm(1.5), Flatten, Dense(10)) } shouldBe
        """
        3 faults
          model.layers[0].momentum  is 0.0; give a number above 0, 1 at most
          model.layers[0].epsilon   is 0.0; give a finite number above 0
          model.layers[1].momentum  is 1.5; give a number above 0, 1 at most
        """
          .trimIndent()
    }
  })
