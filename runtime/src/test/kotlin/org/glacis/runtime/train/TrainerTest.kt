package org.glacis.runtime.train

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import org.glacis.runtime.Glacis
import org.glacis.runtime.RunOptions
import org.glacis.runtime.data.Dataset
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.graph.WeightsFile
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.Adam
import org.glacis.spec.BiasInitializer
import org.glacis.spec.Constant
import org.glacis.spec.CrossEntropy
import org.glacis.spec.DataSpec
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Every
import org.glacis.spec.Experiment
import org.glacis.spec.InMemory
import org.glacis.spec.InitializationSpec
import org.glacis.spec.InputException
import org.glacis.spec.IntervalWidth
import org.glacis.spec.Linear
import org.glacis.spec.Linf
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.ModelSpec
import org.glacis.spec.NamedData
import org.glacis.spec.Relu
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.RobustMeanSquaredError
import org.glacis.spec.Sgd
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.glacis.spec.Term
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WeightedSum

/** Sample i has the target i and the input 0: a step of one sample shows in its loss, i squared. */
private val NUMBERED =
  Samples.regression(Shape(1), FloatArray(11), FloatArray(11) { it.toFloat() }, 1)

private fun numbered(batch: Int, epochs: Int, shuffle: Boolean, dropLast: Boolean) =
  Experiment(
    "numbered",
    DataSpec(InMemory("numbered", Shape(1), 1, Task.REGRESSION), batch, 0.0),
    Linf(Epsilon(0.0), null),
    ModelSpec(Shape(1), listOf(Dense(1, bias = false))),
    TrainingSpec(
      epochs,
      MeanSquaredError,
      optimizer = Sgd(1e-30),
      shuffle = shuffle,
      dropLast = dropLast,
    ),
  )

private fun recorded(experiment: Experiment, data: Dataset): Recorder {
  val recorder = Recorder()
  val options = RunOptions.defaults().withDevice(ONE_THREAD).withDataset(data)
  Glacis.train(experiment, options.withListener(recorder)).close()
  return recorder
}

private fun orders(shuffle: Boolean): List<List<Int>> =
  recorded(numbered(1, 3, shuffle, false), Dataset.of("numbered", NUMBERED, NUMBERED))
    .losses
    .map { Math.round(Math.sqrt(it.toDouble())).toInt() }
    .chunked(11)

private infix fun Weights.shouldHardlyDifferFrom(other: Weights) {
  paths() shouldBe other.paths()
  for (path in paths()) {
    val theirs = other[path].values
    this[path].values.forEachIndexed { i, value ->
      Math.abs(value - theirs[i]).toDouble() shouldBeLessThan 1e-20
    }
  }
}

class TrainerTest :
  FunSpec({
    test("samples come in the order of the data where they are not shuffled") {
      orders(false) shouldBe List(3) { (0..10).toList() }
    }

    test("shuffled samples come once an epoch each, in a new order every epoch") {
      val epochs = orders(true)
      epochs shouldHaveSize 3
      for (order in epochs) order.sorted() shouldBe (0..10).toList()
      epochs.toSet() shouldHaveSize 3
      epochs[0] shouldNotBe (0..10).toList()
      orders(true) shouldBe epochs
    }

    test("the last batch is smaller, or left out") {
      val data = Dataset.of("numbered", NUMBERED, NUMBERED)
      recorded(numbered(4, 2, false, false), data).sizes shouldBe listOf(4, 4, 3, 4, 4, 3)
      val dropped = recorded(numbered(4, 2, false, true), data)
      dropped.sizes shouldBe listOf(4, 4, 4, 4)
      // Epoch figures are means over samples, not over batches.
      dropped.epochs[0].values.getValue("loss") shouldBe
        ((0..7).sumOf { it * it } / 8.0 plusOrMinus 1e-6)
      recorded(numbered(4, 1, false, false), data).epochs[0].values.getValue("loss") shouldBe
        ((0..10).sumOf { it * it } / 11.0 plusOrMinus 1e-6)
    }

    test("a batch that no epoch can fill is refused, and leaves no files") {
      inFolder { folder ->
        val out = folder.resolve("run")
        val options =
          RunOptions.defaults().withDataset(Dataset.of("numbered", NUMBERED, NUMBERED)).withOut(out)
        val fault =
          shouldThrow<InputException> { Glacis.run(numbered(12, 1, false, true), options) }
        fault.message.orEmpty() shouldContain "take a smaller batch"
        Files.exists(out.resolve("experiment.json")) shouldBe false
      }
    }

    test("a ramp by epochs keeps its radius through an epoch, as the records say") {
      val ramp = Linear(start = 3, length = 4, every = Every.EPOCH)
      val recorder = Recorder()
      val experiment =
        toy(train = TrainingSpec(6, RobustCrossEntropy(), ramp, Adam(0.01)), epochs = 6)
      Glacis.train(experiment, TOY_OPTIONS.withListener(recorder)).close()
      recorder.epochs
        .map { it.values.getValue("epsilon") / 0.05 }
        .zip(listOf(0.0, 0.0, 0.25, 0.5, 0.75, 1.0)) { actual, expected ->
          actual shouldBe (expected plusOrMinus 1e-12)
        }
    }

    test("a learning rate of 1e30 stops the run, and no broken weights are kept") {
      inFolder { folder ->
        val out = folder.resolve("run")
        val experiment = toy(train = TrainingSpec(3, RobustCrossEntropy(), optimizer = Sgd(1e30)))
        val fault =
          shouldThrow<NotFiniteException> { Glacis.run(experiment, TOY_OPTIONS.withOut(out)) }
        val message = fault.message.orEmpty()
        withClue(message) {
          message shouldContain "step "
          message shouldContain "(epoch 1)"
          message shouldContain "the first tensor that is not finite is "
          message shouldContain "learningRate"
        }
        Files.exists(out.resolve("checkpoint/last.npz")) shouldBe false
        Files.exists(out.resolve("weights.npz")) shouldBe false
      }
    }

    test("weights that break in the last step of all are not handed out") {
      // One step of one epoch; the gradient is finite but the update overflows.
      val experiment =
        toy(
          train = TrainingSpec(1, CrossEntropy, optimizer = Sgd(1e38)),
          batch = 46,
          model = ModelSpec(Shape(4), listOf(Dense(3))),
        )
      val large =
        Samples.table(Shape(4), FloatArray(46 * 4) { 100f * (it % 7 - 3) }, IntArray(46) { it % 3 })
      val options = TOY_OPTIONS.withDataset(Dataset.of("toy", large, large))
      shouldThrow<NotFiniteException> { Glacis.train(experiment, options).close() }
    }

    test("data too large for float32 arithmetic stop the run, and the checkpoint stays good") {
      inFolder { folder ->
        val values = TOY_DATA.train().values().clone()
        // Steps come in the order of the data: the huge sample is the last of all.
        values[values.size - 1] = 3e38f
        val train = Samples.table(Shape(4), values, TOY_DATA.train().labels())
        val out = folder.resolve("run")
        val interruption = Interruption()
        val experiment =
          toy(
            train =
              TrainingSpec(
                3,
                WeightedSum(listOf(Term(CrossEntropy), Term(RobustCrossEntropy()))),
                shuffle = false,
              ),
            model = ModelSpec(Shape(4), listOf(Dense(30), Relu, Dense(30), Relu, Dense(3))),
          )
        val options =
          TOY_OPTIONS.withDataset(Dataset.of("toy", train, TOY_DATA.test())).withOut(out)
        Glacis.run(
          experiment,
          options.withInterruption(interruption).withListener(StopAfter(2, interruption)),
        )
        val checkpoint = Files.readAllBytes(out.resolve("checkpoint/last.npz")).toList()
        val fault =
          shouldThrow<NotFiniteException> { Glacis.run(experiment, options.withResume(true)) }
        fault.message.orEmpty() shouldContain "step 5 (epoch 1)"
        Files.readAllBytes(out.resolve("checkpoint/last.npz")).toList() shouldBe checkpoint
      }
    }

    test("a warm start begins where the radius begins, from the given weights") {
      inFolder { folder ->
        val first = folder.resolve("first")
        val plain = ModelSpec(Shape(4), listOf(Dense(12), Relu, Dense(3)))
        val ramp = Linear(start = 3, length = 2)
        Glacis.run(
          toy(train = TrainingSpec(2, CrossEntropy), model = plain),
          TOY_OPTIONS.withOut(first),
        )
        val recorder = Recorder()
        val warm = TrainingSpec(4, BOTH, ramp, Sgd(1e-30), warmStart = first.toString())
        Glacis.train(toy(train = warm, model = plain), TOY_OPTIONS.withListener(recorder)).use {
          recorder.firstEpochs shouldBe listOf(3)
          recorder.epochs.map(EpochRecord::epoch) shouldBe listOf(3, 4)
          it.weights() shouldHardlyDifferFrom WeightsFile.read(first.resolve("weights.npz"))
        }
        val file = first.resolve("weights.npz").toString()
        Glacis.train(toy(train = warm.copy(warmStart = file), model = plain), TOY_OPTIONS).use {
          it.weights() shouldHardlyDifferFrom WeightsFile.read(first.resolve("weights.npz"))
        }
      }
    }

    test("a warm start from a network of other layers is refused, and leaves no files") {
      inFolder { folder ->
        val first = folder.resolve("first")
        Glacis.run(
          toy(
            train = TrainingSpec(1, CrossEntropy),
            model = ModelSpec(Shape(4), listOf(Dense(12), Relu, Dense(3))),
          ),
          TOY_OPTIONS.withOut(first),
        )
        val warm = TrainingSpec(4, BOTH, warmStart = first.toString())
        val others =
          mapOf(
            listOf(Dense(13), Relu, Dense(3)) to "layers/0/kernel of shape [4, 12]",
            listOf(Dense(12), Relu, Dense(12), Relu, Dense(3)) to "layers/2/kernel",
            listOf(Dense(12), Relu, Dense(3), Relu, Dense(3)) to "lacks layers/4/kernel",
            listOf(Dense(12, false), Relu, Dense(3)) to "has no such weights",
          )
        for ((layers, what) in others) {
          val out = folder.resolve("second")
          val fault =
            shouldThrow<InputException> {
              Glacis.run(
                toy(train = warm, model = ModelSpec(Shape(4), layers)),
                TOY_OPTIONS.withOut(out),
              )
            }
          withClue(fault.message) {
            fault.message.orEmpty() shouldContain what
            fault.message.orEmpty() shouldContain "train.warmStart"
            Files.exists(out.resolve("experiment.json")) shouldBe false
          }
        }
        shouldThrow<InputException> {
            Glacis.train(
              toy(train = warm.copy(warmStart = folder.resolve("none").toString())),
              TOY_OPTIONS,
            )
          }
          .message
          .orEmpty() shouldContain "no such file"
      }
    }

    test("a warm started run resumes as it would have gone on") {
      inFolder { folder ->
        val first = folder.resolve("first")
        val plain = ModelSpec(Shape(4), listOf(Dense(12), Relu, Dense(3)))
        Glacis.run(
          toy(train = TrainingSpec(1, CrossEntropy), model = plain),
          TOY_OPTIONS.withOut(first),
        )
        val experiment =
          toy(
            train =
              TrainingSpec(
                4,
                BOTH,
                Linear(start = 2, length = 2),
                Adam(0.01),
                warmStart = first.toString(),
              ),
            model = plain,
          )
        val whole = folder.resolve("whole")
        val cut = folder.resolve("cut")
        Glacis.run(experiment, TOY_OPTIONS.withOut(whole))
        val interruption = Interruption()
        Glacis.run(
          experiment,
          TOY_OPTIONS.withOut(cut)
            .withInterruption(interruption)
            .withListener(StopAfter(8, interruption)),
        )
        Glacis.run(experiment, TOY_OPTIONS.withOut(cut).withResume(true))
        WeightsFile.read(cut.resolve("weights.npz")).bits() shouldBe
          WeightsFile.read(whole.resolve("weights.npz")).bits()
        metricsOf(cut) shouldBe metricsOf(whole)
      }
    }

    test("a loss that does not depend on all weights leaves the others as they are") {
      // At radius 0 the width is 0 whatever the weights, and it never depends on the last bias.
      for (clip in listOf(null, 1.0)) {
        val train =
          TrainingSpec(
            3,
            IntervalWidth,
            Linear(start = 3, length = 1),
            Sgd(0.1),
            gradientClip = clip,
            initialization = InitializationSpec(biases = BiasInitializer.FAN_IN_UNIFORM),
          )
        val still =
          Glacis.train(toy(train = train.copy(epochs = 2, epsilon = Constant(0.0))), TOY_OPTIONS)
        val moved = Glacis.train(toy(train = train), TOY_OPTIONS)
        still.use {
          moved.use {
            moved.weights().bits()["layers/5/bias"] shouldBe still.weights().bits()["layers/5/bias"]
            moved.weights().bits()["layers/5/kernel"] shouldNotBe
              still.weights().bits()["layers/5/kernel"]
          }
        }
      }
    }

    test("a regression's certified error is no less than its error, and training narrows it") {
      fun experiment(loss: org.glacis.spec.LossSpec) =
        Experiment(
          "diabetes",
          DataSpec(NamedData("diabetes"), 32, 0.0),
          Linf(Epsilon(0.1), null),
          ModelSpec(Shape(10), listOf(Dense(16), Relu, Dense(16), Relu, Dense(1))),
          TrainingSpec(15, loss, Linear(start = 3, length = 8), Adam(5e-3)),
          seed = 1,
        )
      fun figures(loss: org.glacis.spec.LossSpec): Map<String, Double> =
        Glacis.train(experiment(loss), RunOptions.defaults().withDevice(ONE_THREAD)).use { model ->
          val test = model.data().test()
          val inputs = (0 until test.size()).map(test::input).toTypedArray()
          val output = model.interval(inputs, 0.1)
          for (i in inputs.indices) {
            output.prediction()[i][0] shouldBeGreaterThanOrEqual output.lower()[i][0]
            output.prediction()[i][0] shouldBeLessThanOrEqual output.upper()[i][0]
          }
          val wide = model.interval(inputs, 0.2)
          for (i in inputs.indices) {
            wide.lower()[i][0] shouldBeLessThan output.lower()[i][0]
            wide.upper()[i][0] shouldBeGreaterThan output.upper()[i][0]
          }
          model.evaluate(test, model.experiment().perturbation).figures()
        }
      val plain = figures(MeanSquaredError)
      val narrow =
        figures(WeightedSum(listOf(Term(MeanSquaredError), Term(IntervalWidth, Constant(0.5)))))
      val robust = figures(RobustMeanSquaredError)
      for (each in listOf(plain, narrow, robust)) {
        each.getValue("certifiedMeanAbsoluteError") shouldBeGreaterThan
          each.getValue("meanAbsoluteError")
        each.getValue("certifiedMeanSquaredError") shouldBeGreaterThan
          each.getValue("meanSquaredError")
      }
      narrow.getValue("meanOutputWidth") shouldBeLessThan plain.getValue("meanOutputWidth")
      robust.getValue("certifiedMeanSquaredError") shouldBeLessThan
        plain.getValue("certifiedMeanSquaredError")
    }
  })
