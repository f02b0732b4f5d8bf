package org.glacis.runtime.train

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sign
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.loss.NetworkPasses
import org.glacis.runtime.oracle.Corners
import org.glacis.runtime.oracle.GoldenBounds
import org.glacis.runtime.oracle.Interpreter
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.deviation
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.goldenTests
import org.glacis.runtime.oracle.numbers
import org.glacis.runtime.program.BatchStatistics
import org.glacis.spec.Adversarial
import org.glacis.spec.BatchNorm
import org.glacis.spec.BatchNormStatistics
import org.glacis.spec.CcIbp
import org.glacis.spec.Constant
import org.glacis.spec.CrownIbp
import org.glacis.spec.Epsilon
import org.glacis.spec.ExpIbp
import org.glacis.spec.IbpLoss
import org.glacis.spec.Linear
import org.glacis.spec.LossSpec
import org.glacis.spec.ModelSpec
import org.glacis.spec.MtlIbp
import org.glacis.spec.Pgd
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.Sabr
import org.glacis.spec.ScheduleSpec
import org.glacis.spec.Sgd
import org.glacis.spec.StatisticsOf
import org.glacis.spec.Term
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WarmUpRegularizer
import org.glacis.spec.WeightedSum

private const val RADIUS = 0.1

private val CHOSEN = intArrayOf(3, 0, 14, 41, 22, 7, 30, 19)

private val INPUTS =
  CHOSEN.map { i -> TOY_DATA.train().input(i).map(Float::toDouble).toDoubleArray() }

private val LABELS = CHOSEN.map { TOY_DATA.train().labels()[it] }

/** The sum of both losses of a step tells which statistics each pass took. */
private val ATTACKED_AND_BOUNDED =
  WeightedSum(listOf(Term(Adversarial()), Term(RobustCrossEntropy())))

private val FGSM = Pgd(steps = 1, stepSize = 10.0, randomStart = false)

private class Step(val before: Weights, val metrics: Map<String, Float>, val after: Weights)

private fun step(
  loss: LossSpec,
  policy: BatchNormStatistics = BatchNormStatistics(),
  epsilon: ScheduleSpec = Constant(1.0),
  attack: Pgd? = FGSM,
  regularizer: WarmUpRegularizer? = null,
  l1: Double = 0.0,
): Step {
  val train =
    TrainingSpec(
      3,
      loss,
      epsilon,
      Sgd(0.01),
      attack = attack,
      batchNorm = policy,
      regularizer = regularizer,
      l1 = l1,
    )
  val experiment = toy(model = NORMALIZED, train = train, epsilon = Epsilon(RADIUS)).validated()
  return TrainingProgram(experiment, TOY_DATA.train(), ONE_THREAD, 0).use { program ->
    program.initialize()
    val before = program.weights()
    val metrics = program.step(0, CHOSEN)
    Step(before, metrics.names.zip(metrics.values.toList()).toMap(), program.weights())
  }
}

private fun Weights.with(changes: Map<String, DoubleArray>) =
  Weights(
    entries().mapValues { (path, entry) ->
      val values = changes[path] ?: return@mapValues entry
      Weights.Entry(entry.shape, FloatArray(values.size) { values[it].toFloat() })
    }
  )

/** Mean and variance of what comes to each batch normalisation when all take their own. */
private fun statistics(weights: Weights, inputs: List<DoubleArray>): Map<String, DoubleArray> {
  val found = mutableMapOf<String, DoubleArray>()
  NORMALIZED.layers.forEachIndexed { i, layer ->
    if (layer is BatchNorm) {
      val before = ModelSpec(NORMALIZED.input, NORMALIZED.layers.take(i))
      val network = Interpreter(before, weights.with(found))
      val values = inputs.map(network::forward)
      val mean = DoubleArray(values[0].size) { c -> values.sumOf { it[c] } / values.size }
      found["layers/$i/mean"] = mean
      found["layers/$i/variance"] =
        DoubleArray(mean.size) { c ->
          values.sumOf { (it[c] - mean[c]) * (it[c] - mean[c]) } / values.size
        }
    }
  }
  return found
}

/** The running statistics of [weights] after a batch with these. */
private fun moved(weights: Weights, batch: Map<String, DoubleArray>): Weights =
  weights.with(
    batch.mapValues { (path, values) ->
      val momentum = (NORMALIZED.layers[path.split("/")[1].toInt()] as BatchNorm).momentum
      val count = INPUTS.size.toDouble()
      val unbiased = if (path.endsWith("variance")) count / (count - 1) else 1.0
      DoubleArray(values.size) {
        (1 - momentum) * weights[path].values[it] + momentum * unbiased * values[it]
      }
    }
  )

private fun crossEntropy(logits: DoubleArray, label: Int) =
  logits.max() + ln(logits.sumOf { exp(it - logits.max()) }) - logits[label]

private fun meanCrossEntropy(weights: Weights, inputs: List<DoubleArray>): Double {
  val network = Interpreter(NORMALIZED, weights)
  return inputs.indices.map { crossEntropy(network.forward(inputs[it]), LABELS[it]) }.average()
}

private fun box(x: DoubleArray) =
  Corners(
    DoubleArray(x.size) { maxOf(0.0, x[it] - RADIUS) },
    DoubleArray(x.size) { minOf(1.0, x[it] + RADIUS) },
  )

private fun meanWorst(weights: Weights): Double {
  val network = Interpreter(NORMALIZED, weights)
  return INPUTS.indices
    .map { i ->
      val bounds = network.interval(box(INPUTS[i]))
      val worst = DoubleArray(3) { if (it == LABELS[i]) bounds.lower[it] else bounds.upper[it] }
      crossEntropy(worst, LABELS[i])
    }
    .average()
}

/** The corners that the gradient's signs point at, by finite differences. */
private fun attacked(weights: Weights): List<DoubleArray> {
  val network = Interpreter(NORMALIZED, weights)
  return INPUTS.indices.map { i ->
    val x = INPUTS[i]
    DoubleArray(x.size) { at ->
      fun moved(by: Double) =
        crossEntropy(network.forward(x.clone().also { it[at] += by }), LABELS[i])
      val slope = sign(moved(1e-6) - moved(-1e-6))
      if (slope > 0) box(x).upper[at] else box(x).lower[at]
    }
  }
}

private fun Weights.shouldHaveStatisticsOf(expected: Weights) {
  for (path in paths().filter { it.endsWith("mean") || it.endsWith("variance") }) {
    withClue(path) {
      this[path].values.indices.maxOf {
        abs(this[path].values[it].toDouble() - expected[path].values[it])
      } shouldBeLessThan 1e-5
    }
  }
}

class BatchNormTrainingTest :
  FunSpec({
    for (of in StatisticsOf.entries) {
      for (attack in listOf(StatisticsOf.CLEAN, StatisticsOf.POPULATION)) {
        test("statistics of the $of batch, with $attack ones inside the attack") {
          val step = step(ATTACKED_AND_BOUNDED, BatchNormStatistics(of, attack))
          val clean = statistics(step.before, INPUTS)
          val first = moved(step.before, clean)
          val ofClean = if (of == StatisticsOf.POPULATION) first else step.before.with(clean)
          val points = attacked(if (attack == StatisticsOf.CLEAN) ofClean else first)
          val adversarial = statistics(step.before, points)
          val twice = of == StatisticsOf.ADVERSARIAL
          val taken = if (twice) step.before.with(adversarial) else ofClean
          step.after.shouldHaveStatisticsOf(if (twice) moved(first, adversarial) else first)
          val expected = meanCrossEntropy(taken, points)
          step.metrics.getValue("adversarialLoss").toDouble() shouldBe (expected plusOrMinus 1e-4)
          step.metrics.getValue("loss").toDouble() shouldBe
            (expected + meanWorst(taken) plusOrMinus 1e-3)
        }
      }
    }

    test(
      "without an attack the clean batch moves the running statistics once, and bounds take it"
    ) {
      val step = step(RobustCrossEntropy(), attack = null)
      val clean = statistics(step.before, INPUTS)
      step.after.shouldHaveStatisticsOf(moved(step.before, clean))
      step.metrics.getValue("loss").toDouble() shouldBe
        (meanWorst(step.before.with(clean)) plusOrMinus 1e-3)
    }

    val losses =
      listOf(
        IbpLoss(),
        IbpLoss(Constant(0.25)),
        CrownIbp(mixing = false),
        CrownIbp(mixing = true),
        CrownIbp(mixing = false, fusion = true),
        MtlIbp(0.25),
        CcIbp(0.25),
        ExpIbp(0.25),
        Sabr(0.25),
      )
    for (loss in losses) {
      test("at radius 0 $loss is clean cross-entropy, and the regulariser comes on top") {
        val step =
          step(
            loss,
            epsilon = Linear(start = 2, length = 1),
            regularizer = WarmUpRegularizer(),
            l1 = 1e-3,
          )
        val clean = statistics(step.before, INPUTS)
        val absolute =
          step.before
            .paths()
            .filter { it.endsWith("kernel") }
            .sumOf { path -> step.before[path].values.sumOf { abs(it.toDouble()) } }
        val l1 = step.metrics.getValue("l1").toDouble()
        l1 shouldBe (1e-3 * absolute plusOrMinus 1e-5)
        step.metrics.getValue("loss").toDouble() - step.metrics.getValue("regularization") shouldBe
          (meanCrossEntropy(step.before.with(clean), INPUTS) + l1 plusOrMinus 1e-4)
        // The attack finds the inputs: they count as the adversarial batch too.
        step.after.shouldHaveStatisticsOf(moved(moved(step.before, clean), clean))
        step.after.entries().values.all { entry -> entry.values.all(Float::isFinite) } shouldBe true
      }
    }

    goldenTests("ibp.json") { golden ->
      val steps = golden.getValue("train_steps").jsonObject
      val nets = golden.getValue("nets").jsonObject
      test("running statistics after the clean batch are those of PyTorch") {
        val case =
          GoldenBounds(
            nets,
            JsonObject(
              steps.getValue("cases").jsonArray[0].jsonObject + ("net" to JsonPrimitive("conv_bn"))
            ),
          )
        val expected =
          steps
            .getValue("meta")
            .jsonObject
            .getValue("bn_running_stats_after_the_clean_forward")
            .jsonArray
            .map { it.jsonObject }
        val values = evaluate { tf ->
          val element = Element.FLOAT64
          val passes = NetworkPasses(tf, element, case)
          val pass = BatchStatistics.pass(tf, "clean", passes.program, passes.x, true)
          val count = element.constant(tf, case.labels.size.toDouble())
          val running = BatchStatistics.running(passes.program)
          val after = running.moved(tf, element, passes.program, pass.statistics(), count, null)
          listOf(1, 4, 8).flatMap {
            listOf(after.of("layers/$it").mean(), after.of("layers/$it").variance())
          }
        }
        expected.forEachIndexed { i, layer ->
          deviation(values[2 * i], layer.getValue("mean").numbers()) shouldBeLessThan 1e-9
          deviation(values[2 * i + 1], layer.getValue("var").numbers()) shouldBeLessThan 1e-9
        }
      }
    }
  })
