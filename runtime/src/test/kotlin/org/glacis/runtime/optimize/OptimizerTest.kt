package org.glacis.runtime.optimize

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlin.math.pow
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.graph.Variables
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.lower.members
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.deviation
import org.glacis.spec.Adam
import org.glacis.spec.AdamW
import org.glacis.spec.Constant
import org.glacis.spec.Cosine
import org.glacis.spec.OptimizerSpec
import org.glacis.spec.RAdam
import org.glacis.spec.ScheduleSpec
import org.glacis.spec.Sgd
import org.glacis.spec.Step
import org.tensorflow.Graph
import org.tensorflow.Operand
import org.tensorflow.ndarray.Shape
import org.tensorflow.op.core.Placeholder
import org.tensorflow.types.TFloat64

private const val SIZE = 6
private const val STEPS = 50
private const val STEPS_PER_EPOCH = 7

/** The rules as the papers write them, in plain doubles. */
private fun reference(
  spec: OptimizerSpec,
  rate: ScheduleSpec,
  start: DoubleArray,
  gradients: List<DoubleArray>,
  firstStep: Long,
): List<DoubleArray> {
  val w = start.clone()
  val m = DoubleArray(SIZE)
  val v = DoubleArray(SIZE)
  return gradients.mapIndexed { k, g ->
    val eta = spec.learningRate * rate.value(firstStep + k, STEPS_PER_EPOCH)
    for (i in w.indices) {
      when (spec) {
        is Adam -> w[i] -= eta * adam(spec, i, k + 1, g[i], m, v)
        is AdamW -> {
          val adam = Adam(spec.learningRate, spec.beta1, spec.beta2, spec.epsilon)
          w[i] *= 1 - eta * spec.weightDecay
          w[i] -= eta * adam(adam, i, k + 1, g[i], m, v)
        }
        is RAdam -> {
          val t = k + 1
          m[i] = spec.beta1 * m[i] + (1 - spec.beta1) * g[i]
          v[i] = spec.beta2 * v[i] + (1 - spec.beta2) * g[i] * g[i]
          val mHat = m[i] / (1 - spec.beta1.pow(t))
          val rhoInf = 2 / (1 - spec.beta2) - 1
          val rho = rhoInf - 2 * t * spec.beta2.pow(t) / (1 - spec.beta2.pow(t))
          if (rho > 5) {
            val r = sqrt((rho - 4) * (rho - 2) * rhoInf / ((rhoInf - 4) * (rhoInf - 2) * rho))
            val l = sqrt(1 - spec.beta2.pow(t)) / (sqrt(v[i]) + spec.epsilon)
            w[i] -= eta * mHat * r * l
          } else {
            w[i] -= eta * mHat
          }
        }
        is Sgd -> {
          val decayed = g[i] + spec.weightDecay * w[i]
          m[i] = spec.momentum * m[i] + decayed
          w[i] -= eta * if (spec.nesterov) decayed + spec.momentum * m[i] else m[i]
        }
      }
    }
    w.clone()
  }
}

private fun adam(spec: Adam, i: Int, t: Int, g: Double, m: DoubleArray, v: DoubleArray): Double {
  m[i] = spec.beta1 * m[i] + (1 - spec.beta1) * g
  v[i] = spec.beta2 * v[i] + (1 - spec.beta2) * g * g
  val mHat = m[i] / (1 - spec.beta1.pow(t))
  val vHat = v[i] / (1 - spec.beta2.pow(t))
  return mHat / (sqrt(vHat) + spec.epsilon)
}

/** The same by the optimiser of the graph, which is fed the gradients. */
private fun computed(
  spec: OptimizerSpec,
  rate: ScheduleSpec,
  start: DoubleArray,
  gradients: List<DoubleArray>,
  firstStep: Long,
): List<DoubleArray> =
  Graph().use { graph ->
    val tf = ONE_THREAD.operations(graph)
    val element = Element.FLOAT64
    val variables = Variables(tf, element)
    val weight = variables.create("w", SIZE)
    // As running statistics are: no gradient belongs to it, so no optimiser may move it.
    val still = variables.create("still", SIZE)
    val scalars = Scalars(tf, element)
    val fed = tf.placeholder(TFloat64::class.java, Placeholder.shape(Shape.of(SIZE.toLong())))
    val optimizer =
      Optimizer.of(spec, rate, STEPS_PER_EPOCH, firstStep, variables, listOf(weight), scalars)
    val updates = optimizer.updates(tf, listOf(weight), listOf<Operand<TFloat64>>(fed))
    ONE_THREAD.session(graph).use { session ->
      variables.load(
        session,
        Weights(
          variables.all().associate {
            it.path() to
              Weights.Entry(
                it.shape(),
                FloatArray(SIZE) { i ->
                  if (it.path() in setOf("w", "still")) start[i].toFloat() else 0f
                },
              )
          }
        ),
      )
      gradients.mapIndexed { k, gradient ->
        element.tensor(gradient, SIZE.toLong()).use { g ->
          scalars.at(firstStep + k).use { numbers ->
            val runner = session.runner().feed(fed, g).feed(scalars.input(), numbers)
            updates.forEach(runner::addTarget)
            runner.run().close()
          }
        }
        session.runner().fetch(weight.value()).fetch(still.value()).run().use {
          Tensors.doubles(it.get(1)) shouldBe start
          Tensors.doubles(it.get(0))
        }
      }
    }
  }

class OptimizerTest :
  FunSpec({
    val optimizers =
      listOf(
        Adam(0.01),
        Adam(0.3, beta1 = 0.5, beta2 = 0.9, epsilon = 1e-2),
        Adam(0.1, beta1 = 0.0),
        AdamW(0.01),
        AdamW(0.3, beta1 = 0.5, beta2 = 0.9, epsilon = 1e-2, weightDecay = 0.5),
        AdamW(0.01, weightDecay = 0.0),
        RAdam(0.01),
        RAdam(0.3, beta1 = 0.5, beta2 = 0.9, epsilon = 1e-2),
        RAdam(0.3, beta1 = 0.0, beta2 = 0.5),
        Sgd(0.1),
        Sgd(0.05, momentum = 0.9),
        Sgd(0.05, momentum = 0.9, nesterov = true),
        Sgd(0.1, weightDecay = 0.1),
        Sgd(0.05, momentum = 0.9, nesterov = true, weightDecay = 0.1),
      )
    val rates = listOf(Constant(1.0), Step(listOf(1, 3), 0.2), Cosine(7, 0.1))

    for (optimizer in optimizers) {
      test("$optimizer takes the steps of its paper") {
        val random = Random(11)
        val start = DoubleArray(SIZE) { random.nextDouble(-1.0, 1.0).toFloat().toDouble() }
        // Sizes from 1e-9 to 1e3, and zeros: Adam's epsilon shows where gradients are tiny.
        val gradients =
          List(STEPS) {
            DoubleArray(SIZE) { i ->
              if (random.nextInt(8) == 0) 0.0
              else random.nextDouble(-1.0, 1.0) * 10.0.pow(listOf(-9, -6, -3, 0, 1, 3)[i])
            }
          }
        for (rate in rates) {
          for (firstStep in listOf(0L, 14L)) {
            val expected = reference(optimizer, rate, start, gradients, firstStep)
            val actual = computed(optimizer, rate, start, gradients, firstStep)
            withClue("$rate from step $firstStep") {
              expected.indices.maxOf { deviation(actual[it], expected[it]) } shouldBeLessThan 1e-11
            }
          }
        }
      }
    }

    test("every optimiser is among them") {
      (members(OptimizerSpec::class.java) - optimizers.map { it.javaClass }.toSet()).shouldBeEmpty()
    }
  })
