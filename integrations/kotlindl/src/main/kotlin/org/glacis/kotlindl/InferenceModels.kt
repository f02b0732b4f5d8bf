@file:JvmName("KotlinDlModels")

package org.glacis.kotlindl

import kotlin.math.exp
import org.glacis.runtime.Glacis
import org.glacis.runtime.TrainedModel
import org.glacis.spec.InputException
import org.glacis.spec.Task
import org.jetbrains.kotlinx.dl.api.inference.InferenceModel

/**
 * This network as KotlinDL knows networks. Both share one native network: closing either is enough,
 * and afterwards neither predicts.
 * * `inputDimensions` is the shape of one sample, without the batch.
 * * `predict` is the class with the largest logit; a network for regression has none and throws an
 *   [InputException].
 * * `predictSoftly` is the softmax of the logits, a number a class, in float32; for regression the
 *   predictions themselves. The network has one output, so a tensor name other than the empty one
 *   is refused.
 * * `reshape` takes only the shape that the network has.
 * * `copy` is an independent network with the same weights.
 *
 * KotlinDL has been quiet upstream since 2023 (0.5.2); this is its `InferenceModel` of that
 * release.
 */
public fun TrainedModel.asInferenceModel(): InferenceModel = GlacisInferenceModel(this)

private class GlacisInferenceModel(private val model: TrainedModel) : InferenceModel {
  private var closed = false

  override val inputDimensions: LongArray
    get() = dimensions(model)

  override fun predict(inputData: FloatArray): Int = classOf(open(), inputData)

  override fun predictSoftly(inputData: FloatArray, predictionTensorName: String): FloatArray {
    refuseTensorName(predictionTensorName)
    return soft(open(), arrayOf(inputData))[0]
  }

  override fun reshape(vararg dims: Long) {
    refuseShape(model, dims)
  }

  override fun copy(
    copiedModelName: String?,
    saveOptimizerState: Boolean,
    copyWeights: Boolean,
  ): InferenceModel {
    refuseCopy(saveOptimizerState, copyWeights)
    val experiment = model.experiment()
    return GlacisInferenceModel(
      Glacis.of(copiedModelName?.let(experiment::withName) ?: experiment, model.weights())
    )
  }

  override fun close() {
    if (!closed) model.close()
    closed = true
  }

  override fun toString(): String =
    "Glacis network \"${model.experiment().name}\" on ${model.experiment().model.input}"

  private fun open(): TrainedModel {
    check(!closed) { "this network is closed" }
    return model
  }
}

internal fun dimensions(model: TrainedModel): LongArray =
  model.experiment().model.input.extents.map(Int::toLong).toLongArray()

internal fun classOf(model: TrainedModel, input: FloatArray): Int =
  classesOf(model, arrayOf(input))[0]

internal fun classesOf(model: TrainedModel, inputs: Array<FloatArray>): IntArray {
  if (model.experiment().task == Task.REGRESSION)
    throw InputException(
      "predict: \"${model.experiment().name}\" is for regression and has no classes; call predictSoftly, which gives its predictions"
    )
  return model.classify(inputs)
}

/** Softmax of the logits, or the predictions of a regression. Samples × outputs. */
internal fun soft(model: TrainedModel, inputs: Array<FloatArray>): Array<FloatArray> {
  val outputs = model.predict(inputs)
  val classifies = model.experiment().task == Task.CLASSIFICATION
  return Array(outputs.size) { i ->
    val row = if (classifies) softmax(outputs[i]) else outputs[i]
    FloatArray(row.size) { row[it].toFloat() }
  }
}

internal fun softmax(logits: DoubleArray): DoubleArray {
  val most = logits.max()
  val powers = DoubleArray(logits.size) { exp(logits[it] - most) }
  val sum = powers.sum()
  return DoubleArray(logits.size) { powers[it] / sum }
}

internal fun refuseTensorName(name: String) {
  if (name.isNotEmpty())
    throw InputException(
      "predictSoftly: there is no tensor \"$name\"; leave the name empty, the network has one output"
    )
}

internal fun refuseShape(model: TrainedModel, dims: LongArray) {
  if (!dims.contentEquals(dimensions(model)))
    throw InputException(
      "reshape: the network takes ${dimensions(model).toList()}, not ${dims.toList()}; its shape is fixed by its declaration"
    )
}

internal fun refuseCopy(saveOptimizerState: Boolean, copyWeights: Boolean) {
  if (saveOptimizerState)
    throw InputException(
      "copy: saveOptimizerState is true but a trained network keeps no optimizer state; leave it out"
    )
  if (!copyWeights)
    throw InputException(
      "copy: copyWeights is false but a network without weights predicts nothing; leave it out"
    )
}
