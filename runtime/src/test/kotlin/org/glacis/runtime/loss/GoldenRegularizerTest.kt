package org.glacis.runtime.loss

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.shouldBeLessThan
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.bound.IntervalPass
import org.glacis.runtime.bound.Margins
import org.glacis.runtime.bound.Rounding
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.lower.Lowerer
import org.glacis.runtime.lower.Noise
import org.glacis.runtime.lower.WeightSpec
import org.glacis.runtime.oracle.GoldenBounds
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.goldenTests
import org.glacis.runtime.program.BatchStatistics
import org.glacis.runtime.program.Batching
import org.glacis.runtime.train.StepGraph
import org.glacis.spec.Constant
import org.glacis.spec.DataSpec
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.IbpLoss
import org.glacis.spec.InMemory
import org.glacis.spec.Linf
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WarmUpRegularizer
import org.tensorflow.Operand
import org.tensorflow.types.family.TFloating

private class GoldenRegularizer(nets: JsonObject, private val json: JsonObject) {
  val case = GoldenBounds(nets, json)
  val training = "train" in json.getValue("bn_mode").jsonPrimitive.content
  private val hasNorm = json.getValue("net").jsonPrimitive.content == "conv_bn"
  private val spec =
    WarmUpRegularizer(case.number("lambda"), case.number("tol"), radius = case.epsilon)

  /** Both terms over interval bounds with the statistics that the case has. */
  fun <T : TFloating> checkTerms(element: Element<T>, tolerance: Double) {
    val values = evaluate { tf ->
      val passes = NetworkPasses(tf, element, case)
      val program =
        if (training)
          BatchStatistics.pass(tf, "clean", passes.program, passes.x, true)
            .statistics
            .`in`(tf, "merged", passes.program)
        else passes.program
      val rounding = Rounding.ignored(element)
      val bounds = IntervalPass().bounds(tf, program, passes.box, rounding)
      val term = WarmUpTerm(tf, element, spec, Batching.whole())
      val factor = 1 - case.number("scheduler_eps") / case.number("scheduler_max_eps")
      val weight = element.constant(tf, spec.weight * factor)
      val input = bounds.values[0].radius(tf)
      listOf(
        term.tightness(bounds),
        term.balance(bounds),
        tf.math.mul(weight, term.of(bounds)),
        tf.reshape(input, tf.constant(intArrayOf(-1))),
        Margins.elided(tf, element, bounds, passes.truth),
      )
    }
    val found = values.toMutableList()
    found[3] = doubleArrayOf(values[3].average())
    found[4] = othersOf(values[4], case.labels)
    listOf("L_tightness", "L_relu", "weighted_total", "input_radius_mean", "ibp_margins")
      .forEachIndexed { i, key ->
        withClue(key) { difference(found[i], case.numbers(key)) shouldBeLessThan tolerance }
      }
  }

  /** What a step without an attack adds to the loss. */
  fun <T : TFloating> checkStep(element: Element<T>, tolerance: Double) {
    val scheduled = case.number("scheduler_eps")
    val largest = case.number("scheduler_max_eps")
    val model = case.network.model
    val experiment =
      Experiment(
        "golden",
        DataSpec(InMemory("golden", model.input, model.output.size)),
        Linf(Epsilon(largest)),
        model,
        TrainingSpec(
          epochs = 1,
          loss = IbpLoss(),
          epsilon = Constant(scheduled / largest),
          epsilonFactor = if (scheduled > 0) case.epsilon / scheduled else 1.0,
          l1 = case.number("l1_coeff"),
          regularizer = spec,
        ),
      )
    val values = evaluate { tf ->
      val noise = Noise(tf.constant(intArrayOf(0, 0)), tf.constant(case.labels.size))
      val kernels = mutableMapOf<String, Operand<T>>()
      val program =
        Lowerer.lower(
          tf,
          element,
          model,
          { wanted ->
            val entry = case.network.weights[wanted.path]
            element
              .constant(tf, entry.values.map { it.toDouble() }.toDoubleArray(), *entry.extents())
              .also { if (wanted.role == WeightSpec.Role.KERNEL) kernels[wanted.path] = it }
          },
          noise,
        )
      val given = NetworkPasses(tf, element, case)
      val step =
        StepGraph(
          tf,
          element,
          experiment,
          program,
          StepGraph.Batch(given.x, given.truth, noise),
          StepGraph.Sizes(
            element.constant(tf, scheduled / largest),
            element.constant(
              tf,
              DoubleArray(model.input.size) { largest },
              *Tensors.batched(1, model.input),
            ),
          ),
          StepGraph.Phase(scheduled > 0, true),
          kernels,
          { element.constant(tf, it.value(0, 1)) },
        )
      listOf(step.metrics().getValue("regularization"), step.metrics().getValue("l1"))
    }
    withClue("weighted_total") {
      difference(values[0], case.numbers("weighted_total")) shouldBeLessThan tolerance
    }
    withClue("L1_term") {
      difference(values[1], case.numbers("L1_term")) shouldBeLessThan tolerance
    }
  }

  /** A step takes the batch's statistics: there is none for the running ones. */
  val hasStep = training || !hasNorm
}

/** The regularisers of Shi et al. as expressive-losses computes them. */
class GoldenRegularizerTest :
  FunSpec({
    goldenTests("ibp.json") { golden ->
      val nets = golden.getValue("nets").jsonObject
      val cases =
        golden.getValue("regularisers").jsonObject.getValue("cases").jsonArray.map {
          GoldenRegularizer(nets, it.jsonObject)
        }

      test("there are five cases") { cases shouldHaveSize 5 }

      for (case in cases) {
        val name = case.case.name
        test("$name in float64") {
          case.checkTerms(Element.FLOAT64, 1e-9)
          if (case.hasStep) case.checkStep(Element.FLOAT64, 1e-9)
        }

        test("$name in float32") {
          case.checkTerms(Element.FLOAT32, 2e-5)
          if (case.hasStep) case.checkStep(Element.FLOAT32, 2e-5)
        }
      }
    }
  })
