package org.glacis.kotlindl

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.floats.plusOrMinus
import io.kotest.matchers.shouldBe
import kotlin.math.exp
import org.glacis.dsl.crossEntropy
import org.glacis.dsl.experiment
import org.glacis.dsl.linf
import org.glacis.dsl.meanSquaredError
import org.glacis.dsl.memory
import org.glacis.runtime.Glacis
import org.glacis.runtime.TrainedModel
import org.glacis.runtime.graph.Weights
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.jetbrains.kotlinx.dl.api.inference.InferenceModel
import org.jetbrains.kotlinx.dl.dataset.Dataset

/** Somebody's code that has never heard of Glacis. */
private fun accuracy(model: InferenceModel, dataset: Dataset): Double =
  (0 until dataset.xSize()).count { model.predict(dataset.getX(it)) == dataset.getY(it).toInt() } /
    dataset.xSize().toDouble()

class InferenceModelTest :
  FunSpec({
    /** Outputs are the two inputs themselves. */
    fun identity(task: Task = Task.CLASSIFICATION): TrainedModel =
      Glacis.of(
        experiment("identity") {
          data(memory("points", Shape(2), 2, task))
          perturbation = linf(0.0, range = null)
          model {
            input(2)
            dense(2)
          }
          train(epochs = 1) {
            loss = if (task == Task.CLASSIFICATION) crossEntropy() else meanSquaredError()
          }
        },
        Weights(
          mapOf(
            "layers/0/kernel" to Weights.Entry(intArrayOf(2, 2), floatArrayOf(1f, 0f, 0f, 1f)),
            "layers/0/bias" to Weights.Entry(intArrayOf(2), FloatArray(2)),
          )
        ),
      )

    test("a network serves code that only knows KotlinDL") {
      identity().asInferenceModel().use { model ->
        val right = points(50)
        // Label 1 says that the first number is the larger, whose class here is 0.
        accuracy(model, right) shouldBe
          (0 until 50).count {
            (if (right.x[it][0] >= right.x[it][1]) 0 else 1) == right.y[it].toInt()
          } / 50.0
      }
    }

    test("predictions are the class and the softmax of the logits") {
      identity().asInferenceModel().use { model ->
        model.inputDimensions.toList() shouldBe listOf(2L)
        model.predict(floatArrayOf(0.2f, 0.7f)) shouldBe 1
        val soft = model.predictSoftly(floatArrayOf(0.5f, 0.25f))
        val expected = (1 / (1 + exp(-0.25))).toFloat()
        soft[0] shouldBe (expected plusOrMinus 1e-6f)
        soft.sum() shouldBe (1f plusOrMinus 1e-6f)
        model.toString() shouldBe "Glacis network \"identity\" on [2]"
      }
    }

    test("logits of any size have a softmax") {
      softmax(doubleArrayOf(1e4, 0.0, -1e4)).toList() shouldBe listOf(1.0, 0.0, 0.0)
    }

    test("a regression has predictions and no class") {
      identity(Task.REGRESSION).asInferenceModel().use { model ->
        model.predictSoftly(floatArrayOf(0.5f, 3f)).toList() shouldBe listOf(0.5f, 3f)
        refused("\"identity\" is for regression and has no classes; call predictSoftly") {
          model.predict(floatArrayOf(0.5f, 3f))
        }
      }
    }

    test("the shape is fixed and there is one output") {
      identity().asInferenceModel().use { model ->
        model.reshape(2)
        refused("reshape: the network takes [2], not [1, 2]") { model.reshape(1, 2) }
        refused("there is no tensor \"dense_1\"") {
          model.predictSoftly(floatArrayOf(0f, 0f), "dense_1")
        }
        refused("input 0 has 3 numbers but the network takes 2") { model.predict(FloatArray(3)) }
      }
    }

    test("a copy lives on by itself") {
      val model = identity().asInferenceModel()
      val copy = model.copy("twin", copyWeights = true)
      model.close()
      model.close()
      shouldThrow<IllegalStateException> { model.predict(floatArrayOf(0f, 1f)) }
      copy.use {
        it.predict(floatArrayOf(0f, 1f)) shouldBe 1
        it.toString() shouldBe "Glacis network \"twin\" on [2]"
        refused("saveOptimizerState") { it.copy(saveOptimizerState = true) }
        refused("copyWeights is false") { it.copy(copyWeights = false) }
      }
    }
  })
