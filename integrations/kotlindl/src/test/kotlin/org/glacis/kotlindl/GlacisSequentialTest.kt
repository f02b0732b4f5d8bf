package org.glacis.kotlindl

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.floats.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import org.glacis.dsl.linf
import org.glacis.dsl.ramp
import org.glacis.runtime.Glacis
import org.glacis.spec.Experiment
import org.glacis.spec.ExperimentJson
import org.glacis.spec.InitializationSpec
import org.glacis.spec.InvalidExperimentException
import org.jetbrains.kotlinx.dl.api.core.SavingFormat
import org.jetbrains.kotlinx.dl.api.core.TrainableModel
import org.jetbrains.kotlinx.dl.api.core.WritingMode
import org.jetbrains.kotlinx.dl.api.core.activation.Activations
import org.jetbrains.kotlinx.dl.api.core.initializer.RandomNormal
import org.jetbrains.kotlinx.dl.api.core.layer.convolutional.Conv2D
import org.jetbrains.kotlinx.dl.api.core.layer.core.Dense
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input
import org.jetbrains.kotlinx.dl.api.core.layer.reshaping.Flatten
import org.jetbrains.kotlinx.dl.api.core.loss.Losses
import org.jetbrains.kotlinx.dl.api.core.loss.MSE as MseLoss
import org.jetbrains.kotlinx.dl.api.core.metric.MAE
import org.jetbrains.kotlinx.dl.api.core.metric.MSE
import org.jetbrains.kotlinx.dl.api.core.metric.Metrics
import org.jetbrains.kotlinx.dl.api.core.optimizer.Adam
import org.jetbrains.kotlinx.dl.api.core.optimizer.SGD
import org.jetbrains.kotlinx.dl.dataset.Dataset
import org.jetbrains.kotlinx.dl.dataset.OnHeapDataset

/** Somebody's training that only knows KotlinDL. */
private fun trained(model: TrainableModel, train: Dataset, test: Dataset): Double? {
  model.compile(Adam(0.005f), Losses.SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS, Metrics.ACCURACY)
  model.fit(train, epochs = 8, batchSize = 32)
  return model.evaluate(test, batchSize = 100).metrics[Metrics.ACCURACY]
}

class GlacisSequentialTest :
  FunSpec({
    val crossEntropy = Losses.SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS

    test("code that only knows KotlinDL trains on digits") {
      val (train, test) = digits()
      GlacisSequential.of(
          Input(8, 8, 1),
          Conv2D(32, 3, activation = Activations.Relu),
          Flatten(),
          dense(10, Activations.Linear),
        )
        .robust { initialization = InitializationSpec() }
        .use { model ->
          val accuracy = trained(model, train, test) ?: Double.NaN
          accuracy shouldBeGreaterThanOrEqual 0.9
          model.isModelInitialized shouldBe true

          val classes = model.predict(test, batchSize = 50)
          classes.indices.count { classes[it] == test.getY(it).toInt() } / 360.0 shouldBe
            (accuracy plusOrMinus 1e-12)
          val soft = model.predictSoftly(test, batchSize = 50)
          soft[7].sum() shouldBe (1f plusOrMinus 1e-5f)
          model.predictSoftly(test.getX(7)).toList() shouldBe soft[7].toList()
          model.predict(test.getX(7)) shouldBe classes[7]
          model.predict(test.getX(7), "") shouldBe classes[7]
          refused("there is no tensor \"x\"") { model.predict(test.getX(7), "x") }

          val losses = model.history.epochHistory.map { it.lossValue }
          losses.last() shouldBeLessThan losses.first() / 2
          model.history.batchHistory.size shouldBe 8 * 45
        }
    }

    test("robust training on digits gives certificates") {
      val (train, test) = digits()
      digitsModel()
        .robust {
          perturbation = linf(0.02)
          epsilon = ramp(warmup = 2, length = 6)
          seed = 3
        }
        .use { model ->
          model.compile(Adam(0.005f), crossEntropy, Metrics.ACCURACY)
          val history = model.fit(train, test, epochs = 10, trainBatchSize = 32)
          val certification = model.certify(linf(0.02), test)
          certification.rows.size shouldBe 360
          certification.certifiedAccuracy() shouldBeGreaterThan 0.75
          certification.cleanAccuracy() shouldBeGreaterThan 0.87

          val last = history.epochHistory.last()
          last.valMetricValues!![0]!! shouldBe (certification.cleanAccuracy() plusOrMinus 1e-12)
          last.valLossValue!! shouldBe
            (model.evaluate(test, batchSize = 128).lossValue plusOrMinus 1e-9)
          // A robust loss alone never makes the plain pass, whose accuracy is then measured after
          // it.
          history.batchHistory.last().metricValues[0].isNaN() shouldBe true
          last.metricValues[0] shouldBeGreaterThanOrEqual 0.9
        }
    }

    test("KotlinDL's own split for validation works") {
      digitsModel().use { model ->
        model.compile(SGD(0.1f), crossEntropy, Metrics.ACCURACY)
        val history =
          model.fit(
            digits().first,
            validationRate = 0.2,
            epochs = 1,
            trainBatchSize = 64,
            validationBatchSize = 64,
          )
        history.batchHistory.size shouldBe 18
        history.epochHistory[0].valLossValue!!.isNaN() shouldBe false
      }
    }

    test("a regression learns a plane") {
      smallModel(1).use { model ->
        model.compile(Adam(0.02f), MseLoss(), listOf(MSE(), MAE()))
        val history = model.fit(slope(110), slope(40), epochs = 40, trainBatchSize = 16)
        val result = model.evaluate(slope(40))
        result.metrics.keys shouldContainExactly setOf(Metrics.MSE, Metrics.MAE)
        result.lossValue shouldBe (result.metrics.getValue(Metrics.MSE) plusOrMinus 1e-12)
        result.lossValue shouldBeLessThan 0.02
        history.epochHistory.last().metricValues[1].isNaN() shouldBe false
        history.epochHistory.last().valMetricValues!![1]!! shouldBe
          (result.metrics.getValue(Metrics.MAE) plusOrMinus 1e-9)
        model.predictSoftly(floatArrayOf(0.5f, 0.5f))[0] shouldBe (0.5f plusOrMinus 0.3f)
        refused("is for regression and has no classes") { model.predict(points(4), 2) }
      }
    }

    test("one seed gives one network, and a second fit goes on from it") {
      fun fitted(times: Int) =
        smallModel().use { model ->
          model.robust { seed = 5 }
          model.compile(Adam(0.05f), crossEntropy, Metrics.ACCURACY)
          List(times) { model.fit(points(44), epochs = 4, batchSize = 11).epochHistory }
            .map { it.last().lossValue }
        }
      val twice = fitted(2)
      fitted(1)[0] shouldBe (twice[0] plusOrMinus 1e-6)
      twice[1] shouldBeLessThan twice[0]
    }

    fun origin(label: Float) = OnHeapDataset.create(arrayOf(FloatArray(2)), floatArrayOf(label))

    test("what comes too early or is out of range is refused") {
      smallModel().use { model ->
        refused("kotlindl: it is not compiled; call compile(") { model.fit(points(4), 1, 4) }
        model.compile(Adam(), crossEntropy, Metrics.ACCURACY)
        refused("kotlindl: it is not trained yet; call fit(..) first") {
          model.predict(floatArrayOf(0f, 0f))
        }
        refused("train.epochs", "is 0") { model.fit(points(4), 0, 4) }
        refused("data.batch", "is -1") { model.fit(points(4), 1, -1) }
        refused("validationBatchSize is 0") { model.fit(points(4), points(4), 1, 4, 0) }
        refused("has the label 0.5, expected a class") { model.fit(origin(0.5f), 1, 4) }
        refused("label 9", "0 to 1") { model.fit(origin(9f), 1, 4) }
        refused("sample 0 has 64 numbers but the shape [2] has 2") {
          model.fit(digits().second, 1, 4)
        }
        refused("reshape: the network takes [2], not [3]") { model.reshape(3) }
        refused("activations of inner layers") { model.predictAndGetActivations(FloatArray(2)) }
        model.inputDimensions.toList() shouldBe listOf(2L)
        model.shape.toList() shouldBe listOf(1L, 2L)
      }
    }

    test("samples outside the range of the perturbation set are refused") {
      val wide =
        OnHeapDataset.create(
          arrayOf(floatArrayOf(0f, 2f), floatArrayOf(1f, 0f)),
          floatArrayOf(0f, 1f),
        )
      smallModel().use { model ->
        model.compile(Adam(), crossEntropy, Metrics.ACCURACY)
        model.fit(wide, epochs = 1, batchSize = 2)
        refused("2.0 at sample 0", "[0.0, 1.0]") { model.certify(linf(0.1), wide) }
        model.certify(linf(0.1, range = null), wide).rows.size shouldBe 2
        model.robust { perturbation = linf(0.1) }
        refused("2.0 at sample 0") { model.fit(wide, epochs = 1, batchSize = 2) }
      }
    }

    test("initializers without a counterpart are refused until one is declared") {
      GlacisSequential.of(Input(2), Dense(2, kernelInitializer = RandomNormal(), name = "d")).use {
        it.compile(Adam(), crossEntropy, Metrics.ACCURACY)
        refused("Dense \"d\" has the kernelInitializer RandomNormal") { it.fit(points(4), 1, 4) }
        it.robust { initialization = InitializationSpec() }
        it.fit(points(4), 1, 4)
      }
    }

    test("a schedule longer than training is told of as the declaration has it") {
      smallModel().use { model ->
        model.compile(Adam(), crossEntropy, Metrics.ACCURACY)
        model.robust {
          perturbation = linf(0.1)
          epsilon = ramp(warmup = 2, length = 8)
        }
        shouldThrow<InvalidExperimentException> { model.fit(points(4), 5, 4) }.message shouldContain
          "train.epsilon"
      }
    }

    test("saved weights come back, here and as a Glacis network") {
      val folder = tempdir().resolve("model")
      smallModel().use { model ->
        model.compile(Adam(), crossEntropy, Metrics.ACCURACY)
        refused("it is not trained yet") { model.save(folder) }
        model.fit(points(22), epochs = 2, batchSize = 11)
        model.save(folder)
        refused("weights.npz exists", "WritingMode.OVERRIDE") {
          folder.resolve("experiment.json").delete()
          model.save(folder)
        }
        model.save(folder, writingMode = WritingMode.OVERRIDE)
        refused("the format TF_GRAPH is KotlinDL's own") {
          model.save(folder, SavingFormat.TF_GRAPH, writingMode = WritingMode.OVERRIDE)
        }
        val x = floatArrayOf(0.25f, 0.75f)
        val expected = model.predictSoftly(x).toList()

        smallModel().use { other ->
          refused("it is not compiled") { other.loadWeights(folder) }
          other.compile(Adam(), crossEntropy, Metrics.ACCURACY)
          other.loadWeights(folder)
          other.predictSoftly(x).toList() shouldBe expected
          refused("no optimizer state") { other.loadWeights(folder, loadOptimizerState = true) }
          refused("no such file") { other.loadWeights(folder.resolve("nowhere")) }
        }
        val declared: Experiment =
          ExperimentJson.decode(folder.resolve("experiment.json").readText())
        Glacis.load(declared, folder.toPath().resolve("weights.npz")).use {
          it.asInferenceModel().predictSoftly(x).toList() shouldBe expected
        }
        digitsModel().use { other ->
          other.compile(Adam(), crossEntropy, Metrics.ACCURACY)
          refused("does not hold the weights of these layers") { other.loadWeights(folder) }
        }
      }
    }

    test("a copy is independent, with weights where asked") {
      val x = floatArrayOf(0.25f, 0.75f)
      val model = smallModel()
      model.compile(Adam(), crossEntropy, Metrics.ACCURACY)
      model.fit(points(22), epochs = 2, batchSize = 11)
      val expected = model.predictSoftly(x).toList()
      val copy = model.copy("twin", copyWeights = true)
      val bare = model.copy("bare", copyWeights = false) as GlacisSequential
      model.close()
      copy.use {
        it.name shouldBe "twin"
        it.predictSoftly(x).toList() shouldBe expected
      }
      bare.use {
        refused("bare: it is not trained yet") { it.predict(x) }
        it.fit(points(22), epochs = 1, batchSize = 11)
      }
      refused("kotlindl: it is not trained yet") { model.predict(x) }
    }

    test("a model prints itself and its summary without asking KotlinDL's layers to") {
      GlacisSequential.of(
          Input(8, 8, 1, name = "in"),
          Conv2D(4, 3, name = "conv"),
          Flatten("flat"),
          Dense(10, Activations.Linear, name = "out"),
        )
        .use { model ->
          model.toString() shouldBe "GlacisSequential \"kotlindl\" of Input, Conv2D, Flatten, Dense"
          val text = model.summary().format("Summary", '=', '-').joinToString("\n")
          text shouldContain "conv(Conv2D)"
          text shouldContain "Total params: 2610"
        }
    }
  })
