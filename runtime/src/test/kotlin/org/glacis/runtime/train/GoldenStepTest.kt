package org.glacis.runtime.train

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.double
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.bound.Margins
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.graph.Variables
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.lower.Lowerer
import org.glacis.runtime.lower.Noise
import org.glacis.runtime.lower.WeightSpec
import org.glacis.runtime.optimize.GradientNorm
import org.glacis.runtime.optimize.Optimizer
import org.glacis.runtime.optimize.Scalars
import org.glacis.runtime.oracle.ChannelsFirstImporter
import org.glacis.runtime.oracle.Golden
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.channelsLast
import org.glacis.runtime.oracle.difference
import org.glacis.runtime.oracle.extents
import org.glacis.runtime.oracle.ints
import org.glacis.runtime.oracle.numbers
import org.glacis.spec.Adam
import org.glacis.spec.CcIbp
import org.glacis.spec.Constant
import org.glacis.spec.DataSpec
import org.glacis.spec.Epsilon
import org.glacis.spec.ExpIbp
import org.glacis.spec.Experiment
import org.glacis.spec.IbpLoss
import org.glacis.spec.InMemory
import org.glacis.spec.Linf
import org.glacis.spec.MtlIbp
import org.glacis.spec.Pgd
import org.glacis.spec.Sabr
import org.glacis.spec.Task
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WarmUpRegularizer
import org.tensorflow.Graph
import org.tensorflow.Operand
import org.tensorflow.op.Op
import org.tensorflow.op.Ops
import org.tensorflow.types.TInt32
import org.tensorflow.types.family.TFloating

/** Whole training steps as expressive-losses takes them. */
class GoldenStepTest :
  FunSpec({
    val golden = Golden.whole("ibp.json")
    if (golden == null) {
      test("golden training steps, needs the folder that -Dglacis.shared names").config(
        enabled = false
      ) {}
    }
    val layers = golden?.get("nets")?.jsonObject?.get("conv_bn")?.jsonObject
    val cases = golden?.get("train_steps")?.jsonObject?.get("cases")?.jsonArray.orEmpty()
    for (case in cases.map { it.jsonObject }) {
      val warm = case.getValue("in_warmup_reg").jsonPrimitive.boolean
      val name = case.getValue("method").jsonPrimitive.content + if (warm) " in warm-up" else ""
      test("a step of $name, in float64") {
        GoldenStep(layers!!, case).check(Element.FLOAT64, 1e-9)
      }
      test("a step of $name, in float32") {
        GoldenStep(layers!!, case).check(Element.FLOAT32, 2e-5)
      }
    }
  })

private class GoldenStep(layers: JsonObject, private val case: JsonObject) {
  private val network =
    ChannelsFirstImporter(case.getValue("x").extents().drop(1).toIntArray())
      .sequence(layers.getValue("layers").jsonArray.map { it.jsonObject })
  private val model = network.build()
  private val labels = case.getValue("y").ints()
  private val outputs = model.model.output.size
  private val x = channelsLast(case.getValue("x").numbers(), model.model.input)

  private fun number(key: String) = case.getValue(key).jsonPrimitive.double

  private fun experiment(): Experiment {
    val alpha = case["alpha"]?.takeIf { it != JsonNull }?.jsonPrimitive?.doubleOrNull
    val largest = number("scheduler_max_eps")
    val factor = number("scheduler_eps") / largest
    val times = number("eps") / number("scheduler_eps")
    return Experiment(
      "golden",
      DataSpec(InMemory("golden", model.model.input, outputs, Task.CLASSIFICATION)),
      Linf(Epsilon(largest)),
      model.model,
      TrainingSpec(
        epochs = 1,
        loss =
          when (case.getValue("method").jsonPrimitive.content) {
            "mtlibp" -> MtlIbp(alpha!!)
            "ccibp" -> CcIbp(alpha!!)
            "expibp" -> ExpIbp(alpha!!)
            "sabr" -> Sabr(number("sabr_coeff"))
            else -> IbpLoss()
          },
        epsilon = Constant(factor),
        epsilonFactor = times,
        attack =
          Pgd(steps = 1, stepSize = 10.0, epsilonFactor = number("attack_eps") / number("eps")),
        optimizer = Adam(5e-4),
        gradientClip = 10.0,
        l1 = number("l1_coeff"),
        regularizer = WarmUpRegularizer(weight = number("lambda")),
      ),
    )
  }

  fun <T : TFloating> check(element: Element<T>, tolerance: Double) {
    val experiment = experiment()
    Graph().use { graph ->
      val tf = ONE_THREAD.operations(graph)
      val variables = Variables(tf, element)
      val specs = mutableListOf<WeightSpec>()
      val count = tf.constant(labels.size)
      val noise = GivenNoise(tf.constant(intArrayOf(0, 0)), count)
      val program =
        Lowerer.lower(
          tf,
          element,
          model.model,
          { spec ->
            specs += spec
            variables.create(spec.path, *spec.shape).value
          },
          noise,
        )
      val trainable = specs.filter { it.trainable() }.map { variables.get(it.path) }
      val shape = Tensors.batched(labels.size.toLong(), model.model.input)
      val truth =
        DoubleArray(labels.size * outputs) {
          if (labels[it / outputs] == it % outputs) 1.0 else 0.0
        }
      val step =
        StepGraph(
          tf,
          element,
          experiment,
          program,
          StepGraph.Batch(
            element.constant(tf, x, *shape),
            element.constant(tf, truth, labels.size.toLong(), outputs.toLong()),
            noise,
          ),
          StepGraph.Sizes(
            element.constant(tf, experiment.train.epsilon.value(0, 1)),
            element.constant(
              tf,
              DoubleArray(model.model.input.size) { experiment.perturbation.epsilon.largest },
              *Tensors.batched(1, model.model.input),
            ),
          ),
          StepGraph.Phase(true, case.getValue("in_warmup_reg").jsonPrimitive.boolean),
          specs
            .filter { it.role == WeightSpec.Role.KERNEL }
            .associate { it.path to variables.get(it.path).value },
          { element.constant(tf, it.value(0, 1)) },
        )
      val found = tf.gradients(step.loss(), trainable.map { it.value })
      val gradients = trainable.indices.map { found.dy<T>(it) as Operand<T> }
      val limited = GradientNorm.clip(tf, element, gradients, 10.0)
      val scalars = Scalars(tf, element)
      val optimizer =
        Optimizer.of(
          experiment.train.optimizer,
          experiment.train.learningRate,
          1,
          0,
          variables,
          trainable,
          scalars,
        )
      val updates = optimizer.updates(tf, trainable, limited.clipped())
      val inputs = step.inputs()
      val attacked = inputs.adversaryIfComputed()
      val observed =
        listOf(step.loss(), inputs.output(), limited.norm()) +
          listOfNotNull(attacked?.points, attacked?.output) +
          listOf(Margins.elided(tf, element, inputs.boundsIfComputed()!!, inputs.truth()))
      ONE_THREAD.session(graph).use { session ->
        val empty =
          variables
            .all()
            .filter { it.path.startsWith(Optimizer.SLOTS) }
            .associate {
              it.path to Weights.Entry(it.shape, FloatArray(it.shape.fold(1, Int::times)))
            }
        variables.load(session, Weights(model.weights.entries() + empty))
        val fed = scalars.at(0)
        val runner = session.runner().feed(scalars.input(), fed)
        (observed + gradients).forEach(runner::fetch)
        runner.run().use { result ->
          val values = List(result.size()) { Tensors.doubles(result.get(it)) }
          fun near(what: String, actual: DoubleArray, expected: DoubleArray) =
            withClue(what) { difference(actual, expected) shouldBeLessThan tolerance }
          withClue("loss") { values[0][0] shouldBe (number("total_loss") plusOrMinus tolerance) }
          near("clean logits", values[1], case.getValue("clean_logits").numbers())
          withClue("norm") { values[2][0] shouldBe (number("grad_norm") plusOrMinus tolerance) }
          if (attacked != null) {
            near(
              "adversarial points",
              values[3],
              channelsLast(case.getValue("adv_x").numbers(), model.model.input),
            )
            near("adversarial logits", values[4], case.getValue("adv_logits").numbers())
          }
          val margins = values[observed.size - 1]
          val others = margins.filterIndexed { i, _ -> truth[i] == 0.0 }.toDoubleArray()
          val expected = case.getValue("ibp_margins").numbers()
          withClue("margins") { difference(others, expected) shouldBeLessThan tolerance }
          val expectedGradients = weightsOf("grads_before_clipping")
          trainable.forEachIndexed { i, variable ->
            if (!beforeNorm(variable.path))
              near(
                "gradient of ${variable.path}",
                values[observed.size + i],
                expectedGradients.getValue(variable.path),
              )
          }
        }
        if (element === Element.FLOAT64) {
          val update = session.runner().feed(scalars.input(), fed)
          updates.forEach { update.addTarget(it as Op) }
          update.run().close()
          val after = session.runner()
          trainable.forEach { after.fetch(it.value) }
          after.run().use { result ->
            val expected = weightsOf("params_after_adam_step")
            trainable.forEachIndexed { i, variable ->
              if (!beforeNorm(variable.path))
                withClue("${variable.path} after the step") {
                  difference(
                    Tensors.doubles(result.get(i)),
                    expected.getValue(variable.path),
                  ) shouldBeLessThan 1e-9
                }
            }
          }
        }
        fed.close()
      }
    }
  }

  /** Biases before a batch normalisation have no gradient but rounding errors. */
  private fun beforeNorm(path: String): Boolean {
    val layer = path.split("/")[1].toInt()
    return path.endsWith("bias") &&
      model.model.layers.getOrNull(layer + 1) is org.glacis.spec.BatchNorm
  }

  /** The arrays of [key] in our layout, by our paths. */
  private fun weightsOf(key: String): Map<String, DoubleArray> =
    network.permuted(case.getValue(key).jsonObject)

  private inner class GivenNoise(seed: Operand<TInt32>, batch: Operand<TInt32>) :
    Noise(seed, batch) {
    override fun <T : TFloating> uniform(
      tf: Ops,
      element: Element<T>,
      place: String,
      shape: Operand<TInt32>,
    ): Operand<T> =
      element.constant(
        tf,
        channelsLast(case.getValue("uniform_noise").numbers(), model.model.input),
        *Tensors.batched(labels.size.toLong(), model.model.input),
      )
  }
}
