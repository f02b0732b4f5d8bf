package org.glacis.runtime.train

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.datatest.withData
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Ball
import org.glacis.runtime.oracle.Interpreter
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.Row
import org.glacis.runtime.oracle.Step
import org.glacis.spec.BatchNorm
import org.glacis.spec.BatchNormStatistics
import org.glacis.spec.Constant
import org.glacis.spec.Conv2d
import org.glacis.spec.CrossEntropy
import org.glacis.spec.DataRange
import org.glacis.spec.DataSpec
import org.glacis.spec.Dense
import org.glacis.spec.Dropout
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.Flatten
import org.glacis.spec.HorizontalFlip
import org.glacis.spec.InMemory
import org.glacis.spec.IntervalWidth
import org.glacis.spec.Linf
import org.glacis.spec.LossSpec
import org.glacis.spec.ModelSpec
import org.glacis.spec.Padding
import org.glacis.spec.RandomCrop
import org.glacis.spec.Relu
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.Sgd
import org.glacis.spec.Shape
import org.glacis.spec.Tanh
import org.glacis.spec.Term
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WeightedSum

private const val RATE = 0.125

private val IMAGE = Shape(3, 3, 1)

private val MODEL =
  ModelSpec(
    IMAGE,
    listOf(Conv2d(2, 2, 1, Padding.Explicit(1, 0, 0, 1)), Tanh, Flatten, Dense(4), Tanh, Dense(3)),
  )

private val IMAGES: Samples =
  Samples.images(IMAGE, Random(5).nextBytes(6 * IMAGE.size), intArrayOf(0, 1, 2, 2, 1, 0))

private fun experiment(
  loss: LossSpec,
  epsilon: List<Double> = listOf(0.1),
  clip: Double? = null,
  clipBox: Boolean = true,
  model: ModelSpec = MODEL,
) =
  Experiment(
    "step",
    DataSpec(InMemory("images", IMAGE, 3), batch = 4),
    Linf(Epsilon(epsilon)),
    model,
    TrainingSpec(1, loss, optimizer = Sgd(RATE), gradientClip = clip, clipBox = clipBox),
    seed = 3,
  )

private fun program(experiment: Experiment) =
  TrainingProgram(experiment, IMAGES, ONE_THREAD, 0).apply { initialize() }

/** The loss of a batch by the interpreter, in doubles. */
private fun oracle(experiment: Experiment, weights: Weights, chosen: IntArray): Double {
  val interpreter = Interpreter(experiment.model, weights)
  val range = if (experiment.train.clipBox) DataRange.UNIT else null
  val inputs = chosen.map { i -> IMAGES.input(i).map(Float::toDouble).toDoubleArray() }
  val ball = Ball(inputs, experiment.perturbation.epsilon.values, range)
  fun crossEntropy(logits: DoubleArray, label: Int) =
    logits.max() + ln(logits.sumOf { exp(it - logits.max()) }) - logits[label]
  fun value(loss: LossSpec): Double =
    chosen.indices
      .sumOf { i ->
        val label = IMAGES.labels()[chosen[i]]
        when (loss) {
          is CrossEntropy -> crossEntropy(interpreter.forward(inputs[i]), label)
          is IntervalWidth -> {
            val box = interpreter.interval(ball.box(i, true))
            box.lower.indices.sumOf { (box.upper[it] - box.lower[it]).let { w -> w * w } } / 3
          }
          is RobustCrossEntropy ->
            if (loss.elision) {
              val before =
                Interpreter(
                    ModelSpec(experiment.model.input, experiment.model.layers.dropLast(1)),
                    weights,
                  )
                  .interval(ball.box(i, true))
              val rows = (interpreter.steps.last() as Step.Linear).rows
              crossEntropy(
                DoubleArray(3) { j -> -margin(rows[label], rows[j], before.lower, before.upper) },
                label,
              )
            } else {
              val box = interpreter.interval(ball.box(i, true))
              crossEntropy(
                DoubleArray(3) { if (it == label) box.lower[it] else box.upper[it] },
                label,
              )
            }
          is WeightedSum ->
            loss.terms.sumOf { it.weight.value(0, 2) * value(it.loss) } * chosen.size
          else -> error("no oracle for $loss")
        } / chosen.size
      }
      .let { if (loss is WeightedSum) it / chosen.size else it }
  return value(experiment.train.loss)
}

/** The least that the difference of two outputs takes over a box. */
private fun margin(a: Row, b: Row, lower: DoubleArray, upper: DoubleArray): Double =
  a.indices.indices.sumOf {
    val w = a.weights[it] - b.weights[it]
    w * (if (w > 0) lower[it] else upper[it])
  } + a.bias - b.bias

private fun moved(weights: Weights, path: String, place: Int, by: Float): Weights {
  val entries = weights.entries().toMutableMap()
  val entry = entries.getValue(path)
  entries[path] = Weights.Entry(entry.shape, entry.values.clone().also { it[place] += by })
  return Weights(entries)
}

class TrainingProgramTest :
  FunSpec({
    context("samples beyond the memory budget are fed, and training is the same bit for bit:") {
      val table =
        Samples.table(IMAGE, FloatArray(54) { IMAGES.input(it / 9)[it % 9] }, IMAGES.labels())
      withData(
        nameFn = { (samples, dropLast) ->
          (if (samples.isBytes) "bytes" else "floats") + if (dropLast) ", full batches" else ""
        },
        Pair(IMAGES, false),
        Pair(IMAGES, true),
        Pair(table, true),
      ) { (samples, dropLast) ->
        val loss = WeightedSum(listOf(Term(CrossEntropy), Term(RobustCrossEntropy())))
        val declared =
          experiment(loss, model = MODEL.copy(layers = MODEL.layers + BatchNorm())).let {
            it.copy(
              data = it.data.copy(augmentation = listOf(RandomCrop(1), HorizontalFlip())),
              train =
                it.train.copy(
                  epochs = 4,
                  dropLast = dropLast,
                  batchNorm = BatchNormStatistics(reestimated = true),
                ),
            )
          }
        fun trained(budget: Long) =
          TrainingProgram(declared, samples, ONE_THREAD, 0, budget).use { program ->
            program.initialize()
            val measured =
              listOf(intArrayOf(5, 0, 3, 2), intArrayOf(1, 4, 4, 0)).mapIndexed { step, batch ->
                program.step(step.toLong(), batch).values().map(Float::toRawBits)
              }
            program.estimate(2, intArrayOf(0, 1, 2, 3), 0.5)
            measured to program.weights().bits()
          }
        trained(samples.inputBytes() - 1) shouldBe trained(samples.inputBytes())
      }
    }

    val losses =
      listOf(
        CrossEntropy,
        RobustCrossEntropy(),
        RobustCrossEntropy(elision = true),
        WeightedSum(
          listOf(
            Term(RobustCrossEntropy(), Constant(0.5)),
            Term(IntervalWidth, Constant(2.0)),
            Term(CrossEntropy),
          )
        ),
      )
    for (loss in losses) {
      test("a step with $loss goes down the gradient that finite differences of the oracle find") {
        val experiment = experiment(loss, List(9) { 0.02 * it })
        val chosen = intArrayOf(4, 0, 3, 1)
        program(experiment).use { program ->
          val before = program.weights()
          val metrics = program.step(0, chosen)
          metrics.loss().toDouble() shouldBe (oracle(experiment, before, chosen) plusOrMinus 1e-5)
          metrics.samples() shouldBe 4
          val after = program.weights()
          val h = 1f / 256
          for ((path, entry) in before.entries()) {
            for (place in entry.values.indices) {
              val ahead = moved(before, path, place, h)
              val behind = moved(before, path, place, -h)
              val step = ahead[path].values[place].toDouble() - behind[path].values[place]
              val expected =
                (oracle(experiment, ahead, chosen) - oracle(experiment, behind, chosen)) / step
              val actual = (entry.values[place].toDouble() - after[path].values[place]) / RATE
              withClue("$path[$place]") {
                // A kink of |w| or of the box may lie within the difference.
                val kink = abs(entry.values[place]) <= h
                if (!kink) actual shouldBe (expected plusOrMinus 2e-3 * (1 + abs(expected)))
              }
            }
          }
        }
      }
    }

    test("gradient clipping scales the whole gradient to its limit, and leaves smaller ones") {
      fun update(clip: Double?): Pair<List<Double>, StepMetrics> =
        program(experiment(RobustCrossEntropy(), clip = clip)).use { program ->
          val before = program.weights()
          val metrics = program.step(0, intArrayOf(0, 1, 2, 3))
          val after = program.weights()
          before.paths().flatMap { path ->
            before[path].values.indices.map {
              before[path].values[it].toDouble() - after[path].values[it]
            }
          } to metrics
        }
      fun norm(values: List<Double>) = sqrt(values.sumOf { it * it })
      val (free, _) = update(null)
      val length = norm(free) / RATE
      for (limit in listOf(0.1 * length, 0.9 * length)) {
        val (clipped, metrics) = update(limit)
        norm(clipped) / RATE shouldBe (limit plusOrMinus 1e-4 * limit)
        metrics.values()[metrics.names().indexOf("gradientNorm")].toDouble() shouldBe
          (length plusOrMinus 1e-4 * length)
        clipped.zip(free).maxOf { (c, f) -> abs(c - f * limit / length) } shouldBeLessThan 1e-5
      }
      val (loose, _) = update(2 * length)
      loose.zip(free).maxOf { (a, b) -> abs(a - b) } shouldBeLessThan 1e-7
    }

    test("one dropout mask serves the plain pass and the interval pass, new at each step") {
      val dropping = ModelSpec(IMAGE, listOf(Flatten, Dense(20), Relu, Dropout(0.5), Dense(3)))
      fun loss(spec: LossSpec, step: Long) =
        program(experiment(spec, listOf(1e-7), model = dropping)).use {
          it.step(step, intArrayOf(0, 1, 2, 3)).loss()
        }
      val clean = loss(CrossEntropy, 0)
      abs(loss(RobustCrossEntropy(), 0) - clean).toDouble() shouldBeLessThan 1e-4
      loss(CrossEntropy, 0) shouldBe clean
      loss(CrossEntropy, 1) shouldNotBe clean
    }

    test("dropout keeps the mean of what it drops, and two layers drop different numbers") {
      // Ones go through dropout and a sum; the other output stays 0.
      val model = ModelSpec(IMAGE, listOf(Flatten, Dense(400), Dropout(0.3), Dense(3)))
      val experiment = experiment(CrossEntropy, model = model)
      program(experiment).use { program ->
        val state = program.state()
        val ones =
          state.entries().mapValues { (path, entry) ->
            Weights.Entry(
              entry.shape,
              FloatArray(entry.values.size) {
                when (path) {
                  "layers/1/bias" -> 1f
                  "layers/3/kernel" -> if (it % 3 == 0) 1f / 400 else 0f
                  else -> 0f
                }
              },
            )
          }
        program.load(Weights(ones))
        // With logits (s, 0, 0) and label 1 the loss is log(exp(s) + 2): it gives the sum s back.
        val sums =
          (0L until 60L).map { step ->
            program.load(Weights(ones))
            ln(exp(program.step(step, intArrayOf(1, 4, 1, 4)).loss().toDouble()) - 2)
          }
        sums.average() shouldBe (1.0 plusOrMinus 0.02)
        sums.toSet().size.toDouble() shouldBeGreaterThan 50.0
      }
    }

    test(
      "a step with a number that is not finite names step, epoch and tensor, and changes nothing"
    ) {
      program(experiment(RobustCrossEntropy())).use { program ->
        val broken =
          Weights(
            program.state().entries().mapValues { (path, entry) ->
              if (path == "layers/3/kernel")
                Weights.Entry(entry.shape, FloatArray(entry.values.size) { 3e38f })
              else entry
            }
          )
        program.load(broken)
        val fault = shouldThrow<NotFiniteException> { program.step(5, intArrayOf(0, 1, 2, 3)) }
        fault.message.orEmpty() shouldContain "step 5"
        fault.message.orEmpty() shouldContain "epoch 3"
        fault.message.orEmpty() shouldContain "model.layers[3]"
        program.state().bits() shouldBe broken.bits()
      }
    }
  })
