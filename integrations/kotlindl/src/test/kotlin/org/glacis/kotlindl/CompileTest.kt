package org.glacis.kotlindl

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.dsl.adam
import org.glacis.dsl.linf
import org.glacis.dsl.sgd
import org.glacis.spec.CrossEntropy
import org.glacis.spec.IntervalWidth
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.RobustMeanSquaredError
import org.jetbrains.kotlinx.dl.api.core.activation.Activations
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input
import org.jetbrains.kotlinx.dl.api.core.loss.Huber
import org.jetbrains.kotlinx.dl.api.core.loss.Losses
import org.jetbrains.kotlinx.dl.api.core.loss.MSE as MseLoss
import org.jetbrains.kotlinx.dl.api.core.loss.ReductionType
import org.jetbrains.kotlinx.dl.api.core.loss.SoftmaxCrossEntropyWithLogits
import org.jetbrains.kotlinx.dl.api.core.metric.Accuracy
import org.jetbrains.kotlinx.dl.api.core.metric.MAE
import org.jetbrains.kotlinx.dl.api.core.metric.MSE
import org.jetbrains.kotlinx.dl.api.core.metric.MSLE
import org.jetbrains.kotlinx.dl.api.core.metric.Metrics
import org.jetbrains.kotlinx.dl.api.core.optimizer.AdaGrad
import org.jetbrains.kotlinx.dl.api.core.optimizer.Adam
import org.jetbrains.kotlinx.dl.api.core.optimizer.ClipGradientByValue
import org.jetbrains.kotlinx.dl.api.core.optimizer.Momentum
import org.jetbrains.kotlinx.dl.api.core.optimizer.RMSProp
import org.jetbrains.kotlinx.dl.api.core.optimizer.SGD

class CompileTest :
  FunSpec({
    val crossEntropy = Losses.SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS

    test("optimizers keep their settings, as the decimals that were written") {
      optimizerSpec(Adam()) shouldBe adam(0.001, 0.9, 0.999, 1e-7)
      optimizerSpec(Adam(0.01f, 0.8f, 0.99f, 1e-8f)) shouldBe adam(0.01, 0.8, 0.99, 1e-8)
      optimizerSpec(SGD(0.3f)) shouldBe sgd(0.3)
      optimizerSpec(Momentum(0.1f, 0.9f, true)) shouldBe sgd(0.1, 0.9, nesterov = true)
      optimizerSpec(Momentum(0.1f, 0.9f, false)) shouldBe sgd(0.1, 0.9)
    }

    test("other optimizers are refused by name") {
      refused("the optimizer RMSProp has no counterpart", "take Adam, SGD or Momentum") {
        optimizerSpec(RMSProp())
      }
      refused("the optimizer AdaGrad") { optimizerSpec(AdaGrad()) }
      refused("Adam has useNesterov") { optimizerSpec(Adam(useNesterov = true)) }
      refused("the optimizer SGD clips gradients by ClipGradientByValue", "gradientClip") {
        optimizerSpec(SGD(0.1f, ClipGradientByValue(0.1f)))
      }
    }

    test("every compile takes the losses and metrics that exist") {
      smallModel().use { model ->
        model.isModelCompiled shouldBe false
        model.compile(Adam(), crossEntropy, Metrics.ACCURACY)
        model.isModelCompiled shouldBe true
        model.numberOfClasses shouldBe 2
        model.compile(Adam(), crossEntropy, Accuracy())
        model.compile(Adam(), SoftmaxCrossEntropyWithLogits(), Metrics.ACCURACY)
        model.compile(Adam(), SoftmaxCrossEntropyWithLogits(), Accuracy())
        model.experiment(3, 4).train.loss shouldBe CrossEntropy
        model.experiment(3, 4).train.epochs shouldBe 3
        model.experiment(3, 4).data.batch shouldBe 4
      }
      smallModel(1).use { model ->
        model.compile(Adam(), MseLoss(), listOf(MSE(), MAE()))
        model.experiment(3, 4).train.loss shouldBe MeanSquaredError
        model.compile(SGD(), Losses.MSE, Metrics.MAE)
      }
    }

    test("a radius makes the loss robust, and robust { loss } replaces it") {
      smallModel().use { model ->
        model.compile(Adam(), crossEntropy, Metrics.ACCURACY)
        model.robust { perturbation = linf(0.1) }
        model.experiment(1, 1).train.loss shouldBe RobustCrossEntropy()
        model.experiment(1, 1).perturbation shouldBe linf(0.1)
        model.robust { loss = IntervalWidth }
        model.experiment(1, 1).train.loss shouldBe IntervalWidth
        model.experiment(1, 1).perturbation shouldBe linf(0.1)
      }
      smallModel(1).use { model ->
        model.robust { perturbation = linf(0.1) }
        model.compile(Adam(), Losses.MSE, Metrics.MSE)
        model.experiment(1, 1).train.loss shouldBe RobustMeanSquaredError
      }
    }

    test("other losses and metrics are refused by name") {
      smallModel().use { model ->
        refused("the loss HINGE has no counterpart", "SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS or MSE") {
          model.compile(Adam(), Losses.HINGE, Metrics.ACCURACY)
        }
        refused("the loss Huber has no counterpart") {
          model.compile(Adam(), Huber(), Metrics.ACCURACY)
        }
        refused("the loss MSE has the reduction SUM;") {
          model.compile(Adam(), MseLoss(ReductionType.SUM), Metrics.MSE)
        }
        refused("the metric MAE is not for classification; take ACCURACY") {
          model.compile(Adam(), crossEntropy, Metrics.MAE)
        }
        refused("the metric ACCURACY is not for regression; take MSE or MAE") {
          model.compile(Adam(), Losses.MSE, Metrics.ACCURACY)
        }
        refused("the metric MSLE has no counterpart") { model.compile(Adam(), Losses.MSE, MSLE()) }
        refused("there is no metric") {
          model.compile(Adam(), SoftmaxCrossEntropyWithLogits(), emptyList())
        }
        model.isModelCompiled shouldBe false
      }
    }

    test("a softmax at the end is refused for regression") {
      GlacisSequential.of(Input(2), dense(1, Activations.Softmax, "out")).use { model ->
        refused("Dense \"out\" has the activation Softmax but the task is regression") {
          model.compile(Adam(), Losses.MSE, Metrics.MSE)
        }
      }
    }
  })
