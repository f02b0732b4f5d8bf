package org.glacis.kotlindl

import org.glacis.spec.CrossEntropy
import org.glacis.spec.InputException
import org.glacis.spec.LossSpec
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.RobustMeanSquaredError
import org.glacis.spec.Task
import org.jetbrains.kotlinx.dl.api.core.loss.LossFunction
import org.jetbrains.kotlinx.dl.api.core.loss.Losses
import org.jetbrains.kotlinx.dl.api.core.loss.MSE as MseLoss
import org.jetbrains.kotlinx.dl.api.core.loss.ReductionType
import org.jetbrains.kotlinx.dl.api.core.loss.SoftmaxCrossEntropyWithLogits
import org.jetbrains.kotlinx.dl.api.core.metric.Accuracy
import org.jetbrains.kotlinx.dl.api.core.metric.MAE
import org.jetbrains.kotlinx.dl.api.core.metric.MSE
import org.jetbrains.kotlinx.dl.api.core.metric.Metric
import org.jetbrains.kotlinx.dl.api.core.metric.Metrics

/** What `compile` was given, in our words: what a model is for and how it is measured. */
internal data class Objective(val task: Task, val metrics: List<Metrics>) {
  init {
    if (metrics.isEmpty())
      throw InputException("compile: there is no metric; give ${fitting().joinToString(" or ")}")
    metrics.forEach {
      if (it !in fitting())
        throw InputException(
          "compile: the metric $it is not for $task; take ${fitting().joinToString(" or ")}"
        )
    }
  }

  /** The loss of training: the clean one, or its robust form where inputs are perturbed. */
  fun loss(robust: Boolean): LossSpec =
    when (task) {
      Task.CLASSIFICATION -> if (robust) RobustCrossEntropy() else CrossEntropy
      Task.REGRESSION -> if (robust) RobustMeanSquaredError else MeanSquaredError
    }

  private fun fitting() =
    if (task == Task.CLASSIFICATION) listOf(Metrics.ACCURACY) else listOf(Metrics.MSE, Metrics.MAE)
}

internal fun taskOf(loss: Losses): Task =
  when (loss) {
    Losses.SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS -> Task.CLASSIFICATION
    Losses.MSE -> Task.REGRESSION
    else -> throw noLoss(loss.name)
  }

/** KotlinDL's cross-entropy is a mean whatever reduction it is given; its MSE follows it. */
internal fun taskOf(loss: LossFunction): Task =
  when (loss) {
    is SoftmaxCrossEntropyWithLogits -> Task.CLASSIFICATION
    is MseLoss -> {
      if (loss.reductionType != ReductionType.SUM_OVER_BATCH_SIZE)
        throw InputException(
          "compile: the loss MSE has the reduction ${loss.reductionType}; " +
            "take ReductionType.SUM_OVER_BATCH_SIZE, the mean"
        )
      Task.REGRESSION
    }
    else -> throw noLoss(loss::class.simpleName.orEmpty())
  }

internal fun metricOf(metric: Metric): Metrics =
  when (metric) {
    is Accuracy -> Metrics.ACCURACY
    is MSE -> Metrics.MSE
    is MAE -> Metrics.MAE
    else ->
      throw InputException(
        "compile: the metric ${metric::class.simpleName} has no counterpart; take Accuracy, MSE or MAE"
      )
  }

private fun noLoss(name: String) =
  InputException(
    "compile: the loss $name has no counterpart; take SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS or MSE, " +
      "or declare robust { loss = .. } beside one of them"
  )
